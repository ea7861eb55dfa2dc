"""Whatever bytes and addresses come: an answer or a clear refusal, and no dial inside.

Gained would be a crash, or one spelling of this machine that the guard does not know.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.provisional import urls

from api.errors import CandorError
from api.fetching import Fetcher
from api.imaging import decode
from api.provenance.claims import claims_of
from api.public_address import is_public
from api.web_address import parse

from labelling import PARAMETERS, saved, with_texts

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
bounded = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=300,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@cache
def files() -> tuple[bytes, ...]:
    return (*(saved(kind) for kind in FORMATS), with_texts(parameters=PARAMETERS))


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """A picture's file with bytes changed, cut, doubled or moved; most changes near the head."""
    content = bytearray(draw(st.sampled_from(files())))
    for _ in range(draw(st.integers(1, 8))):
        near = draw(st.sampled_from((64, 1024, len(content))))
        place = draw(st.integers(0, max(0, min(near, len(content)) - 1)))
        piece = draw(st.binary(max_size=16))
        match draw(st.sampled_from(["change", "cut", "insert", "double"])):
            case "change":
                content[place : place + len(piece)] = piece
            case "cut":
                del content[place : place + draw(st.integers(1, 512))]
            case "insert":
                content[place:place] = piece
            case "double":
                content[place:place] = content[place : place + draw(st.integers(1, 512))]
    return bytes(content)


@pytest.mark.slow
@bounded
@given(mangled())
def test_a_mangled_picture_is_a_picture_or_refused(content: bytes) -> None:
    claims_of(content)
    with suppress(CandorError):
        picture = decode(content, max_pixels=1_000_000, min_side=32)
        assert picture.pixels.shape == (picture.height, picture.width, 3)
        assert picture.width * picture.height <= 1_000_000


BEGINNINGS = (b"\xff\xd8", b"RIFF", b"\x89PNG", b"GIF8")


@bounded
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_a_picture(content: bytes) -> None:
    with pytest.raises(CandorError):
        decode(content, max_pixels=1_000_000, min_side=32)
    assert claims_of(content) == () or content.startswith(BEGINNINGS)


numbers = st.integers(0, 2**32 - 1)
spelled = st.one_of(
    urls(),
    st.text(max_size=60),
    st.builds("http://{}/".format, st.ip_addresses(v=4).map(str)),
    st.builds("http://[{}]/".format, st.ip_addresses(v=6).map(str)),
    st.builds("http://{:d}/".format, numbers),
    st.builds("http://0x{:x}/".format, numbers),
    st.builds("http://0{:o}.{:d}/".format, st.integers(0, 255), st.integers(0, 2**24 - 1)),
    st.builds("http://[::ffff:{}]/".format, st.ip_addresses(v=4).map(str)),
    st.builds("http://{}@{}/".format, st.text(max_size=9), st.ip_addresses(v=4).map(str)),
    st.builds("https://{}%{}/".format, st.ip_addresses(v=4).map(str), st.text(max_size=5)),
    st.builds("{}://127.0.0.1/{}".format, st.text(max_size=6), st.text(max_size=20)),
)


@bounded
@given(spelled)
def test_any_address_is_taken_apart_or_refused(url: str) -> None:
    with suppress(CandorError):
        address = parse(url, frozenset())
        assert address.scheme in ("http", "https")
        assert address.target.port in (80, 443)
        assert "@" not in address.authority


@bounded
@given(url=spelled, resolved=st.ip_addresses().map(str))
def test_only_public_addresses_are_dialled(url: str, resolved: str, dialled: list[str]) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return [resolved]

    async def fetch() -> None:
        async with Fetcher(max_bytes=1000, deadline_s=5, resolve=resolve) as fetcher:
            with pytest.raises(CandorError):
                await fetcher.fetch(url)

    asyncio.run(fetch())
    assert all(is_public(address) for address in dialled)
