"""Bytes of a stranger to upright RGB pixels, within bounds of size and of patience.

Takes time and memory in proportion to the picture and holds the caller's thread: only
`api.decoding` calls it, in a worker thread. It judges no content and keeps nothing.

JPEGs are decoded in full, never with `draft()`: the pixels digest of a picture must not depend
on what the detector happens to need.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from api.errors import CandorError, NotAnImage, TooLarge, TooSmall, UnsupportedFormat
from api.fingerprint import digest_pixels
from api.sniffing import looks_like, unread_kind
from model.shrinking import reduced
from model.upright import upright

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
ACCEPTED = "Accepted are JPEG, PNG, WebP, GIF and AVIF."

READS_AT_MOST = 200_000
"""A 10 MB GIF needs 80,000 reads; a million empty parts would keep Pillow busy for seconds."""

SCANS_AT_MOST = 500
"""Each scan of a JPEG walks over all pixels (6 ms at 50 million), though it may hold 76 bytes."""

# `decode` has its own limit, which is checked at the same moment and names the size. Pillow's
# would speak through warnings, and filtering those around a call is not safe between threads.
Image.MAX_IMAGE_PIXELS = None
# Its other warnings quote the file, so that a stranger could fill the log and the registry.
warnings.filterwarnings("ignore", module=r"PIL\.")


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture.

    Attributes:
        pixels: (height, width, 3) uint8, sRGB, upright, C-contiguous.
        format: Name of the file's format: JPEG, PNG, WEBP, GIF or AVIF.
        frames: How many frames the file says it has; `pixels` is the first.
    """

    pixels: npt.NDArray[np.uint8]
    format: str
    frames: int

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the pixels, computed when it is first asked for: 2 ms a megapixel."""
        return digest_pixels(self.pixels)

    @cached_property
    def small(self) -> npt.NDArray[np.uint8]:
        """`pixels` reduced for whatever needs no more of them; made when first asked for."""
        return reduced(self.pixels)


class Patience(io.BytesIO):
    """A file that can be read so many times."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._left = READS_AT_MOST

    def read(self, size: int | None = -1, /) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise NotAnImage("The file has more parts than any picture needs. Save it anew.")
        return super().read(size)


def decode(content: bytes, *, max_pixels: int, min_side: int) -> Picture:
    """Decode the first frame of a picture.

    Args:
        content: The file. Its format is told by the bytes alone.
        max_pixels: Largest width x height accepted, checked before anything is decoded.
        min_side: Shortest side accepted, in pixels.

    Raises:
        NotAnImage: The bytes are no picture, or a broken one.
        UnsupportedFormat: They are of a known kind that is not read.
        TooLarge: More than `max_pixels`.
        TooSmall: A side is shorter than `min_side`.
    """
    if not content:
        raise NotAnImage("The picture is empty: 0 bytes came.")
    try:
        image = _opened(content)
        _refuse_size(image.width, image.height, max_pixels, min_side)
        return _decoded(image)
    except CandorError:
        raise
    except MemoryError as error:
        raise TooLarge(
            "The picture needs more memory than there is. Give a smaller one."
        ) from error
    except Exception as error:
        # Over hostile bytes Pillow raises OSError, SyntaxError, ValueError, struct.error,
        # EOFError, zlib.error, KeyError and more, and its next release others.
        raise NotAnImage("The picture is broken or cut off. Send the whole file.") from error


def _opened(content: bytes) -> Image.Image:
    try:
        image = Image.open(Patience(content), formats=FORMATS)
    except UnidentifiedImageError as error:
        if kind := unread_kind(content):
            raise UnsupportedFormat(f"{kind} is not read. {ACCEPTED}") from error
        raise NotAnImage(f"This looks like {looks_like(content)}. {ACCEPTED}") from error
    if image.format in ("JPEG", "MPO") and content.count(b"\xff\xda") > SCANS_AT_MOST:
        raise NotAnImage(f"The JPEG has more than {SCANS_AT_MOST} scans. Save it anew.")
    return image


def _refuse_size(width: int, height: int, max_pixels: int, min_side: int) -> None:
    if width * height > max_pixels:
        raise TooLarge(
            f"The picture has {width} x {height} pixels; at most {max_pixels} in all are accepted. "
            "Scale it down."
        )
    if min(width, height) < min_side:
        raise TooSmall(
            f"The picture has {width} x {height} pixels; nothing can be said about a side "
            f"shorter than {min_side}. Give a larger version."
        )


def _decoded(image: Image.Image) -> Picture:
    # An MPO is what phones write: a JPEG with depth maps and previews behind it, not an animation.
    # Frames are counted before the first is loaded, as counting moves a GIF on.
    mpo = image.format == "MPO"
    frames = 1 if mpo else int(getattr(image, "n_frames", 1))
    return Picture(
        pixels=np.array(upright(image)), format="JPEG" if mpo else str(image.format), frames=frames
    )
