"""How labels look on a command line."""

from __future__ import annotations

import click

from api.verdict import Label

COLOURS = {Label.REAL: "green", Label.FAKE: "red", Label.UNCERTAIN: "yellow"}


def coloured(label: Label) -> str:
    """A label in its colour, as wide as the longest."""
    return click.style(f"{label:9}", fg=COLOURS[label], bold=True)
