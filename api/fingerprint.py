"""Digests by which two parties can tell that they speak of one picture, or of a picture like it.

Exact: of the bytes as they came, and of the pixels they decode to. Alike: PDQ, Meta's perceptual
hash of 256 bits (https://github.com/facebook/ThreatExchange/tree/main/pdq), computed by the
bindings to its own code. A face swap is as near to its original by PDQ as another save of it is,
so a near hash only finds candidates: `api.witness` tells copies from forgeries. `api.moderation`
calls it.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt
import pdqhash

from model.shrinking import reduced

PIXELS_HEADER = "candor-pixels-1"
"""Stands before what is digested. Raise the number when decoding changes what pixels come out."""
PDQ_SIDE = 512
"""Larger pictures are shrunk to fit before hashing, as PDQ's paper advises: 4 ms instead of 330."""


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


def pdq_of(pixels: npt.NDArray[np.uint8]) -> tuple[str, int]:
    """PDQ hash of a picture and its quality.

    Args:
        pixels: (height, width, 3) uint8 RGB. The hash is the same for what
            `model.shrinking.reduced` makes of it, which spares half of the time.

    Returns:
        64 hexadecimal digits, the first bit of PDQ's own order in the highest place, and 0..100:
        how much there is in the picture to tell it by. Below 50 the hash should not be looked for.
    """
    bits, quality = pdqhash.compute(reduced(reduced(pixels), PDQ_SIDE))
    return np.packbits(bits.astype(bool)).tobytes().hex(), int(quality)
