"""A receiver of webhooks on 127.0.0.1, that answers as it is told."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from standardwebhooks.webhooks import Webhook


class Receiver:
    """Keeps each message as (headers, body), and answers with the next status, the last for ever.

    A status of 0 hangs up without an answer.
    """

    def __init__(self, *statuses: int) -> None:
        self.messages: list[tuple[dict[str, str], bytes]] = []
        self._statuses = list(statuses) or [204]

    async def __aenter__(self) -> Receiver:
        self._server = await asyncio.start_server(self._met, "127.0.0.1", 0)
        self.name = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self.url = f"http://{self.name}/hook"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    def verified(self, secret: str) -> list[Any]:
        """The content of all messages, each with a good signature."""
        return [Webhook(secret).verify(body, headers) for headers, body in self.messages]

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            fields = (line.partition(": ") for line in head[1:] if line)
            headers = {name.lower(): value for name, _, value in fields}
            body = await reader.readexactly(int(headers["content-length"]))
            self.messages.append(({"request": head[0], **headers}, body))
            status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
            if status:
                location = "Location: http://169.254.169.254/\r\n" if status // 100 == 3 else ""
                answer = f"HTTP/1.1 {status} So\r\n{location}Content-Length: 0\r\n\r\n"
                writer.write(answer.encode())
                await writer.drain()
        writer.close()
