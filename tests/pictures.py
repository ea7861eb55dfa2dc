"""Pictures for tests: drawn ones, and photographs that scikit-image carries."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image
from skimage import data

Pixels = npt.NDArray[np.uint8]


def portrait() -> Pixels:
    """(512, 512, 3): an astronaut, her face once."""
    pixels: Pixels = data.astronaut()
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
