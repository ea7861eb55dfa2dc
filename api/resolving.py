"""Where names lead, asked of the operating system in threads of its own, which nobody waits for.

A name whose server is silent holds the thread that asks for it, long after whoever wanted to know
has given up, and no thread can be called back. So one thread asks for a name, whoever else wants
to know it meanwhile; the names below one domain hold a few threads; and nothing else runs in them.
Who asks is not known here: somebody with enough domains can still hold them all, and until they
are free, everybody hears that there is too much to do. The threads are daemons, so that a service
that ends does not wait for them. Only `api.dialling` uses this module.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import AsyncExitStack
from threading import Thread
from weakref import WeakValueDictionary

from api.errors import Overloaded

THREADS = 64
"""More than connections that are dialled at once, and each mostly waits: some 100 kB apiece."""
THREADS_PER_DOMAIN = 4
FREE_WITHIN_S = 1.0
"""Shorter than the time for a connection: what comes of it is told apart from a silent name."""

SHARED_ENDINGS = frozenset(
    {"ac", "co", "com", "edu", "go", "gov", "gr", "mil", "ne", "net", "or", "org", "re"}
)
"""Below a country's two letters, under which people register names: example.co.kr."""


class Lookups:
    """Asks for names, some beside each other; it is called with a host and a port.

    Args:
        threads: Names that are asked for at once, those that nobody waits for any more included.
    """

    def __init__(self, threads: int = THREADS) -> None:
        self._free = asyncio.Semaphore(threads)
        self._gates: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._under_way: dict[str, asyncio.Task[list[str]]] = {}

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a host, in the order to try them.

        Raises:
            OSError: There are none.
            UnicodeError: It is no name.
            Overloaded: No thread was free in time.
        """
        lookup = self._under_way.get(host)
        if lookup is None:
            lookup = asyncio.create_task(self._look_up(host, port), name="lookup")
            self._under_way[host] = lookup
            lookup.add_done_callback(lambda ended: self._end(host, ended))
        # Who gives up leaves the lookup to others, who may come while it lasts.
        await asyncio.wait([lookup])
        return lookup.result()

    async def _look_up(self, host: str, port: int) -> list[str]:
        gate = self._gates.setdefault(domain_of(host), asyncio.Semaphore(THREADS_PER_DOMAIN))
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(FREE_WITHIN_S):
                    await held.enter_async_context(gate)
                    await held.enter_async_context(self._free)
            except TimeoutError as error:
                raise Overloaded(
                    "Too many names are being looked up just now. Try again soon."
                ) from error
            return await asyncio.wrap_future(_asked(host, port))

    def _end(self, host: str, lookup: asyncio.Task[list[str]]) -> None:
        del self._under_way[host]
        if not lookup.cancelled():
            # Seen, even if nobody waits any more: else it would be logged, with the name.
            lookup.exception()


def domain_of(host: str) -> str:
    """What somebody registered to have this name, by rule of thumb."""
    labels = host.rstrip(".").split(".")
    shared = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SHARED_ENDINGS
    return ".".join(labels[-3 if shared else -2 :])


def _asked(host: str, port: int) -> Future[list[str]]:
    answer: Future[list[str]] = Future()
    # From here on whoever waits may go, and the thread still has somebody to tell.
    answer.set_running_or_notify_cancel()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except Exception as error:
            answer.set_exception(error)
        else:
            answer.set_result([str(sockaddr[0]) for *_, sockaddr in found])

    Thread(target=ask, name="lookup", daemon=True).start()
    return answer
