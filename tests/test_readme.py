"""The README keeps its promises: every setting is in it, and every file it names is there."""

from __future__ import annotations

import re
from pathlib import Path

from api.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_table() -> None:
    missing = [
        name for name in Settings.model_fields if f"| `CANDOR_{name.upper()}` |" not in README
    ]
    assert missing == []


def test_no_setting_is_in_the_table_that_there_is_not() -> None:
    named = re.findall(r"\| `CANDOR_(\w+)` \|", README)

    assert {name.lower() for name in named} == set(Settings.model_fields)


def test_every_file_it_links_to_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
