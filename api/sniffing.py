"""What bytes are that no decoder opened, so that the refusal can name it.

Decides nothing about what is accepted: `api.imaging` asks after Pillow has declined.
"""

from __future__ import annotations

import re

HEAD_BYTES = 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def marks(*pairs: tuple[bytes, str]) -> tuple[tuple[re.Pattern[bytes], str], ...]:
    """Patterns for the start of a file, each with the name of what starts so."""
    return tuple((re.compile(mark, re.DOTALL), name) for mark, name in pairs)


UNREAD = marks(
    (rb"II\*\0|MM\0\*|II\+\0|MM\0\+", "TIFF"),
    (rb"BM.{4}\0{4}", "BMP"),
    (rb"\x00\x00\x01\x00", "ICO"),
    (rb"\x00\x00\x02\x00", "CUR"),
    (rb"\0\0\0\x0cJXL |\xff\x0a", "JPEG XL"),
    (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", "JPEG 2000"),
    (rb"8BPS", "PSD"),
    (rb"%PDF-", "PDF"),
    (rb"%!PS", "PostScript"),
    (rb"\x1aE\xdf\xa3", "WebM"),
    (rb"(?i:\s*(<\?xml|<!--|<!doctype svg).*?<svg|\s*<svg)", "SVG"),
)

OTHERS = marks(
    (rb"\xff\xd8", "a JPEG picture that is broken or cut off"),
    (rb"\x89PNG", "a PNG picture that is broken or cut off"),
    (rb"RIFF.{4}WEBP", "a WebP picture that is broken or cut off"),
    (rb"GIF8", "a GIF picture that is broken or cut off"),
    (rb".{4}ftyp", "an AVIF picture that is broken or cut off"),
    (rb"(?i:\s*<(!doctype html|html|head|body))", "a web page (HTML)"),
    (rb"\s*<", "an XML text"),
    (rb"\s*[\[{]\s*[\"\]}\[{]", "a JSON text"),
    (rb"PK\x03\x04", "a ZIP archive"),
    (rb"\x1f\x8b", "gzip-compressed data"),
    (rb"[^\x00-\x08\x0e-\x1f]+\Z", "a text"),
)

HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
AVIF_BRANDS = {b"avif", b"avis"}


def unread_kind(content: bytes) -> str | None:
    """The name of a kind of picture, document or video that is recognised but not read."""
    head = content[:HEAD_BYTES].removeprefix(BYTE_ORDER_MARK)
    if head[4:8] == b"ftyp":
        return _media_kind(head)
    return next((name for mark, name in UNREAD if mark.match(head)), None)


def _media_kind(head: bytes) -> str | None:
    """HEIC, AVIF and MP4 share one container; its brands tell them apart (ISO 14496-12)."""
    end = int.from_bytes(head[:4], "big")
    brands = {head[start : start + 4] for start in range(8, min(end, len(head)), 4)}
    if brands & AVIF_BRANDS:
        return None
    return "HEIC" if brands & HEIC_BRANDS else "MP4"


def looks_like(content: bytes) -> str:
    """What bytes seem to be, as the end of a sentence that begins with 'This looks like'."""
    head = content[:HEAD_BYTES].removeprefix(BYTE_ORDER_MARK)
    names = (name for mark, name in OTHERS if mark.match(head))
    return next(names, "data of no kind that is known here")
