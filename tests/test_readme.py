"""The README keeps its promises: every setting is in it, and every file it names is there."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from api.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
USERS = "the user's data folder"
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_table() -> None:
    missing = [
        name for name in Settings.model_fields if f"| `CANDOR_{name.upper()}` |" not in README
    ]
    assert missing == []


def test_no_setting_is_in_the_table_that_there_is_not() -> None:
    named = re.findall(r"\| `CANDOR_(\w+)` \|", README)

    assert {name.lower() for name in named} == set(Settings.model_fields)


def written(default: object) -> str:
    """A default as the table gives it."""
    if isinstance(default, Path):
        return f"`{default.relative_to(ROOT)}`" if default.is_relative_to(ROOT) else USERS
    if isinstance(default, str):
        return f"`{default}`"
    if isinstance(default, int | float):
        if default and default % 2**20 == 0:
            return f"{default // 2**20} MB"
        if default < 10_000:
            return str(Fraction(default).limit_denominator(100))
        return f"{default:,}"
    return ""


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_table_tells_the_default(name: str) -> None:
    told = re.search(rf"\| `CANDOR_{name.upper()}` \| ([^|]*)\|", README)

    assert told
    assert told[1].strip() == written(Settings.model_fields[name].default)


def test_every_file_it_links_to_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_korean_readme_has_the_same_sections_commands_and_figures() -> None:
    korean = (ROOT / "README.ko.md").read_text(encoding="utf-8")
    for part in (r"^#+ ", r"^(\|.*)$", r"^- "):
        assert len(re.findall(part, korean, re.M)) == len(re.findall(part, README, re.M)), part
    assert re.findall(r"```.*?```", korean, re.S) == re.findall(r"```.*?```", README, re.S)
    assert re.findall(r"\]\(((?!README)[^)]+)\)", korean) == re.findall(
        r"\]\(((?!README)[^)]+)\)", README
    )
    rows = zip(_rows(korean), _rows(README), strict=True)
    assert [one for one, other in rows if _figures(one) != _figures(other)] == []


def _rows(page: str) -> list[str]:
    return re.findall(r"^\|.*$", page, re.M)


def _figures(row: str) -> list[str]:
    """Numbers, and names of code, in their order; a count may stand elsewhere in a label."""
    return sorted(re.findall(r"`[^`]+`|\d[\d.,]*", row))
