"""A name whose owner changes its address, or lists a private one among public ones."""

from __future__ import annotations

import httpcore
import pytest

from api.dialling import GuardedBackend
from api.errors import SourceFailed
from api.fetching import Fetcher

PUBLIC = "93.184.216.34"


class Resolver:
    """Answers each lookup with the next list, and the last one from then on."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.lookups = 0

    async def __call__(self, host: str, port: int) -> list[str]:
        self.lookups += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def test_the_address_that_was_judged_is_the_one_that_is_dialled(dialled):
    resolver = Resolver([PUBLIC], ["127.0.0.1"])
    async with Fetcher(max_bytes=1000, deadline_s=5, resolve=resolver) as fetcher:
        with pytest.raises(SourceFailed):
            await fetcher.fetch("http://rebinds.test/")
        assert (resolver.lookups, dialled) == (1, [PUBLIC])
        with pytest.raises(SourceFailed):
            await fetcher.fetch("http://rebinds.test/")
    assert (resolver.lookups, dialled) == (2, [PUBLIC])


@pytest.mark.parametrize(
    "addresses",
    [[PUBLIC, "127.0.0.1"], ["10.0.0.1", PUBLIC], [PUBLIC, "::1"], [PUBLIC, "fe80::1%eth0"], []],
)
async def test_one_private_address_condemns_them_all(addresses, dialled):
    async with Fetcher(max_bytes=1000, deadline_s=5, resolve=Resolver(addresses)) as fetcher:
        with pytest.raises(SourceFailed, match="Nothing could be fetched"):
            await fetcher.fetch("http://mixed.test/")
    assert dialled == []


async def test_a_name_with_many_addresses_is_not_a_port_scan(dialled):
    many = [f"93.184.216.{last}" for last in range(200)]
    async with Fetcher(max_bytes=1000, deadline_s=5, resolve=Resolver(many)) as fetcher:
        with pytest.raises(SourceFailed):
            await fetcher.fetch("http://many.test/")
    assert dialled == many[:4]


async def test_tls_is_asked_for_the_name_and_not_for_the_address(monkeypatch):
    asked = []

    class Stream(httpcore.AsyncNetworkStream):
        async def start_tls(self, ssl_context, server_hostname=None, timeout=None):  # noqa: ASYNC109
            asked.append((server_hostname, ssl_context.check_hostname))
            raise httpcore.ConnectError("enough")

    async def connect_tcp(self, host, *args):
        asked.append(host)
        return Stream()

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect_tcp)
    async with Fetcher(max_bytes=1000, deadline_s=5, resolve=Resolver([PUBLIC])) as fetcher:
        with pytest.raises(SourceFailed):
            await fetcher.fetch("https://site.test/")
    assert asked == [PUBLIC, ("site.test", True)]


async def test_no_file_is_dialled(tmp_path):
    with pytest.raises(httpcore.ConnectError):
        await GuardedBackend(frozenset()).connect_unix_socket(str(tmp_path / "docker.sock"))
