"""A site shows our address the real photo, and people the fake.

Gained would be a verdict on what nobody sees, that others then read of the address. So a verdict
says which bytes it is on, from where and when they came, and belongs to those bytes alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from httpx import AsyncClient
from remembered import Scoring
from sites import Site, Sites

from api.fingerprint import digest_bytes, digest_pixels

from listening import listening
from pictures import encoded, portrait

PHOTO = encoded(portrait())
FAKE = encoded(portrait()[:, ::-1].copy())


@pytest.fixture
async def site(sites: Sites) -> Site:
    """Gives the photo the first time, and the fake from then on."""
    times = 0

    async def answer(writer: asyncio.StreamWriter) -> None:
        nonlocal times
        body = FAKE if times else PHOTO
        times += 1
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    return await sites.running(answer)


@pytest.fixture
async def client(tmp_path: Path, site: Site) -> AsyncIterator[AsyncClient]:
    named = {"fetch_private_hosts": site.name}
    async with (
        listening(tmp_path, Scoring(), **named) as address,
        AsyncClient(base_url=address) as client,
    ):
        yield client


async def test_an_address_is_fetched_each_time_and_each_verdict_is_on_its_bytes(
    client: AsyncClient, site: Site
) -> None:
    first = (await client.post("/v1/checks", json={"url": site.url})).json()
    second = (await client.post("/v1/checks", json={"url": site.url})).json()

    assert len(site.requests) == 2
    assert first["id"] != second["id"]
    assert first["picture"]["sha256"] == digest_bytes(PHOTO)
    assert second["picture"]["sha256"] == digest_bytes(FAKE)
    assert first["picture"]["pixels_sha256"] == digest_pixels(portrait())
    for told in (first, second):
        assert told["provenance"]["final_url"] == site.url
        assert told["provenance"]["fetched_at"]


async def test_who_brings_the_bytes_is_answered_about_them(client: AsyncClient, site: Site) -> None:
    fetched = (await client.post("/v1/checks", json={"url": site.url})).json()
    headers = {"Content-Type": "image/png"}
    brought = (await client.post("/v1/checks", content=FAKE, headers=headers)).json()

    assert brought["id"] != fetched["id"]
    assert brought["cache"] == "miss"
    assert brought["provenance"]["url"] is None


async def test_requests_do_not_tell_one_from_another(client: AsyncClient, site: Site) -> None:
    await client.post("/v1/checks", json={"url": site.url})
    await client.post("/v1/checks?external_id=secret-17", json={"url": site.url})
    assert site.requests[0] == site.requests[1]
    assert b"secret-17" not in site.requests[1]
