"""All that a picture file says of itself, as sentences.

What stands in a file is a stranger's: it is read by structure, bounded, told as a claim, and it
neither adds to the score nor takes from it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from PIL import Image
from PIL.ExifTags import IFD, Base

from api.provenance import credentials, generators, xmp
from api.provenance.containers import Block, Kind, Metadata, metadata_of
from api.provenance.source_types import in_words
from api.verdict import Claim, ClaimSource, Standing

NAME_AT_MOST = 120
"""Characters of a name that is repeated."""
ANYONE = "anyone may have written that"
UNVERIFIED = "whose identity was not verified"


def claims_of(content: bytes) -> tuple[Claim, ...]:
    """What the file of a picture says, the signed first. Never raises. For threads."""
    metadata = metadata_of(content)
    if metadata is None:
        return ()
    return tuple(_claims(content, metadata))


def _claims(content: bytes, metadata: Metadata) -> Iterator[Claim]:
    if metadata.manifest_bytes:
        yield _signed(content, metadata)
    for block in metadata.blocks:
        if block.kind is Kind.XMP:
            yield from _xmp(block)
        elif block.kind is Kind.EXIF:
            yield from _exif(block)
    yield from _texts(metadata)
    if metadata.broken:
        yield Claim(
            source=ClaimSource.CONTAINER,
            standing=Standing.UNREAD,
            sentence="Its metadata is broken or too large, so what it may say there was not read.",
        )


def _signed(content: bytes, metadata: Metadata) -> Claim:
    if metadata.manifest_bytes > credentials.MANIFEST_AT_MOST:
        found = credentials.Credentials(Standing.UNREAD)
    else:
        found = credentials.read(content, metadata.media_type)
    signer, tool = clean(found.signer), clean(found.tool)
    return Claim(
        source=ClaimSource.CONTENT_CREDENTIALS,
        standing=found.standing,
        sentence=_sentence(found, signer, tool),
        digital_source_type=found.digital_source_type,
        tool=tool,
        signer=signer,
    )


def _sentence(found: credentials.Credentials, signer: str | None, tool: str | None) -> str:
    if found.standing is Standing.UNREAD:
        return "It has Content Credentials that cannot be read."
    if found.standing is Standing.TAMPERED:
        return (
            "It has Content Credentials, and was changed after they were signed: what they say "
            "need not hold for it."
        )
    if found.standing is Standing.INVALID:
        return "It has Content Credentials whose signature does not hold."
    who = f"{signer!r}, {UNVERIFIED}," if signer else f"somebody {UNVERIFIED}"
    says = f"that {in_words(found.digital_source_type)}" if found.digital_source_type else ""
    by = f"that {tool!r} wrote it" if tool else ""
    told = " and ".join(part for part in (says, by) if part) or "nothing of how it came about"
    return f"Its Content Credentials, signed by {who} and unchanged since, say {told}."


def _xmp(block: Block) -> Iterator[Claim]:
    try:
        found = xmp.read(block.content)
    except xmp.XmpError:
        yield Claim(
            source=ClaimSource.XMP,
            standing=Standing.UNREAD,
            sentence="Its XMP metadata cannot be read.",
        )
        return
    tool = clean(found.tool)
    if found.digital_source_type:
        says = in_words(found.digital_source_type)
        by = f", with {tool!r}" if tool else ""
        sentence = f"Its XMP metadata says that {says}{by}; {ANYONE}."
    elif tool:
        sentence = f"Its XMP metadata names {tool!r} as the program; {ANYONE}."
    else:
        return
    yield Claim(
        source=ClaimSource.XMP,
        standing=Standing.UNSIGNED,
        sentence=sentence,
        digital_source_type=found.digital_source_type,
        tool=tool,
    )


def _texts(metadata: Metadata) -> Iterator[Claim]:
    texts = {
        block.keyword: block.content.decode(errors="replace")
        for block in metadata.blocks
        if block.kind is Kind.TEXT
    }
    named = clean(generators.generator(texts))
    if named:
        yield _generated(ClaimSource.TEXT, named)
    elif tool := clean(texts.get("Software")):
        yield _written_by(ClaimSource.TEXT, tool)


def _exif(block: Block) -> Iterator[Claim]:
    exif = Image.Exif()
    try:
        exif.load(block.content)
        comment = exif.get_ifd(IFD.Exif).get(Base.UserComment)
        named = clean(generators.named(_comment(comment)))
        camera = " ".join(filter(None, (_tag(exif, Base.Make), _tag(exif, Base.Model))))
        software = _tag(exif, Base.Software)
    except Exception:
        # Pillow says in no one way that an EXIF block is broken.
        yield Claim(
            source=ClaimSource.EXIF,
            standing=Standing.UNREAD,
            sentence="Its EXIF metadata cannot be read.",
        )
        return
    if named:
        yield _generated(ClaimSource.EXIF, named)
    if camera:
        yield Claim(
            source=ClaimSource.EXIF,
            standing=Standing.UNSIGNED,
            sentence=f"Its EXIF metadata names {camera!r} as the camera; {ANYONE}.",
            tool=camera,
        )
    elif software and not named:
        yield _written_by(ClaimSource.EXIF, software)


def _generated(source: ClaimSource, tool: str) -> Claim:
    return Claim(
        source=source,
        standing=Standing.UNSIGNED,
        sentence=f"Its metadata holds the parameters of a generator, {tool!r}; {ANYONE}.",
        digital_source_type="trainedAlgorithmicMedia",
        tool=tool,
    )


def _written_by(source: ClaimSource, tool: str) -> Claim:
    return Claim(
        source=source,
        standing=Standing.UNSIGNED,
        sentence=f"Its metadata names {tool!r} as the program; {ANYONE}.",
        tool=tool,
    )


def _tag(exif: Image.Exif, tag: Base) -> str | None:
    written = exif.get(tag)
    return clean(written) if isinstance(written, str) else None


def _comment(written: object) -> str:
    """EXIF 3.0, 4.6.6: eight bytes name the code, and Unicode is in the order of the file."""
    if isinstance(written, str):
        return written
    if not isinstance(written, bytes):
        return ""
    code, text = written[:8], written[8:]
    if code.startswith(b"UNICODE"):
        big = text.decode("utf-16-be", errors="replace")
        return big if "Steps" in big else text.decode("utf-16-le", errors="replace")
    return text.decode(errors="replace")


def clean(written: str | None) -> str | None:
    """A stranger's name as it may stand in a sentence: on one line, short, and as it looks."""
    if not written:
        return None
    seen = (" " if unicodedata.category(c)[0] in "CZ" else c for c in written[: 4 * NAME_AT_MOST])
    line = " ".join("".join(seen).split())
    return (line if len(line) <= NAME_AT_MOST else line[: NAME_AT_MOST - 1] + "…") or None
