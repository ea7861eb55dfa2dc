"""Pictures for tests: drawn ones, and photographs that scikit-image carries."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter
from skimage import data

Pixels = npt.NDArray[np.uint8]


def portrait() -> Pixels:
    """(512, 512, 3): an astronaut, her face once."""
    pixels: Pixels = data.astronaut()
    return pixels


FACE = (175, 65, 95, 120)
"""Left, top, width and height of the face in `portrait`."""


def drawn_face(seed: int = 0, side: int = 320) -> Pixels:
    """(side, side, 3): a face of ellipses before a textured wall. Seeds give other people."""
    rng = np.random.default_rng(seed)
    wall = Image.fromarray(rng.integers(60, 200, (12, 12, 3), np.uint8)).resize(
        (side, side), Image.Resampling.BICUBIC
    )
    draw, unit = ImageDraw.Draw(wall), side / 320
    skin = tuple(int(v) for v in rng.integers(110, 230, 3))

    def ellipse(x: float, y: float, across: float, down: float, colour: object) -> None:
        box = [(x - across) * unit, (y - down) * unit, (x + across) * unit, (y + down) * unit]
        draw.ellipse(box, fill=colour)

    ellipse(160, 300, 120, 90, tuple(int(v) for v in rng.integers(20, 220, 3)))
    ellipse(160, 150, 62 + rng.integers(0, 12), 84, skin)
    for x in (134, 186):
        ellipse(x, 132, 13, 7, (245, 245, 240))
        ellipse(x, 132, 6, 6, tuple(int(v) for v in rng.integers(10, 120, 3)))
        ellipse(x, 116 - rng.integers(0, 5), 17, 3, (40, 30, 30))
    ellipse(160, 162, 8 + rng.integers(0, 5), 12, tuple(int(v * 0.85) for v in skin))
    ellipse(160, 196, 18 + rng.integers(0, 12), 6 + rng.integers(0, 4), (170, 60, 70))
    pixels: Pixels = np.asarray(wall.filter(ImageFilter.GaussianBlur(0.7)))
    return pixels


DRAWN_FACE = (92, 62, 136, 172)
"""Left, top, width and height of the face in `drawn_face` of 320 pixels."""


def swapped(target: Pixels, source: Pixels, box: tuple[int, int, int, int], share: float) -> Pixels:
    """`target` with the ellipse in a box taken from `source`, blended with a soft edge.

    Args:
        share: Of the source in the middle of the ellipse, 0..1.
    """
    left, top, width, height = box
    mask = Image.new("L", (target.shape[1], target.shape[0]))
    inner = [left + width * 0.15, top + height * 0.15, left + width * 0.85, top + height * 0.85]
    ImageDraw.Draw(mask).ellipse(inner, fill=round(255 * share))
    soft = mask.filter(ImageFilter.GaussianBlur(width / 20))
    blended = Image.composite(Image.fromarray(source), Image.fromarray(target), soft)
    pixels: Pixels = np.asarray(blended)
    return pixels


def cup() -> Pixels:
    """(400, 600, 3): a cup of coffee, no face."""
    pixels: Pixels = data.coffee()
    return pixels


def noise(height: int, width: int, seed: int = 0) -> Pixels:
    """Pixels that no other seed gives."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def encoded(picture: Pixels | Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """As the bytes of a file."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
