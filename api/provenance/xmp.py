"""What XMP says of how a picture came about. Anyone may write it.

Adobe XMP, part 1, 7: properties are attributes or elements of rdf:Description. Read with
defusedxml, which refuses entities and document types.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from api.provenance.source_types import source_type

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
XMP = "{http://ns.adobe.com/xap/1.0/}"
SOURCE_TYPES = (f"{IPTC}DigitalSourceType", f"{IPTC}DigitalSourcefileType")
TOOLS = (f"{IPTC}AISystemUsed", f"{XMP}CreatorTool")
TAGS_AT_MOST = 20_000
"""What a program writes has some hundred; a history of edits some thousand."""


class XmpError(ValueError):
    """It is broken, or no XMP that anybody should read."""


@dataclass(frozen=True)
class Xmp:
    """What was found."""

    digital_source_type: str | None
    tool: str | None


def read(content: bytes) -> Xmp:
    """What XMP says.

    Raises:
        XmpError: It cannot be read.
    """
    if content.count(b"<") > TAGS_AT_MOST:
        raise XmpError("it has more elements than XMP has")
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise XmpError(str(error)) from error
    found = dict(_properties(root))
    types = [name for key in SOURCE_TYPES if (name := source_type(found.get(key)))]
    tools = [found[key] for key in TOOLS if found.get(key)]
    return Xmp(types[0] if types else None, tools[0] if tools else None)


def _properties(root: Element) -> list[tuple[str, str]]:
    """Properties of every description, the last written first: of one name the first counts."""
    found: list[tuple[str, str]] = []
    for description in root.iter(f"{RDF}Description"):
        found += list(description.attrib.items())
        for child in description:
            text = child.attrib.get(f"{RDF}resource") or (child.text or "").strip()
            items = [item.text or "" for item in child.iter(f"{RDF}li")]
            found.append((child.tag, text or next(iter(items), "").strip()))
    return found[::-1]
