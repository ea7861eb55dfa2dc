"""The URL names the machine itself, its network or the cloud's metadata, in every spelling.

Nothing may be dialled, and the answer must be that of a host that does not exist.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence

import pytest

from api.errors import CandorError, SourceFailed
from api.fetching import Fetcher


async def own_network(host: str, port: int) -> Sequence[str]:
    """Numbers as the operating system reads them, and every name as this machine: no network."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
        )
    except OSError:
        return ["127.0.0.1"]
    return [str(sockaddr[0]) for *_, sockaddr in found]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "127.0.0.1.",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "017700000001",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "127。0。0。1",
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "[::ffff:169.254.169.254]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "10.0.0.1",
        "192.168.0.1",
        "100.100.100.200",
        "224.0.0.1",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_not_dialled_and_told_like_a_host_that_does_not_exist(scheme, host, dialled):
    async with Fetcher(max_bytes=1000, deadline_s=5, resolve=own_network) as fetcher:
        with pytest.raises(SourceFailed, match=r"^Nothing could be fetched from \S+\. Check"):
            await fetcher.fetch(f"{scheme}://{host}/latest/meta-data/")
    assert dialled == []


@pytest.mark.parametrize(
    "url",
    [
        "http://0177.0.0.1/",
        "http://127.0.0.1:22/",
        "http://127.0.0.1%2f@site.test/",
        "http://site.test@127.0.0.1/",
        "http://127.0.0.1\\@site.test/",
        "http://site.test\\.127.0.0.1/",
        "http://[fe80::1%25lo]/",
        "http://\uff11\uff12\uff17.0.0.1/",
        "http://127.0.0.1\t/",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "unix:///var/run/docker.sock",
    ],
)
async def test_forms_that_parsers_disagree_about_are_not_dialled(url, dialled):
    async with Fetcher(max_bytes=1000, deadline_s=5, resolve=own_network) as fetcher:
        with pytest.raises(CandorError):
            await fetcher.fetch(url)
    assert dialled == []
