"""Looking at badges: into what holds them, and where they are, seen from the pictures of a page."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from playwright.sync_api import ElementHandle, Frame, Locator, Page

PATIENCE_MS = 20_000

# The badges over a picture: their states, and whether all of each lies in what a person can see.
OVER = """(bearer) => {
  const {left, top, right, bottom} = bearer.getBoundingClientRect();
  const root = document.querySelector('candor-overlay')?.shadowRoot;
  return Array.from(root?.querySelectorAll('button[data-state]') ?? [])
    .map((badge) => badge.getBoundingClientRect())
    .filter((box) => box.width > 0)
    .filter((box) => box.left >= left - 1 && box.right <= right + 1
      && box.top >= top - 1 && box.bottom <= bottom + 1)
    .map(({x, y, width, height}) => ({x, y, width, height}));
}"""

# What lies on top at the middle of the one badge over a picture.
ON_TOP = f"""(bearer) => {{
  const [{{x, y, width, height}}] = ({OVER})(bearer);
  return document.elementFromPoint(x + width / 2, y + height / 2)?.localName;
}}"""

CLOSED = re.compile(r"(attachShadow\(\{\s*mode: )(['\"])closed\2")


def copy_to_see(extension: Path, target: Path) -> Path:
    """A copy of the extension into whose badges can be looked.

    What it shows is closed to the page, and to whoever drives one just as well.
    """
    shutil.copytree(extension, target)
    opened = 0
    for path in target.glob("page/*.js"):
        code, found = CLOSED.subn(r"\1\2open\2", path.read_text(encoding="utf-8"))
        if found:
            path.write_text(code, encoding="utf-8")
        opened += found
    if opened != 1:
        raise RuntimeError(f"{extension} has {opened} closed shadow roots, and not one.")
    return target


def box_over(picture: Locator | ElementHandle) -> dict[str, float]:
    """The box of the one badge over a picture, once it is there."""
    handle = picture.element_handle() if isinstance(picture, Locator) else picture
    frame = handle.owner_frame()
    found = frame.wait_for_function(
        f"(bearer) => {{ const all = ({OVER})(bearer); return all.length === 1 && all; }}",
        arg=handle,
        timeout=PATIENCE_MS,
    )
    return found.json_value()[0]


def has_none(picture: Locator) -> None:
    """Wait until no badge is over a picture."""
    handle = picture.element_handle()
    handle.owner_frame().wait_for_function(
        f"(bearer) => ({OVER})(bearer).length === 0", arg=handle, timeout=PATIENCE_MS
    )


def count(page: Page | Frame) -> int:
    """Badges that can be seen."""
    return page.locator("candor-overlay button[data-state]:visible").count()
