"""Clips that are being checked: taken, told of, cancelled, forgotten. One desk a process.

A clip lies in a file that has no name from the start, so that the system removes it however this
process ends, and its check with it. What came of a check goes to the store, where other processes
and later ones find it; one that was cancelled is told of for an hour, by this process alone.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO

from api.errors import (
    CandorError,
    NotFound,
    Overloaded,
    StoreUnavailable,
    shown,
)
from api.fetching import Fetcher
from api.keys import Caller
from api.limiting import Limiter
from api.problem import mistake, problem_of
from api.settings import Settings
from api.video.answer import Moment, VideoCheck, VideoNews, VideoState
from api.video.checking import VideoChecker
from api.video.keeping import KeptClips
from api.video.lanes import Lane, Lanes
from api.video.room import Room, Slot, no_room

logger = logging.getLogger("candor")

KEPT_S = 3600.0
"""For which an answer stays in memory; as long as one check may take."""
KEPT_AT_MOST = 200
"""Finished checks in memory, of some 100 kB each; the oldest go first."""
FETCH_S = 300.0
BEAT_S = 15.0
"""Between two events at most, so that nobody in between takes the connection for dead."""
BRIEF_S = 1
"""A clip that waits longer for its caller's next picture lets others go on meanwhile."""


@dataclass
class _Clip:
    """One check, and who waits for news of it."""

    check: VideoCheck
    owner: str
    began: float
    moments: list[Moment] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    def tell(self, **changes: object) -> None:
        self.check = self.check.model_copy(update=changes)
        self.changed.set()
        self.changed = asyncio.Event()

    @property
    def ended(self) -> bool:
        return self.check.state in (VideoState.DONE, VideoState.FAILED, VideoState.CANCELLED)


class VideoDesk:
    """Where callers leave clips and ask what came of them.

    Args:
        kept: Where answers go.
        pictures: Each frame that is looked at counts as one of the caller's pictures.
    """

    def __init__(
        self,
        checker: VideoChecker,
        fetcher: Fetcher,
        kept: KeptClips,
        pictures: Limiter,
        settings: Settings,
    ) -> None:
        self._checker = checker
        self._kept = kept
        self._fetcher = fetcher
        self._pictures = pictures
        self._max_bytes = settings.video_max_bytes
        self._days = settings.video_days
        self._room = Room(settings.data_dir / "clips", settings.video_max_bytes)
        self._lanes = Lanes(settings.videos_at_once)
        self._clips: dict[str, _Clip] = {}

    async def open(self) -> None:
        """Nothing: the folder is made for the first clip."""

    async def close(self) -> None:
        """Stop all that is under way."""
        tasks = [clip.task for clip in self._clips.values() if clip.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def slot(self, caller: Caller) -> Slot:
        """Room for a clip of this caller; entering it raises Overloaded or TooManyRequests."""
        return self._room.slot(caller.id)

    def take(self, caller: Caller, slot: Slot, url: str | None = None) -> VideoCheck:
        """Begin to check what was written into a slot, or what an address leads to."""
        self._forget()
        check = VideoCheck(
            id=uuid.uuid4().hex, state=VideoState.WAITING, created_at=datetime.now(UTC)
        )
        clip = _Clip(check, caller.id, time.monotonic())
        self._clips[check.id] = clip
        file = slot.hand_over()
        lane = self._lanes.lane()
        clip.task = asyncio.create_task(self._work(clip, file, url, caller, lane), name="clip")
        # Not at the end of the work: a task that is cancelled before its turn never begins.
        clip.task.add_done_callback(lambda _: self._end(clip, file))
        return check

    async def status(self, caller: Caller, clip_id: str) -> VideoCheck:
        """Raises: NotFound if the caller has no such clip; StoreUnavailable."""
        clip = self._clip(caller, clip_id)
        return clip.check if clip else await self._ended(caller, clip_id)

    async def cancel(self, caller: Caller, clip_id: str) -> VideoCheck:
        """Stop a check, and wait until its file is gone; or forget what came of it.

        Raises:
            NotFound: The caller has no such clip.
            StoreUnavailable: It cannot be forgotten now.
        """
        clip = self._clip(caller, clip_id)
        if clip is not None and clip.task is not None and not clip.ended:
            clip.task.cancel()
            await asyncio.wait([clip.task])
            # Callbacks of a task run after those who wait for it were woken.
            await asyncio.sleep(0)
            if clip.check.state is VideoState.CANCELLED:
                return clip.check
        check = clip.check if clip else await self._ended(caller, clip_id)
        await self._kept.forget_clip(caller.id, clip_id)
        self._clips.pop(clip_id, None)
        return check

    async def news(self, caller: Caller, clip_id: str) -> AsyncIterator[VideoNews | None]:
        """How the check stands, then each change; None when there is none for a while.

        Raises:
            NotFound: At once, if the caller has no such clip.
            StoreUnavailable: At once.
        """
        clip = self._clip(caller, clip_id)
        if clip is not None:
            return self._news(clip)
        return _told_at_once(await self._ended(caller, clip_id))

    async def _news(self, clip: _Clip) -> AsyncIterator[VideoNews | None]:
        told = 0
        while True:
            changed, moments = clip.changed, tuple(clip.moments[told:])
            told += len(moments)
            yield VideoNews(check=clip.check, moments=moments)
            if clip.ended:
                return
            while not changed.is_set():
                try:
                    async with asyncio.timeout(BEAT_S):
                        await changed.wait()
                except TimeoutError:
                    yield None

    async def _work(
        self, clip: _Clip, file: IO[bytes], url: str | None, caller: Caller, lane: Lane
    ) -> None:
        try:
            async with asyncio.timeout(KEPT_S):
                if url is not None:
                    clip.tell(state=VideoState.FETCHING)
                    await self._fetcher.fetch_into(file, url, self._max_bytes, FETCH_S)
                    clip.tell(state=VideoState.WAITING)
                # Without a lane: nothing is to be seen of the clip before its first picture.
                await asyncio.sleep(self._wait_s(caller))
                async with lane:
                    clip.tell(state=VideoState.RUNNING)
                    verdict = await self._checker.check(
                        file, lambda share, moment: _told(clip, share, moment),
                        lambda: self._charge(caller, lane),
                    )  # fmt: skip
            end: dict[str, object] = {"state": VideoState.DONE, "progress": 1.0, "verdict": verdict}
        except TimeoutError:
            late = Overloaded("The clip was not done within an hour. Send a shorter one.")
            end = {"state": VideoState.FAILED, "problem": problem_of(late)}
        except CandorError as error:
            end = {"state": VideoState.FAILED, "problem": problem_of(error)}
        except OSError as error:
            end = {"state": VideoState.FAILED, "problem": problem_of(no_room(error))}
        except Exception as error:
            end = {"state": VideoState.FAILED, "problem": mistake(error)}
        # First kept and then told: who hears of an end finds it after a restart, too.
        await self._keep(clip.owner, clip.check.model_copy(update=end))
        clip.tell(**end)

    async def _keep(self, owner: str, check: VideoCheck) -> None:
        try:
            await self._kept.keep_clip(owner, check, datetime.now(UTC))
        except StoreUnavailable as error:
            logger.warning("what came of a clip is told for an hour only: %s", error)

    def _end(self, clip: _Clip, file: IO[bytes]) -> None:
        file.close()
        self._room.leave(clip.owner)
        if not clip.ended:
            clip.tell(state=VideoState.CANCELLED)

    async def _charge(self, caller: Caller, lane: Lane) -> None:
        while wait := self._wait_s(caller):
            if wait > BRIEF_S:
                await lane.stand_aside(wait)
            else:
                await asyncio.sleep(wait)
        if caller.pictures_per_minute:
            self._pictures.take(caller.id, caller.pictures_per_minute)

    def _wait_s(self, caller: Caller) -> int:
        """Seconds until the caller may have one more picture looked at."""
        per_minute = caller.pictures_per_minute
        return self._pictures.wait_s(caller.id, per_minute) if per_minute else 0

    def _clip(self, caller: Caller, clip_id: str) -> _Clip | None:
        clip = self._clips.get(clip_id)
        return clip if clip and clip.owner == caller.id else None

    async def _ended(self, caller: Caller, clip_id: str) -> VideoCheck:
        check = await self._kept.clip(caller.id, clip_id)
        if check is None:
            raise NotFound(
                f"You have no clip {shown(clip_id)}. What came of a clip is kept for {self._days} "
                "days; while it is looked at, only the process that took it knows it, and a "
                "process that ends takes it along."
            )
        return check

    def _forget(self) -> None:
        now = time.monotonic()
        ended = [name for name, clip in self._clips.items() if clip.ended]
        late = {name for name in ended if now - self._clips[name].began > 2 * KEPT_S}
        for name in {*late, *ended[: max(0, len(ended) - KEPT_AT_MOST)]}:
            del self._clips[name]


async def _told_at_once(check: VideoCheck) -> AsyncIterator[VideoNews | None]:
    yield VideoNews(check=check, moments=check.verdict.timeline if check.verdict else ())


def _told(clip: _Clip, progress: float, moment: Moment | None) -> None:
    if moment is not None:
        clip.moments.append(moment)
    share = max(clip.check.progress, min(progress, 1.0))
    clip.tell(progress=round(share, 3), frames=len(clip.moments))
