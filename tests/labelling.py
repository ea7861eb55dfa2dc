"""Writes unsigned metadata into pictures, as programs and deceivers do."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
PARAMETERS = (
    "a portrait of nobody\nNegative prompt: hands\n"
    "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512, Model: dreamer-9"
)


def noise() -> Image.Image:
    """A picture of 160 by 120 pixels."""
    return Image.fromarray(np.random.default_rng(7).integers(0, 255, (120, 160, 3), np.uint8))


def saved(format: str = "PNG", **metadata: Any) -> bytes:
    """The picture as a file, with whatever Pillow is told to write beside it."""
    file = BytesIO()
    noise().save(file, format, **metadata)
    return file.getvalue()


def with_texts(*, compressed: bool = False, **texts: str) -> bytes:
    """A PNG with text chunks; `_` in a name is a space."""
    info = PngInfo()
    for keyword, text in texts.items():
        info.add_text(keyword, text, zip=compressed)
    return saved(pnginfo=info)


def xmp(properties: str = "", children: str = "") -> bytes:
    """A packet with these attributes and elements of its description."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        f'xmlns:Iptc4xmpExt="{IPTC}" xmlns:xmp="http://ns.adobe.com/xap/1.0/" {properties}>'
        f'{children}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def source_type(name: str) -> bytes:
    """XMP that says how the picture came about."""
    return xmp(f'Iptc4xmpExt:DigitalSourceType="{VOCABULARY}{name}"')
