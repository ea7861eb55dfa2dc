"""A site answers with too much, too slowly, in crumbs, or with a bomb in a content encoding."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from api.errors import SourceFailed, SourceTimedOut, TooLarge
from api.fetching import Fetcher

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def fetcher_of(site, deadline_s: float = 10.0) -> Fetcher:
    return Fetcher(max_bytes=100_000, deadline_s=deadline_s, private_hosts=frozenset({site.name}))


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", bytes(1000)),
        (CHUNKED, b"3e8\r\n" + bytes(1000) + b"\r\n"),
    ],
    ids=["until the end of the connection", "chunked"],
)
async def test_an_endless_body_is_cut_off_at_the_limit(sites, head, piece):
    sent = 0

    async def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            sent += len(piece)

    site = await sites.running(endless)
    async with fetcher_of(site) as fetcher:
        with pytest.raises(TooLarge, match="100000 bytes"):
            await fetcher.fetch(site.url)
    # Socket buffers on both sides hold a few megabytes; without a cut there is no end.
    assert sent < 50_000_000


async def test_a_drip_that_resets_every_read_timeout_ends_at_the_deadline(sites):
    dripped = 0

    async def drip(writer: asyncio.StreamWriter) -> None:
        nonlocal dripped
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            dripped += 1
            await asyncio.sleep(0.02)

    site = await sites.running(drip)
    async with fetcher_of(site, deadline_s=0.3) as fetcher:
        with pytest.raises(SourceTimedOut, match=r"within 0\.3 s"):
            await fetcher.fetch(site.url)
    assert dripped < 1000


async def test_headers_that_never_end_end_at_the_deadline(sites):
    async def hints(writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    site = await sites.running(hints)
    async with fetcher_of(site, deadline_s=0.3) as fetcher:
        with pytest.raises(SourceTimedOut):
            await fetcher.fetch(site.url)


async def test_a_body_in_crumbs_does_not_hold_the_event_loop(sites):
    site = await sites.sending(CHUNKED + b"1\r\nx\r\n" * 90_000 + b"0\r\n\r\n")
    async with fetcher_of(site) as fetcher:
        with pytest.raises(SourceFailed, match="crumbs"):
            await fetcher.fetch(site.url)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "GZIP", "identity, gzip"])
async def test_a_bomb_in_a_content_encoding_is_not_inflated(sites, encoding):
    bomb = gzip.compress(bytes(20_000_000))
    site = await sites.serving(bomb, content_encoding=encoding)
    async with fetcher_of(site) as fetcher:
        with pytest.raises(SourceFailed, match="compressed its answer"):
            await fetcher.fetch(site.url)


async def test_a_redirect_does_not_wait_for_its_endless_body(sites):
    end = await sites.serving(b"picture")

    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 302 Found\r\nLocation: {end.url}\r\n\r\n".encode())
        while True:
            writer.write(bytes(1000))
            await writer.drain()

    site = await sites.running(endless)
    names = frozenset({site.name, end.name})
    async with Fetcher(max_bytes=1000, deadline_s=10, private_hosts=names) as fetcher:
        assert (await fetcher.fetch(site.url)).content == b"picture"
