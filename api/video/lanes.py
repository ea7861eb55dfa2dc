"""Which clips are looked at now: of those that can go on, the ones that came first."""

from __future__ import annotations

import asyncio
from heapq import heappop, heappush
from itertools import count


class Lanes:
    """Lets so many run beside each other."""

    def __init__(self, lanes: int) -> None:
        self._free = lanes
        self._numbers = count()
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    def lane(self) -> Lane:
        """For one clip, which comes now and is ahead of all that come later."""
        return Lane(self, next(self._numbers))

    async def enter(self, number: int) -> None:
        """Wait for a free lane."""
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (number, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                # It came just when nobody wanted it any more.
                self.leave()
            raise

    def leave(self) -> None:
        """Give the lane to the next."""
        while self._waiting:
            _, turn = heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class Lane:
    """One clip's way, inside `async with`."""

    def __init__(self, lanes: Lanes, number: int) -> None:
        self._lanes = lanes
        self._number = number
        self._inside = False

    async def __aenter__(self) -> Lane:
        await self._enter()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._inside:
            self._leave()

    async def stand_aside(self, seconds: float) -> None:
        """Let others go on meanwhile, and come back ahead of all that came later."""
        self._leave()
        await asyncio.sleep(seconds)
        await self._enter()

    async def _enter(self) -> None:
        await self._lanes.enter(self._number)
        self._inside = True

    def _leave(self) -> None:
        self._inside = False
        self._lanes.leave()
