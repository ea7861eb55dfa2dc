"""Bytes of a picture from a URL that a stranger gave.

Built on httpcore, the part of httpx that sends and receives: it follows no redirects, keeps no
cookies, inflates nothing and reads no environment, so each of those is a line here or nowhere.
`api.web_address` says which URLs are followed, `api.dialling` where a connection may go, and
`api.imaging` whether the bytes are a picture. Only `api.moderation` calls this module.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Self
from weakref import WeakValueDictionary

import httpcore
import httpx

from api.dialling import GuardedBackend, Resolve, outside_failures
from api.errors import SourceFailed, SourceTimedOut, TooLarge
from api.web_address import WebAddress, parse, redirected

REDIRECTS_AT_MOST = 3
CONNECTIONS_AT_MOST = 32
CONNECTIONS_PER_HOST = 4
KEEP_ALIVE_S = 5.0
TIMEOUTS_S = {"connect": 3.0, "read": 5.0, "write": 5.0, "pool": 2.0}
"""Of one step each. They end a dead connection early; the deadline ends a lively slow one."""

PIECES_AT_MOST = 20_000
"""Chunks of one byte cost some 20 us of the event loop each; 10 MB of them would be minutes."""

PIECE_BYTES = 4096
"""Of a large body, on average at least."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})

# No Referer, no cookies. Asked for as it is: httpx inflates a whole chunk at once, and a
# compressed picture gains nothing.
HEADERS = (
    ("User-Agent", "Candor/0.1 (looks at this picture once, to tell whether it is real)"),
    ("Accept", "image/*, */*;q=0.1"),
    ("Accept-Encoding", "identity"),
)


@dataclass(frozen=True)
class Fetched:
    """What a URL gave: the bytes, the URL as asked and as it ended, and the time of the end."""

    content: bytes
    url: str
    final_url: str
    fetched_at: datetime


@dataclass(frozen=True)
class Sink:
    """Where a body goes, how many bytes it may have, and in how many pieces."""

    write: Callable[[bytes], object]
    max_bytes: int
    max_pieces: int


class Fetcher:
    """Fetches pictures; one for the life of the service, closed by `async with` or `aclose`.

    Args:
        max_bytes: Largest body accepted, in bytes.
        deadline_s: Seconds that one fetch may take in all, redirects included.
        private_hosts: `host:port` pairs that may be fetched though not public, on any port.
        resolve: Gives the addresses of a host; the operating system by default.
    """

    def __init__(
        self,
        *,
        max_bytes: int,
        deadline_s: float,
        private_hosts: frozenset[str] = frozenset(),
        resolve: Resolve | None = None,
    ) -> None:
        self._max_bytes = max_bytes
        self._deadline_s = deadline_s
        self._private_hosts = frozenset(host.lower() for host in private_hosts)
        self._gates: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=CONNECTIONS_AT_MOST,
            keepalive_expiry=KEEP_ALIVE_S,
            network_backend=GuardedBackend(self._private_hosts, resolve),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()

    async def fetch(self, url: str) -> Fetched:
        """Get what a URL leads to, whatever it is.

        Raises:
            InvalidRequest: The URL is malformed, or of a form that is not followed.
            SourceFailed: The host is unknown, unreachable or not public (told alike), or its
                answer was an error, compressed, broken, or one redirect too many.
            SourceTimedOut: It took longer than the deadline, or stalled.
            TooLarge: The body is over `max_bytes`.
            Overloaded: Too many fetches or lookups of names are under way.
        """
        body = bytearray()
        sink = Sink(body.extend, self._max_bytes, PIECES_AT_MOST)
        final = await self._fetched(parse(url, self._private_hosts), sink, self._deadline_s)
        return Fetched(bytes(body), url, final.url, datetime.now(UTC))

    async def fetch_into(
        self, file: IO[bytes], url: str, max_bytes: int, deadline_s: float
    ) -> None:
        """Write what a URL leads to into a file, piece by piece. Raises as `fetch`."""
        pieces = PIECES_AT_MOST + max_bytes // PIECE_BYTES
        sink = Sink(file.write, max_bytes, pieces)
        await self._fetched(parse(url, self._private_hosts), sink, deadline_s)

    async def _fetched(self, address: WebAddress, sink: Sink, deadline_s: float) -> WebAddress:
        try:
            async with asyncio.timeout(deadline_s):
                return await self._follow(address, sink)
        except TimeoutError as error:
            raise SourceTimedOut(
                f"{address.host} did not give the picture within {deadline_s:g} s. "
                "Try again later, or send the picture itself."
            ) from error

    async def _follow(self, address: WebAddress, sink: Sink) -> WebAddress:
        for _ in range(REDIRECTS_AT_MOST + 1):
            async with self._gates.setdefault(
                address.host, asyncio.Semaphore(CONNECTIONS_PER_HOST)
            ):
                onward = await self._get(address, sink)
            if onward is None:
                return address
            address = onward
        raise SourceFailed(
            f"The URL was redirected more than {REDIRECTS_AT_MOST} times, the last time to "
            f"{address.host}. Give the URL of the picture itself."
        )

    async def _get(self, address: WebAddress, sink: Sink) -> WebAddress | None:
        """One request: its body into the sink, or where it redirects to."""
        with outside_failures(address.host):
            async with self._pool.stream(
                "GET",
                address.target,
                headers=[("Host", address.authority), *HEADERS],
                extensions={"timeout": TIMEOUTS_S},
            ) as response:
                headers = httpx.Headers(response.headers)
                if response.status in REDIRECTS and "location" in headers:
                    return redirected(address, headers["location"], self._private_hosts)
                refuse_answer(address.host, response.status, headers)
                await _pour(address.host, response, headers, sink)
                return None


async def _pour(host: str, response: httpcore.Response, headers: httpx.Headers, sink: Sink) -> None:
    too_large = TooLarge(
        f"The picture at {host} is larger than {sink.max_bytes} bytes. Give a smaller one."
    )
    if int(headers.get("content-length", 0)) > sink.max_bytes:
        raise too_large
    size = pieces = 0
    async for piece in response.aiter_stream():
        size += len(piece)
        pieces += 1
        if size > sink.max_bytes:
            raise too_large
        if pieces > sink.max_pieces:
            raise SourceFailed(f"{host} sent the picture in crumbs. Send the picture itself.")
        sink.write(piece)


def refuse_answer(host: str, status: int, headers: httpx.Headers) -> None:
    """Raise SourceFailed unless an answer is a success and its body is not compressed."""
    if not 200 <= status < 300:
        raise SourceFailed(
            f"{host} answered with status {status} and not with a picture. "
            "Check the URL, or send the picture itself."
        )
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise SourceFailed(
            f"{host} compressed its answer ({encoding[:40]}) though asked not to. "
            "Send the picture itself."
        )
