"""A page on which a badge of every state can be seen, before the real service.

The three verdicts are a person's, entered as reviews: what the shipped model makes of a photograph
changes with its weights. Nothing here is shown by another test, so reviews disturb none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.request import Request, urlopen

from PIL import Image

from gate import Gate
from newspaper import Press, encoded, photograph

JUDGED = {"real": "brick.png", "fake": "ihc.png", "uncertain": "clock_motion.png"}
SETTLED = [*JUDGED, "unsupported"]

AT_ONCE = 16
"""Pictures that a page asks for at a time; the others wait."""
FRESH = AT_ONCE + 2

STYLE = """<style>
body { margin: 16px; display: grid; grid-template-columns: repeat(5, 144px); gap: 10px;
  background: Canvas; color-scheme: light dark }
img { width: 144px; height: 96px; object-fit: cover; display: block; border-radius: 4px }
</style>"""


@dataclass(frozen=True)
class Gallery:
    """A page of pictures, and the gate before the service that judges them."""

    url: str
    gate: Gate

    def more(self) -> str:
        """A function of JavaScript that brings pictures which nobody has checked."""
        return f"""() => {{
          for (let number = 0; number < {FRESH}; number += 1) {{
            const picture = new Image();
            picture.src = `/fresh-${{number}}.jpg`;
            picture.alt = `Tone ${{number}}`;
            document.body.append(picture);
          }}
        }}"""


@contextmanager
def gallery(service: str, site: Press) -> Iterator[Gallery]:
    """A gallery whose first four pictures get a verdict, or none; the gate is open."""
    for label, name in JUDGED.items():
        picture = encoded(photograph(name, 420), "PNG")
        site.printed[f"/{label}.png"] = ("image/png", picture)
        _review(service, picture, label)
    small = encoded(photograph("retina.jpg", 24), "PNG")
    site.printed["/unsupported.png"] = ("image/png", small)
    for number in range(FRESH):
        tone = Image.linear_gradient("L").resize((300, 200)).rotate(number * 12)
        site.printed[f"/fresh-{number}.jpg"] = ("image/jpeg", encoded(tone, "JPEG"))
    pictures = "".join(f'<img id="{name}" src="/{name}.png" alt="{name}">' for name in SETTLED)
    with Gate(service) as gate:
        yield Gallery(site.pin(pictures, STYLE), gate)


def _review(service: str, picture: bytes, label: str) -> None:
    verdict = _post(f"{service}/v1/checks", picture, "image/png")
    review = json.dumps({"label": label, "note": "looked at it"}).encode()
    _post(f"{service}/v1/verdicts/{verdict['id']}/reviews", review, "application/json")


def _post(url: str, body: bytes, kind: str) -> dict[str, str]:
    request = Request(url, body, {"Content-Type": kind})  # noqa: S310
    with urlopen(request) as answer:  # noqa: S310
        told: dict[str, str] = json.load(answer)
    return told


# Of the badges that can be seen, how many there are of each state.
COUNTS = """() => {
  const root = document.querySelector('candor-overlay')?.shadowRoot;
  const counts = {};
  for (const {dataset, hidden} of root?.querySelectorAll('button[data-state]') ?? []) {
    if (!hidden) counts[dataset.state] = (counts[dataset.state] ?? 0) + 1;
  }
  return counts;
}"""


def showing(**least: int) -> str:
    """A function of JavaScript: whether at least so many badges of each state can be seen."""
    return f"""() => {{
      const counts = ({COUNTS})();
      return Object.entries({json.dumps(least)}).every(([state, least]) => counts[state] >= least);
    }}"""
