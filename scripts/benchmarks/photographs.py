"""Pictures to measure with: as many as wanted, no two alike, each with one face.

The face is a photograph that scikit-image carries, before a drawn background with grain, so that a
JPEG of one megapixel has the 200 to 300 kB that cameras and sites give it.
"""

from __future__ import annotations

import io
import math
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter
from skimage import data

Pixels = npt.NDArray[np.uint8]

FACE = (120, 0, 360, 300)
"""Left, top, right and bottom of head and shoulders in scikit-image's astronaut."""
GRAIN = 6
"""Grey levels."""


def photograph(seed: int, megapixels: float = 1.0) -> Pixels:
    """(H, W, 3) of 4 to 3, the face a third as high."""
    rng = np.random.default_rng(seed)
    height = round(math.sqrt(megapixels * 1e6 * 3 / 4))
    width = round(height * 4 / 3)
    wall = Image.fromarray(rng.integers(30, 225, (9, 12, 3), np.uint8))
    scene = wall.resize((width, height), Image.Resampling.BICUBIC)
    head = _head()
    size = (round(height * 0.5), round(height * 0.5 * head.height / head.width))
    left = int(rng.integers(0, width - size[0]))
    top = int(rng.integers(0, max(1, height - size[1])))
    mask = Image.new("L", size, 0)
    inset = size[0] // 16
    ImageDraw.Draw(mask).ellipse((inset, inset, size[0] - inset, size[1] - inset), fill=255)
    mask = mask.filter(ImageFilter.GaussianBlur(inset / 2))
    scene.paste(head.resize(size, Image.Resampling.BICUBIC), (left, top), mask)
    grain = rng.integers(-GRAIN, GRAIN + 1, (height, width, 1))
    pixels: Pixels = (np.asarray(scene, np.int16) + grain).clip(0, 255).astype(np.uint8)
    return pixels


def jpeg(pixels: Pixels, quality: int = 88) -> bytes:
    """As a file."""
    body = io.BytesIO()
    Image.fromarray(pixels).save(body, "JPEG", quality=quality)
    return body.getvalue()


@cache
def _head() -> Image.Image:
    return Image.fromarray(data.astronaut()).crop(FACE)
