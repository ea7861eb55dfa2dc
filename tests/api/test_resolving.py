"""Names whose servers are silent hold few threads, and nobody waits for these."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator

import httpcore
import pytest

from api import resolving
from api.dialling import GuardedBackend
from api.errors import Overloaded, SourceTimedOut
from api.fetching import Fetcher
from api.resolving import THREADS_PER_DOMAIN, Lookups, domain_of

PUBLIC = "93.184.216.34"
GIVEN_UP_S = 0.2


class Servers:
    """Answers for all names but those called silent, until the end of the test."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.speak = threading.Event()

    def __call__(self, host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        self.asked[host] += 1
        if "silent" in host:
            self.speak.wait()
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC, port))]


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Servers]:
    servers = Servers()
    monkeypatch.setattr(socket, "getaddrinfo", servers)
    yield servers
    servers.speak.set()


async def given_up(backend: GuardedBackend, *names: str) -> list[type[BaseException] | None]:
    """What became of connections to names, for which nobody waits long."""
    ends = await asyncio.gather(
        *(backend.connect_tcp(name, 80, timeout=GIVEN_UP_S) for name in names),
        return_exceptions=True,
    )
    return [type(end) if isinstance(end, BaseException) else None for end in ends]


async def test_silent_names_leave_the_others_their_threads(
    servers: Servers, dialled: list[str]
) -> None:
    backend = GuardedBackend(frozenset())
    silent = [f"silent{number}.test" for number in range(40)]
    assert set(await given_up(backend, *silent)) == {httpcore.ConnectTimeout}

    assert await given_up(backend, "speaks.test") == [httpcore.ConnectError]

    assert dialled == [PUBLIC]


async def test_one_name_is_asked_for_once_however_many_want_to_know(servers: Servers) -> None:
    lookups = Lookups(threads=1)
    waiting = [asyncio.create_task(lookups("silent.test", 80)) for _ in range(9)]
    await asyncio.sleep(GIVEN_UP_S)
    waiting.pop().cancel()
    servers.speak.set()

    assert await asyncio.gather(*waiting) == [[PUBLIC]] * 8
    assert servers.asked == {"silent.test": 1}
    assert await lookups("silent.test", 80) == [PUBLIC]
    assert servers.asked == {"silent.test": 2}


async def test_names_below_one_domain_hold_few_threads(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolving, "FREE_WITHIN_S", 30)
    lookups = Lookups(threads=THREADS_PER_DOMAIN + 1)
    many = [
        asyncio.create_task(lookups(f"{number}.silent.co.kr", 80))
        for number in range(3 * THREADS_PER_DOMAIN)
    ]
    await asyncio.sleep(GIVEN_UP_S)

    assert await lookups("speaks.co.kr", 80) == [PUBLIC]

    assert servers.asked.total() == THREADS_PER_DOMAIN + 1
    servers.speak.set()
    assert await asyncio.gather(*many) == [[PUBLIC]] * len(many)


async def test_who_gets_no_thread_is_told_to_come_back_and_not_that_the_site_was_slow(
    servers: Servers, monkeypatch: pytest.MonkeyPatch, dialled: list[str]
) -> None:
    monkeypatch.setattr(resolving, "FREE_WITHIN_S", 0.1)
    monkeypatch.setattr("api.fetching.TIMEOUTS_S", {"connect": GIVEN_UP_S})
    lookups = Lookups(threads=1)
    async with Fetcher(max_bytes=1000, deadline_s=5, resolve=lookups) as fetcher:
        with pytest.raises(SourceTimedOut, match=r"silent\.test was too slow"):
            await fetcher.fetch("http://silent.test/")
        with pytest.raises(Overloaded, match="Try again"):
            await fetcher.fetch("http://speaks.test/")
        servers.speak.set()
        await lookups("silent.test", 80)
        assert await given_up(GuardedBackend(frozenset(), lookups), "speaks.test") == [
            httpcore.ConnectError
        ]
    assert dialled == [PUBLIC]


async def test_a_name_that_fails_after_all_is_not_logged(
    servers: Servers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unknown(host: str, *_: object, **__: object) -> None:
        servers.speak.wait()
        raise socket.gaierror(socket.EAI_NONAME, f"{host} is unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    lookups = Lookups()
    assert await given_up(GuardedBackend(frozenset(), lookups), "silent.test") == [
        httpcore.ConnectTimeout
    ]
    servers.speak.set()
    with pytest.raises(OSError, match="unknown"):
        await lookups("silent.test", 80)
    assert caplog.text == ""


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_the_service_ends_though_a_name_is_silent(loop: str) -> None:
    pytest.importorskip(loop)
    program = f"""
import asyncio, socket, time, {loop}
from contextlib import suppress
import httpcore
from api.dialling import GuardedBackend

socket.getaddrinfo = lambda *_, **__: time.sleep(60)

async def ask():
    with suppress(httpcore.ConnectTimeout):
        await GuardedBackend(frozenset()).connect_tcp("silent.test", 80, timeout=0.2)
    print("given up")

{loop}.run(ask())
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "given up\n", "")


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("a.b.example.com", "example.com"),
        ("example.com.", "example.com"),
        ("news.example.co.kr", "example.co.kr"),
        ("co.kr", "co.kr"),
        ("localhost", "localhost"),
    ],
)
def test_a_domain_is_what_somebody_registered(host: str, domain: str) -> None:
    assert domain_of(host) == domain
