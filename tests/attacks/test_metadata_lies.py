"""Whoever writes into a file could have it vouch for itself, or make its reader work for nothing.

Gained would be a fake that is called real because it says so, a claim from bytes that no program
reads, a connection to an address of the attacker's, or a service that hangs on a few kilobytes.
"""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from remembered import Scoring, remembering

from api.provenance.claims import claims_of
from api.provenance.containers import BLOCK_AT_MOST
from api.verdict import Claim, Standing

from labelling import PARAMETERS, noise, saved, source_type, with_texts, xmp
from signing import GENERATED, SIGNER, signed

CAMERA = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"


def standings(claims: tuple[Claim, ...]) -> set[Standing]:
    return {claim.standing for claim in claims}


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunk(kind: bytes, data: bytes, times: int = 1) -> bytes:
    """A PNG with chunks behind its header."""
    plain = saved()
    return plain[:33] + chunk(kind, data) * times + plain[33:]


async def test_a_fake_that_says_that_a_camera_took_it_stays_fake(tmp_path: Path) -> None:
    async with remembering(tmp_path, Scoring()) as client:
        for content in (
            signed(saved("JPEG"), digitalSourceType=CAMERA),
            saved("JPEG", xmp=source_type("digitalCapture")),
            with_texts(Software="Canon EOS R5"),
        ):
            answer = await client.post(
                "/v1/checks", content=content, headers={"Content-Type": "image/jpeg"}
            )
            told = answer.json()
            assert (told["label"], told["fake_probability"]) == ("fake", 0.9)
            assert told["provenance"]["claims"]


def test_a_signers_name_is_never_vouched_for() -> None:
    [claim] = claims_of(signed(saved("JPEG"), by="Reuters (verified)"))
    assert claim.signer == "Reuters (verified)"
    assert "identity was not verified" in claim.sentence


def test_a_signature_of_another_picture_does_not_hold_for_this_one() -> None:
    theirs = signed(saved("PNG"), "image/png")
    start = theirs.index(b"caBX") - 4
    (length,) = struct.unpack(">I", theirs[start : start + 4])
    plain = with_texts(Title="another picture")
    moved = plain[:33] + theirs[start : start + 12 + length] + plain[33:]

    [claim] = claims_of(moved)

    assert claim.standing is Standing.TAMPERED
    assert SIGNER not in claim.sentence
    assert "generative" not in claim.sentence


@pytest.mark.parametrize(
    "content",
    [
        saved("JPEG") + source_type("digitalCapture"),
        saved("JPEG", comment=source_type("digitalCapture")),
        saved("PNG") + with_texts(parameters=PARAMETERS)[33:],
        with_texts(Comment=source_type("digitalCapture").decode()),
        saved("BMP") + GENERATED.encode(),
    ],
    ids=["behind the end", "in a comment", "behind IEND", "in a text", "in another format"],
)
def test_bytes_that_look_like_metadata_are_not_met(content: bytes) -> None:
    assert claims_of(content) == ()


def test_a_picture_of_metadata_is_a_picture() -> None:
    written = source_type("digitalCapture") * 20
    picture = noise()
    picture.frombytes((written * 20)[: picture.width * picture.height * 3])
    assert claims_of(saved()) == ()
    for kind in ("PNG", "WEBP"):
        file = BytesIO()
        picture.save(file, kind, **({"lossless": True} if kind == "WEBP" else {}))
        assert claims_of(file.getvalue()) == ()


@pytest.mark.parametrize(
    "packet",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>',
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><x/>',
        b"<a>" * 19_000,
        b"<a>" * 9_000 + b"</a>" * 9_001,
        b"<a>" * 30_000 + b"</a>" * 30_000,
        b"\xff\xfe\x00\x00not xml",
        b"",
    ],
    ids=[
        "billion laughs",
        "a file",
        "a DTD elsewhere",
        "unclosed",
        "deep",
        "deeper",
        "no XML",
        "empty",
    ],
)
def test_hostile_xml_is_not_read(packet: bytes) -> None:
    content = with_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet)
    assert standings(claims_of(content)) == {Standing.UNREAD}


def test_text_that_inflates_is_not_inflated(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zlib.compress(bytes(100 * 1024 * 1024), 9)
    made: list[int] = []
    inflate = zlib.decompressobj

    class Counting:
        def __init__(self) -> None:
            self._stream = inflate()

        def decompress(self, data: bytes, most: int) -> bytes:
            found = self._stream.decompress(data, most)
            made.append(len(found))
            return found

        @property
        def eof(self) -> bool:
            return self._stream.eof

    monkeypatch.setattr("api.provenance.containers.zlib.decompressobj", Counting)
    for kind, head in ((b"zTXt", b"parameters\0\0"), (b"iTXt", b"parameters\0\1\0\0\0")):
        assert standings(claims_of(with_chunk(kind, head + bomb))) == {Standing.UNREAD}
    assert max(made) <= BLOCK_AT_MOST + 1


@pytest.mark.parametrize(
    "content",
    [
        with_chunk(b"tEXt", b"Comment\0x", 30_000),
        b"\xff\xd8" + b"\xff" * 1_000_000 + saved("JPEG")[2:],
        b"\xff\xd8" + b"\xff\xe1\x00\x02" * 30_000 + saved("JPEG")[2:],
        with_chunk(b"tEXt", b"no end of a keyword" * 10),
        saved()[:-20],
        b"\x00\x00\x00\x0cftypavif" + b"\x00\x00\x00\x01uuid" + b"\xff" * 8,
        b"RIFF\xff\xff\xff\xffWEBPC2PA\xff\xff\xff\xff",
        b"GIF89a" + bytes(7) + b"\x21\xff\x0bC2PA_GIF" + b"\xff" * 1000,
    ],
    ids=["many chunks", "fill bytes", "many segments", "no keyword", "cut off", "a box of exabytes",
         "a chunk of gigabytes", "blocks without end"],
)  # fmt: skip
def test_a_broken_container_ends_the_reading(content: bytes) -> None:
    claims = claims_of(content)
    assert standings(claims) <= {Standing.UNREAD}


def test_a_manifest_elsewhere_is_not_fetched(dialled: list[str]) -> None:
    remote = b'dcterms:provenance="http://127.0.0.1:9/manifest.c2pa"'
    packet = xmp(f'xmlns:dcterms="http://purl.org/dc/terms/" {remote.decode()}')
    hollow = bytes.fromhex("0000001063325061000000000000") + bytes(40)
    for content in (saved("JPEG", xmp=packet), with_chunk(b"caBX", hollow)):
        assert standings(claims_of(content)) <= {Standing.UNREAD, Standing.INVALID}
    assert dialled == []


@pytest.mark.parametrize(
    "name",
    ["\x1b]0;owned\x07x", "a\u202egnp.exe", "<script>alert(1)</script>", "x" * 50_000],
    ids=["terminal", "bidi", "markup", "long"],
)
def test_a_hostile_name_is_a_short_line_of_text(name: str) -> None:
    for content in (
        with_texts(Software=name.encode("latin-1", "replace").decode("latin-1")),
        saved("JPEG", xmp=xmp(children=f"<xmp:CreatorTool>{_escaped(name)}</xmp:CreatorTool>")),
    ):
        for claim in claims_of(content):
            assert len(claim.sentence) < 300
            assert claim.sentence.isprintable()
            assert "\u202e" not in claim.sentence


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
