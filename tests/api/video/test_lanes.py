"""Clips take turns: whoever can go on does, and among these whoever came first."""

from __future__ import annotations

import asyncio

import pytest

from api.video.lanes import Lane, Lanes


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class Clip:
    """Is in its lane until it may end."""

    def __init__(self, lane: Lane, met: list[str], name: str) -> None:
        self.end = asyncio.Event()
        self.task = asyncio.create_task(self._run(lane, met, name))

    async def _run(self, lane: Lane, met: list[str], name: str) -> None:
        async with lane:
            met.append(name)
            await self.end.wait()


async def test_who_stands_aside_comes_back_before_all_that_came_later() -> None:
    lanes, met = Lanes(1), list[str]()
    first = lanes.lane()
    async with first:
        second, third = [Clip(lanes.lane(), met, name) for name in ("second", "third")]
        await settled()
        assert met == []
        back = asyncio.create_task(first.stand_aside(0))
        await settled()
        assert (met, back.done()) == (["second"], False)
        second.end.set()
        await back
        await settled()
        assert met == ["second"]
    third.end.set()
    await asyncio.gather(second.task, third.task)
    assert met == ["second", "third"]


async def test_so_many_run_beside_each_other_and_no_more() -> None:
    lanes, met = Lanes(2), list[str]()
    clips = [Clip(lanes.lane(), met, name) for name in "abcd"]
    for end, running in (("a", "abc"), ("c", "abcd"), ("b", "abcd")):
        clips["abcd".index(end)].end.set()
        await settled()
        assert "".join(met) == running
    clips[3].end.set()
    await asyncio.gather(*(clip.task for clip in clips))


@pytest.mark.parametrize("turns", range(4))
async def test_who_is_cancelled_takes_no_lane_along(turns: int) -> None:
    lanes, met = Lanes(1), list[str]()
    first, second = [Clip(lanes.lane(), met, name) for name in ("first", "second")]
    aside = lanes.lane()
    async with asyncio.timeout(5):
        await asyncio.sleep(0)
        first.end.set()
        # Before its turn, as it comes, and after.
        for _ in range(turns):
            await asyncio.sleep(0)
        second.task.cancel()
        await asyncio.gather(first.task, second.task, return_exceptions=True)
        async with aside:
            waiting = asyncio.create_task(aside.stand_aside(60))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        async with lanes.lane():
            pass
