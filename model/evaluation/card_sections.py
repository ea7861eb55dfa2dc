"""Sections of a card that were measured after the weights were written, put in or replaced."""

from __future__ import annotations

import re
from pathlib import Path

BEFORE = "## Training pictures"
"""Where a section goes into a card that has none of its title."""


def put(card: Path, text: str) -> None:
    """Write a section, which starts with its title, into a card on disk."""
    card.write_text(with_section(card.read_text("utf-8"), text), "utf-8")


def with_section(card: str, text: str) -> str:
    """A card with the section, in place of an older one of its title."""
    title = re.escape(text.partition("\n")[0])
    bare = re.sub(rf"^{title}\n.*?(?=^## |\Z)", "", card, flags=re.M | re.S)
    before, mark, after = bare.partition(BEFORE)
    return f"{before}{text}\n{mark}{after}" if mark else f"{bare.rstrip()}\n\n{text}"
