"""What a file says of itself is read by structure, told with what it rests on, and only told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base
from remembered import Client, Scoring, remembering

from api.provenance import memory
from api.provenance.claims import claims_of, clean
from api.provenance.source_types import source_type as name_in
from api.verdict import Claim, ClaimSource, Standing

from labelling import PARAMETERS, VOCABULARY, saved, source_type, with_texts, xmp
from signing import SIGNER, signed

KINDS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif",
         "AVIF": "image/avif"}  # fmt: skip
GRAPH = json.dumps({"3": {"class_type": "KSampler", "inputs": {"seed": 1}}})
EDITOR = json.dumps({"nodes": [{"id": 1, "type": "KSampler"}], "links": []})


def only(content: bytes) -> Claim:
    [claim] = claims_of(content)
    return claim


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    async with remembering(tmp_path, Scoring()) as client:
        yield client


async def checked(client: Client, content: bytes) -> dict[str, Any]:
    answer = await client.post(
        "/v1/checks", content=content, headers={"Content-Type": "application/octet-stream"}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_signed_credentials_are_told_with_a_signer_that_nobody_verified(kind: str) -> None:
    claim = only(signed(saved(kind), KINDS[kind]))

    assert (claim.source, claim.standing) == (ClaimSource.CONTENT_CREDENTIALS, Standing.SIGNED)
    assert claim.digital_source_type == "trainedAlgorithmicMedia"
    assert (claim.signer, claim.tool) == (SIGNER, "Test Generator")
    assert "a generative model made it" in claim.sentence
    assert "identity was not verified" in claim.sentence


@pytest.mark.parametrize("kind", KINDS)
def test_a_signed_file_that_was_changed_is_not_signed(kind: str) -> None:
    content = bytearray(signed(saved(kind), KINDS[kind]))
    content[-30] ^= 1

    claim = next(iter(claims_of(bytes(content))))

    assert claim.standing in (Standing.TAMPERED, Standing.INVALID)
    assert "generative" not in claim.sentence


def test_other_pixels_under_a_true_signature_are_tampered() -> None:
    content = signed(saved("JPEG"))
    middle = content.rindex(b"\xff\xda") + 2000
    changed = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]

    assert only(changed).standing is Standing.TAMPERED


def test_a_signature_may_say_that_a_camera_took_it() -> None:
    claim = only(signed(saved("JPEG"), digitalSourceType=f"{VOCABULARY}digitalCapture"))
    assert claim.digital_source_type == "digitalCapture"
    assert "a camera took it" in claim.sentence


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_source_type_in_xmp_is_a_claim_that_anyone_may_write(kind: str) -> None:
    given = {"xmp": source_type("trainedAlgorithmicMedia")}
    if kind == "PNG":
        content = with_texts(**{"XML:com.adobe.xmp": given["xmp"].decode()})
    else:
        content = saved(kind, **given)

    claim = only(content)

    assert (claim.source, claim.standing) == (ClaimSource.XMP, Standing.UNSIGNED)
    assert claim.digital_source_type == "trainedAlgorithmicMedia"
    assert "anyone may have written" in claim.sentence


def test_xmp_is_read_as_attributes_elements_and_lists() -> None:
    element = f"<Iptc4xmpExt:DigitalSourceType>{VOCABULARY}print</Iptc4xmpExt:DigitalSourceType>"
    resource = f'<Iptc4xmpExt:DigitalSourceType rdf:resource="{VOCABULARY}print"/>'
    for children in (element, resource):
        assert only(saved("JPEG", xmp=xmp(children=children))).digital_source_type == "print"
    tool = only(saved("JPEG", xmp=xmp('xmp:CreatorTool="Adobe Photoshop 26.1"')))
    assert tool.tool == "Adobe Photoshop 26.1"
    assert "names 'Adobe Photoshop 26.1' as the program" in tool.sentence
    assert claims_of(saved("JPEG", xmp=xmp())) == ()


@pytest.mark.parametrize(
    ("texts", "tool"),
    [
        ({"parameters": PARAMETERS}, "Stable Diffusion (dreamer-9)"),
        ({"parameters": PARAMETERS.partition(", Model")[0]}, "Stable Diffusion"),
        ({"parameters": PARAMETERS, "fooocus_scheme": "a1111"}, "Fooocus"),
        ({"prompt": GRAPH}, "ComfyUI"),
        ({"workflow": EDITOR}, "ComfyUI"),
        ({"invokeai_metadata": "{}"}, "InvokeAI"),
        ({"Software": "NovelAI", "Comment": "{}"}, "NovelAI"),
    ],
)
@pytest.mark.parametrize("compressed", [False, True])
def test_parameters_of_generators_are_known(
    texts: dict[str, str], tool: str, compressed: bool
) -> None:
    claim = only(with_texts(compressed=compressed, **texts))
    assert (claim.source, claim.standing) == (ClaimSource.TEXT, Standing.UNSIGNED)
    assert (claim.tool, claim.digital_source_type) == (tool, "trainedAlgorithmicMedia")


@pytest.mark.parametrize(
    "texts",
    [
        {"parameters": "of a telescope: Steps: many"},
        {"prompt": "what do you see?"},
        {"prompt": "[" * 5000},
        {"workflow": '{"nodes": 3}'},
        {"Comment": PARAMETERS},
        {"Title": "made with ComfyUI and Stable Diffusion"},
    ],
)
def test_text_that_merely_mentions_a_generator_is_none(texts: dict[str, str]) -> None:
    assert claims_of(with_texts(**texts)) == ()


def test_exif_names_camera_program_and_parameters() -> None:
    exif = Image.Exif()
    exif[Base.Make], exif[Base.Model], exif[Base.Software] = "Canon", "EOS R5", "1.8"
    assert only(saved("JPEG", exif=exif)).tool == "Canon EOS R5"

    exif = Image.Exif()
    exif[Base.Software] = "Snapseed 2.0"
    for kind in ("JPEG", "WEBP", "PNG"):
        assert only(saved(kind, exif=exif)).sentence.startswith("Its metadata names 'Snapseed")

    exif = Image.Exif()
    comment = b"UNICODE\0" + PARAMETERS.encode("utf-16-be")
    exif.get_ifd(IFD.Exif)[Base.UserComment] = comment
    claim = only(saved("JPEG", exif=exif))
    assert (claim.source, claim.tool) == (ClaimSource.EXIF, "Stable Diffusion (dreamer-9)")


def test_a_plain_file_claims_nothing() -> None:
    for kind in KINDS:
        assert claims_of(saved(kind)) == ()
    assert claims_of(b"") == claims_of(b"no picture") == ()


def test_a_name_is_one_short_line_as_it_looks() -> None:
    assert clean("a\x00b\nc\u202egnp\u200b") == "a b c gnp"
    assert clean("x" * 500) == "x" * 119 + "…"
    assert clean("\u202e\x00 ") is None
    assert clean(None) is None


def test_source_types_are_read_from_their_vocabulary_alone() -> None:
    assert name_in(f"{VOCABULARY}digitalCapture") == "digitalCapture"
    assert name_in("https://cv.iptc.org/newscodes/digitalsourcetype/print") == "print"
    elsewhere = f"http://evil.example/{VOCABULARY.removeprefix('http://')}print"
    too_long = f"{VOCABULARY}{'x' * 61}"
    for written in ("digitalCapture", f"{VOCABULARY}a b", too_long, VOCABULARY, elsewhere, None, 3):
        assert name_in(written) is None


async def test_claims_stand_beside_the_score_and_change_nothing(client: Client) -> None:
    plain = await checked(client, saved())
    labelled = await checked(client, with_texts(parameters=PARAMETERS))

    assert plain["provenance"]["claims"] == []
    [claim] = labelled["provenance"]["claims"]
    assert claim["tool"] == "Stable Diffusion (dreamer-9)"
    assert labelled["cache"] == "pixels"
    for name in ("id", "label", "fake_probability", "reason", "experts", "review"):
        assert labelled[name] == plain[name]


async def test_claims_are_those_of_the_bytes_that_came_also_from_memory(client: Client) -> None:
    content = signed(saved("JPEG"))
    first, again = await checked(client, content), await checked(client, content)
    stripped = await checked(client, saved("JPEG"))

    assert (first["cache"], again["cache"], stripped["cache"]) == ("miss", "bytes", "pixels")
    assert first["provenance"]["claims"] == again["provenance"]["claims"] != []
    assert stripped["provenance"]["claims"] == []
    assert again["timings"]["provenance_ms"] > 0
    read = (await client.get(f"/v1/verdicts/{first['id']}")).json()
    assert read["provenance"] is None


async def test_a_file_is_read_once_but_a_signature_anew_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[bytes] = []

    def reading(content: bytes) -> tuple[Claim, ...]:
        read.append(content)
        return claims_of(content)

    monkeypatch.setattr(memory, "claims_of", reading)
    claims = memory.Claims()
    plain, sealed = with_texts(parameters=PARAMETERS), signed(saved("JPEG"))

    told = [await claims.of(one, str(len(one))) for one in (plain, plain, sealed, sealed)]

    assert told[0] == told[1] == claims_of(plain) != ()
    assert told[2] == told[3] == claims_of(sealed) != ()
    assert read == [plain, sealed, sealed]


async def test_what_was_asked_for_longest_ago_is_read_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "FILES_AT_MOST", 2)
    claims = memory.Claims()
    content = with_texts(parameters=PARAMETERS)
    for name in "abac":
        await claims.of(content, name)
    monkeypatch.setattr(memory, "claims_of", lambda _: ())

    assert [bool(await claims.of(content, name)) for name in "acb"] == [True, True, False]
