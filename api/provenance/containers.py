"""Where a picture file keeps what it says of itself, found by the structure of its container.

Bytes that merely look like metadata, in pixels, in a comment or behind the end, are never met.
Nothing is decoded here but compressed text of PNG; what the blocks say is for the readers beside.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

PARTS_AT_MOST = 10_000
"""Segments, chunks or boxes that are walked over; a photograph in PNG has some hundreds."""
BLOCK_AT_MOST = 512 * 1024
"""Bytes of one block, once decompressed. A ComfyUI workflow may have 200,000."""
BLOCKS_AT_MOST = 16
KEYWORD_AT_MOST = 79

C2PA_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""The `uuid` box that holds a manifest in ISO media files (C2PA 2.2, appendix A.5)."""
XMP_KEYWORD = "XML:com.adobe.xmp"
XMP_SEGMENT = b"http://ns.adobe.com/xap/1.0/\0"
EXIF_SEGMENT = b"Exif\0\0"


class Kind(Enum):
    """What a block holds."""

    MANIFEST = auto()
    XMP = auto()
    EXIF = auto()
    TEXT = auto()


@dataclass(frozen=True)
class Block:
    """A piece of metadata; `keyword` is PNG's. Of a manifest there is the size alone."""

    kind: Kind
    size: int
    content: bytes = b""
    keyword: str = ""


@dataclass(frozen=True)
class Metadata:
    """What was found. `broken` if the container, or a block in it, ends where it should not."""

    media_type: str
    blocks: tuple[Block, ...] = ()
    broken: bool = False

    @property
    def manifest_bytes(self) -> int:
        """Size of all Content Credentials; 0 if there are none."""
        return sum(block.size for block in self.blocks if block.kind is Kind.MANIFEST)


class _BrokenError(Exception):
    """The container does not hold what it announces."""


def metadata_of(content: bytes) -> Metadata | None:
    """The metadata of a picture file, or None if it is of no kind that is known here.

    Broken files give what stood before the break.
    """
    media_type, walk = _walker(content)
    if walk is None:
        return None
    found: dict[tuple[Kind, str], Block] = {}
    try:
        for block in walk(content):
            _keep(found, block)
    except (_BrokenError, zlib.error):
        return Metadata(media_type, tuple(found.values()), broken=True)
    return Metadata(media_type, tuple(found.values()))


def _walker(content: bytes) -> tuple[str, Callable[[bytes], Iterator[Block]] | None]:
    if content.startswith(b"\xff\xd8"):
        return "image/jpeg", _jpeg
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png", _png
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp", _webp
    if content[4:8] == b"ftyp":
        return "image/avif", _boxes
    if content[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif", _gif
    return "", None


def _keep(found: dict[tuple[Kind, str], Block], block: Block) -> None:
    """The first block of a kind and keyword counts; the parts of one manifest add up."""
    key = (block.kind, block.keyword)
    known = found.get(key)
    if block.kind is Kind.MANIFEST and known:
        found[key] = Block(block.kind, known.size + block.size)
    elif known is None and len(found) < BLOCKS_AT_MOST:
        found[key] = block


def _block(kind: Kind, content: bytes, keyword: str = "") -> Block:
    if len(content) > BLOCK_AT_MOST:
        raise _BrokenError
    return Block(kind, len(content), content, keyword)


def _part(content: bytes, start: int, length: int) -> bytes:
    """So many bytes, all of them, and not copied if a stranger names gigabytes."""
    if length < 0 or start + length > len(content):
        raise _BrokenError
    return content[start : start + length]


def _jpeg(content: bytes) -> Iterator[Block]:
    """Segments up to the first scan, behind which no metadata is looked for (ITU T.81, B)."""
    place = 2
    for _ in range(PARTS_AT_MOST):
        # Fill bytes may stand before a marker; each counts, so that megabytes of them do not.
        if content[place : place + 2] == b"\xff\xff":
            place += 1
            continue
        head = _part(content, place, 2)
        if head[0] != 0xFF:
            raise _BrokenError
        marker = head[1]
        if marker in (0xDA, 0xD9):
            return
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:
            place += 2
            continue
        length = int.from_bytes(_part(content, place + 2, 2), "big")
        segment = _part(content, place + 4, length - 2)
        yield from _application(marker, segment)
        place += 2 + length
    raise _BrokenError


def _application(marker: int, segment: bytes) -> Iterator[Block]:
    if marker == 0xE1 and segment.startswith(EXIF_SEGMENT):
        yield _block(Kind.EXIF, segment.removeprefix(EXIF_SEGMENT))
    elif marker == 0xE1 and segment.startswith(XMP_SEGMENT):
        yield _block(Kind.XMP, segment.removeprefix(XMP_SEGMENT))
    # JUMBF (ISO 19566-5): "JP", instance, sequence number, then a `jumb` box, whose description
    # says whose it is. Parts after the first repeat the head of that box alone.
    elif marker == 0xEB and segment[:2] == b"JP" and segment[12:16] == b"jumb":
        first = segment[4:8] == b"\0\0\0\1"
        if not first or segment[20:28] == b"jumdc2pa":
            yield Block(Kind.MANIFEST, len(segment))


def _png(content: bytes) -> Iterator[Block]:
    """Chunks up to IEND (PNG 3, 5.3)."""
    place = 8
    for _ in range(PARTS_AT_MOST):
        head = _part(content, place, 8)
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind == b"IEND":
            return
        if place + 12 + length > len(content):
            raise _BrokenError
        if kind == b"caBX":
            yield Block(Kind.MANIFEST, length)
        elif kind in (b"tEXt", b"zTXt", b"iTXt", b"eXIf"):
            data = _part(content, place + 8, length)
            if zlib.crc32(kind + data) != int.from_bytes(content[place + 8 + length :][:4], "big"):
                raise _BrokenError
            yield from _chunk(kind, data)
        place += 12 + length
    raise _BrokenError


def _chunk(kind: bytes, data: bytes) -> Iterator[Block]:
    if kind == b"eXIf":
        yield _block(Kind.EXIF, data)
        return
    keyword, found, rest = data.partition(b"\0")
    if not found or len(keyword) > KEYWORD_AT_MOST:
        raise _BrokenError
    if kind == b"zTXt":
        rest = _inflated(rest[1:])
    elif kind == b"iTXt":
        compressed, rest = rest[:1] == b"\1", rest[2:]
        _language, _, rest = rest.partition(b"\0")
        _translated, _, rest = rest.partition(b"\0")
        rest = _inflated(rest) if compressed else rest
    name = keyword.decode("latin-1")
    text = rest.decode("latin-1").encode() if kind != b"iTXt" else rest
    if name == XMP_KEYWORD:
        # XMP in PNG is in an iTXt, by its standard; its bytes are XML and stay as they are.
        yield _block(Kind.XMP, rest)
    else:
        yield _block(Kind.TEXT, text, name)


def _inflated(data: bytes) -> bytes:
    stream = zlib.decompressobj()
    text = stream.decompress(data, BLOCK_AT_MOST + 1)
    if not stream.eof:
        raise _BrokenError
    return text


def _webp(content: bytes) -> Iterator[Block]:
    """Chunks of the RIFF, up to the length that it gives (RFC 9649, 2.3)."""
    end = 8 + int.from_bytes(_part(content, 4, 4), "little")
    place = 12
    for _ in range(PARTS_AT_MOST):
        if place >= min(end, len(content)):
            if end > len(content):
                raise _BrokenError
            return
        head = _part(content, place, 8)
        kind, length = head[:4], int.from_bytes(head[4:], "little")
        if place + 8 + length > len(content):
            raise _BrokenError
        if kind == b"C2PA":
            yield Block(Kind.MANIFEST, length)
        elif kind in (b"XMP ", b"EXIF"):
            data = _part(content, place + 8, length)
            exif = kind == b"EXIF"
            yield (
                _block(Kind.EXIF, data.removeprefix(EXIF_SEGMENT))
                if exif
                else _block(Kind.XMP, data)
            )
        place += 8 + length + length % 2
    raise _BrokenError


def _boxes(content: bytes) -> Iterator[Block]:
    """Boxes of the outermost level (ISO 14496-12, 4.2)."""
    place = 0
    for _ in range(PARTS_AT_MOST):
        if place == len(content):
            return
        head, start = _part(content, place, 8), 8
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length, start = int.from_bytes(_part(content, place + 8, 8), "big"), 16
        elif length == 0:
            length = len(content) - place
        if length < start or place + length > len(content):
            raise _BrokenError
        if head[4:] == b"uuid" and content[place + start :][:16] == C2PA_BOX:
            yield Block(Kind.MANIFEST, length)
        place += length
    raise _BrokenError


def _gif(content: bytes) -> Iterator[Block]:
    """Extensions up to the first frame (GIF89a, appendix A)."""
    flags = _part(content, 10, 1)[0]
    place = 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
    for _ in range(PARTS_AT_MOST):
        if _part(content, place, 1) != b"\x21":
            return
        ours = content[place + 1 : place + 11] == b"\xff\x0bC2PA_GIF"
        start = place
        place += 2
        for _ in range(PARTS_AT_MOST):
            size = _part(content, place, 1)[0]
            place += 1 + size
            if not size:
                break
        if ours:
            yield Block(Kind.MANIFEST, place - start)
    raise _BrokenError
