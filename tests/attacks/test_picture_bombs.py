"""Small files that ask for much memory or time. Each is refused before it gets them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from PIL import Image, ImageFile

from api import imaging
from api.errors import CandorError, NotAnImage, TooLarge
from api.imaging import READS_AT_MOST, Patience, decode

MEGABYTE = 1024 * 1024


class Counted(Patience):
    """Counts the reads of one file."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        return super().read(size)


@contextmanager
def refused(
    error: type[CandorError] | tuple[type[CandorError], ...],
    match: str | None = None,
    *,
    reads: int = 100,
) -> Iterator[None]:
    """Refused after at most so many reads, and before any pixel is decoded.

    Without a guard each of these takes from three seconds to minutes, or gigabytes.
    """
    files: list[Counted] = []

    def counted(content: bytes) -> Counted:
        files.append(Counted(content))
        return files[-1]

    with (
        patch.object(imaging, "Patience", counted),
        patch.object(ImageFile.ImageFile, "load") as load,
    ):
        with pytest.raises(error, match=match):
            yield
        load.assert_not_called()
    assert 0 < sum(file.reads for file in files) <= reads


def decoded(content: bytes) -> None:
    decode(content, max_pixels=50_000_000, min_side=32)


def saved(format: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.new("L", (64, 64)).save(file, format, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def png(width: int, height: int, *chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND")


def test_a_png_of_900_megapixels():
    deflate = zlib.compressobj(9)
    rows = [deflate.compress(bytes(3751 * 1000)) for _ in range(30)]
    content = png(30_000, 30_000, chunk(b"IDAT", b"".join(rows) + deflate.flush()))
    assert len(content) < MEGABYTE
    with refused(TooLarge, "30000 x 30000 pixels; at most 50000000 "):
        decoded(content)


def test_a_png_of_the_largest_size_there_is():
    with refused(TooLarge):
        decoded(png(2**31 - 1, 2**31 - 1))


def test_a_size_between_pillows_warning_and_its_error_raises_no_warning():
    with pytest.raises(TooLarge, match="10000 x 10000"):
        decoded(png(10_000, 10_000))


@pytest.mark.parametrize("format", ["JPEG", "GIF", "WEBP"])
def test_a_header_that_claims_the_most_its_format_can(format):
    content = bytearray(saved(format, **({"lossless": True} if format == "WEBP" else {})))
    if format == "JPEG":
        place = content.index(b"\xff\xc0") + 5
        content[place : place + 4] = b"\xff\xdc\xff\xdc"
    elif format == "GIF":
        content[6:10] = b"\xff\xff\xff\xff"
    else:
        content[21:25] = struct.pack("<I", 16382 | 16382 << 14)
    with refused(TooLarge):
        decoded(bytes(content))


def test_a_webp_canvas_of_gigapixels():
    content = bytearray(saved("WEBP", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"))
    assert content[12:16] == b"VP8X"
    content[24:30] = b"\xff\xff\x00\xff\xfe\x00"
    with refused((NotAnImage, TooLarge)):
        decoded(bytes(content))


def test_a_png_of_a_million_empty_chunks():
    rows = chunk(b"IDAT", zlib.compress(bytes(9 * 64)))
    content = png(64, 64, chunk(b"aaAa") * (8 * MEGABYTE // 12), rows)
    with refused(NotAnImage, "more parts", reads=READS_AT_MOST + 1):
        decoded(content)


def test_a_jpeg_of_two_million_empty_comments():
    content = saved("JPEG")
    content = content[:2] + b"\xff\xfe\x00\x02" * (8 * MEGABYTE // 4) + content[2:]
    with refused(NotAnImage, "more parts", reads=READS_AT_MOST + 1):
        decoded(content)


def test_a_gif_of_half_a_million_frames():
    frame = b"\x2c\0\0\0\0\1\0\1\0\0\x02\x02\x44\x01\0"
    content = saved("GIF")[:-1] + frame * (8 * MEGABYTE // len(frame)) + b";"
    with refused(NotAnImage, "more parts", reads=READS_AT_MOST + 1):
        decoded(content)


def test_a_jpeg_of_thousands_of_empty_scans():
    def segment(marker: int, data: bytes) -> bytes:
        return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data

    side, blocks = 7000, 875 * 875
    # One Huffman code of one bit each: a DC difference of 0, and an end-of-band run of 32,767.
    run = "0" + "1" * 14
    bits = run * (blocks // 32767 + 1)
    bits += "1" * (-len(bits) % 8)
    empty = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    content = b"".join(
        [
            b"\xff\xd8",
            segment(0xDB, b"\0" + b"\1" * 64),
            segment(0xC2, struct.pack(">BHHB", 8, side, side, 1) + b"\1\x11\0"),
            segment(0xC4, b"\x00\x01" + bytes(15) + b"\0"),
            segment(0xC4, b"\x10\x01" + bytes(15) + b"\xe0"),
            segment(0xDA, b"\1\1\0\0\0\0") + bytes(blocks // 8 + 1),
            (segment(0xDA, b"\1\1\0\1\x3f\0") + empty) * 5000,
            b"\xff\xd9",
        ]
    )
    assert len(content) < MEGABYTE
    with refused(NotAnImage, "500 scans"):
        decoded(content)
