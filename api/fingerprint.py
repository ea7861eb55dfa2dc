"""Digests by which two parties can tell that they speak of one picture.

Exact only: of the bytes as they came, and of the pixels they decode to. What is alike without
being equal is not found here. `api.moderation` calls it.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

PIXELS_HEADER = "candor-pixels-1"
"""Stands before what is digested. Raise the number when decoding changes what pixels come out."""


def digest_bytes(content: bytes) -> str:
    """SHA-256 of a file as it came, in 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def digest_pixels(pixels: npt.NDArray[np.uint8]) -> str:
    """SHA-256 of a decoded picture, in 64 hexadecimal digits.

    Digested is the ASCII line `candor-pixels-1 HEIGHT WIDTH\\n`, then the RGB bytes row by row.
    The header keeps pictures of other shape but equal bytes apart.

    Args:
        pixels: (height, width, 3) uint8, of any memory layout.
    """
    height, width, _ = pixels.shape
    digest = hashlib.sha256(f"{PIXELS_HEADER} {height} {width}\n".encode("ascii"))
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()
