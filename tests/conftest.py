"""What many tests share: the running service, a browser, sites that fetch, a watch over dials."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress

import httpcore
import pytest

from chromium import chromium
from service import running_service

OURS = ("CANDOR_CHROMIUM", "CANDOR_SCREENSHOT", "CANDOR_TEST_MONGODB_URL")
for name in [name for name in os.environ if name.startswith("CANDOR_") and name not in OURS]:
    # A developer's own service must not decide what is tested, nor its database be written to.
    del os.environ[name]

Handler = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Site:
    """An HTTP server on 127.0.0.1 that reads one request per connection and then misbehaves."""

    def __init__(self, answer: Handler) -> None:
        self.requests: list[bytes] = []
        self._answer = answer
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> Site:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.name = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.name}/picture"
        return self

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own: of one that asyncio made, it logs that `close` cancelled it.
        task = asyncio.create_task(self._exchange(reader, writer))
        task.add_done_callback(lambda _: writer.close())
        self._tasks.add(task)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            await self._answer(writer)
            await writer.drain()

    async def close(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._server.wait_closed()


class Sites:
    """Starts sites, and closes them when the test ends."""

    def __init__(self) -> None:
        self._started: list[Site] = []

    async def running(self, answer: Handler) -> Site:
        """A site that answers with what a coroutine writes."""
        self._started.append(await Site(answer).open())
        return self._started[-1]

    async def sending(self, raw: bytes) -> Site:
        """A site that answers with these bytes, whatever they are, and hangs up."""

        async def answer(writer: asyncio.StreamWriter) -> None:
            writer.write(raw)

        return await self.running(answer)

    async def serving(self, body: bytes = b"", *, status: int = 200, **headers: str) -> Site:
        """A site that answers well; `content_type="x"` becomes `content-type: x`."""
        lines = [f"HTTP/1.1 {status} Whatever", f"content-length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return await self.sending("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    async def close(self) -> None:
        for site in self._started:
            await site.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Chromium, skip what needs it, and say so; in CI that is a failure."""
    if chromium():
        return
    skip = pytest.mark.skip(reason="Chromium is missing: apt-get install chromium")
    wanting = [item for item in items if item.get_closest_marker("browser")]
    if wanting and os.environ.get("CI"):
        raise pytest.UsageError("Chromium is missing, and in CI the browser tests must run.")
    for item in wanting:
        item.add_marker(skip)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the real service with the shipped weights, one for the whole session."""
    with running_service(tmp_path_factory.mktemp("service")) as address:
        yield address


@pytest.fixture
async def sites() -> AsyncIterator[Sites]:
    sites = Sites()
    yield sites
    await sites.close()


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address that a connection was made to. What is not loopback is not reached."""
    addresses: list[str] = []
    connect = httpcore.AnyIOBackend.connect_tcp

    async def connect_tcp(
        self: httpcore.AnyIOBackend, host: str, *args: object
    ) -> httpcore.AsyncNetworkStream:
        addresses.append(host)
        if host != "127.0.0.1":
            raise httpcore.ConnectError("no network in tests")
        return await connect(self, host, *args)

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect_tcp)
    return addresses
