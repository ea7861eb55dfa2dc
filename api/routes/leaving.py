"""Work for a request goes on for as long as somebody waits for its answer.

A client that has given up often asks again; what it left behind would make the next one wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.errors import HungUp
from api.routes import AnyRequest

WATCHED_FROM_S = 0.05
"""An answer from memory is there sooner, and worth no look at its client."""


@asynccontextmanager
async def while_waited_for(request: AnyRequest) -> AsyncIterator[None]:
    """Cancel what is done in the block once the client is gone. The body must have been read.

    Raises:
        HungUp: It is gone.
    """
    loop = asyncio.get_running_loop()
    watching: list[asyncio.Task[None]] = []

    async def watch(limit: asyncio.Timeout) -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        limit.reschedule(loop.time())

    try:
        async with asyncio.timeout(None) as limit:
            begin = loop.call_later(
                WATCHED_FROM_S, lambda: watching.append(loop.create_task(watch(limit)))
            )
            try:
                yield
            finally:
                begin.cancel()
                for task in watching:
                    task.cancel()
    except TimeoutError as error:
        if limit.expired():
            raise HungUp("The client hung up before its picture was checked.") from error
        raise
