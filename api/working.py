"""Tasks that do one thing after another while there is any, and look again now and then.

For what is in the store and not in a request: jobs, and webhooks. A store that is away, or a
mistake of ours, makes them pause and never end.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from api.errors import StoreUnavailable

POLL_S = 1.0
"""How long until work that another process left is seen. One small query each."""

logger = logging.getLogger("candor")


class Workers:
    """Runs `step` in so many tasks.

    Args:
        what: Is done, for the log.
        step: Does one thing; False if there is none to do now.
    """

    def __init__(self, what: str, step: Callable[[], Awaitable[bool]], at_once: int) -> None:
        self._what = what
        self._step = step
        self._at_once = at_once
        self._woken = asyncio.Event()
        self._stuck = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin."""
        self._tasks = [asyncio.create_task(self._work()) for _ in range(self._at_once)]

    async def stop(self) -> None:
        """End; what is under way is cancelled."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._tasks = []

    def wake(self) -> None:
        """There is something to do."""
        self._woken.set()

    async def _work(self) -> None:
        while True:
            if not await self._did_one():
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await self._woken.wait()
                self._woken.clear()

    async def _did_one(self) -> bool:
        try:
            did = await self._step()
        except StoreUnavailable as error:
            # Once, and not every second of an hour.
            if not self._stuck:
                logger.warning("%s wait: %s", self._what, error)
            self._stuck = True
            return False
        except Exception:
            logger.exception("%s met a mistake", self._what)
            return False
        if self._stuck:
            logger.warning("%s go on", self._what)
        self._stuck = False
        return did
