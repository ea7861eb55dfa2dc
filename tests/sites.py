"""HTTP servers on this machine that answer as a test says, well or badly."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

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
