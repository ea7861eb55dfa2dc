"""Clips that are being checked: taken, told of, cancelled, forgotten. One desk a process.

A clip lies in a file that has no name from the start, so that the system removes it however this
process ends. Answers are kept in memory for an hour and are lost with the process.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO

from api.errors import CandorError, NotFound, Overloaded, TooLarge, TooManyRequests, shown
from api.fetching import Fetcher
from api.keys import Caller
from api.limiting import Limiter
from api.problem import mistake, problem_of
from api.settings import Settings
from api.video.answer import Moment, VideoCheck, VideoNews, VideoState
from api.video.checking import VideoChecker

KEPT_S = 3600.0
"""For which an answer is told; as long as one check may take."""
KEPT_AT_MOST = 200
"""Finished checks, of some 100 kB each; the oldest go first."""
UNDER_WAY_AT_MOST = 6
"""Clips on disk at once, of everybody, those that are still being sent included."""
OF_ONE_CALLER = 2
COME_BACK_S = 30
SPARE_BYTES = 1024**3
"""Left on the disk, for the store."""
FETCH_S = 300.0
BEAT_S = 15.0
"""Between two events at most, so that nobody in between takes the connection for dead."""


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


class Slot:
    """Room for one clip: a file to write it to, gone after `with` if nobody took it over."""

    def __init__(self, desk: VideoDesk, owner: str, max_bytes: int) -> None:
        self._desk = desk
        self._owner = owner
        self._max_bytes = max_bytes
        self._size = 0
        self.file: IO[bytes] | None = None

    def __enter__(self) -> Slot:
        self._desk.enter(self._owner)
        try:
            self.file = self._desk.new_file()
        except BaseException:
            self._desk.leave(self._owner)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.file is not None:
            self.file.close()
            self.file = None
            self._desk.leave(self._owner)

    def write(self, piece: bytes) -> None:
        """Raises: TooLarge beyond what a clip may have."""
        self._size += len(piece)
        if self._size > self._max_bytes:
            raise too_large(self._max_bytes)
        assert self.file is not None  # noqa: S101 - entered
        try:
            self.file.write(piece)
        except OSError as error:
            raise no_room(error) from error

    def hand_over(self) -> IO[bytes]:
        """The file, for somebody who closes it and leaves."""
        file, self.file = self.file, None
        assert file is not None  # noqa: S101 - entered
        return file


class VideoDesk:
    """Where callers leave clips and ask what came of them.

    Args:
        pictures: Each frame that is looked at counts as one of the caller's pictures.
    """

    def __init__(
        self, checker: VideoChecker, fetcher: Fetcher, pictures: Limiter, settings: Settings
    ) -> None:
        self._checker = checker
        self._fetcher = fetcher
        self._pictures = pictures
        self._max_bytes = settings.video_max_bytes
        self._folder = settings.data_dir / "clips"
        self._running = asyncio.Semaphore(settings.videos_at_once)
        self._clips: dict[str, _Clip] = {}
        self._inside: dict[str, int] = {}

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
        return Slot(self, caller.id, self._max_bytes)

    def take(self, caller: Caller, slot: Slot, url: str | None = None) -> VideoCheck:
        """Begin to check what was written into a slot, or what an address leads to."""
        self._forget()
        check = VideoCheck(
            id=uuid.uuid4().hex, state=VideoState.WAITING, created_at=datetime.now(UTC)
        )
        clip = _Clip(check, caller.id, time.monotonic())
        self._clips[check.id] = clip
        file = slot.hand_over()
        clip.task = asyncio.create_task(self._work(clip, file, url, caller), name="clip")
        # Not at the end of the work: a task that is cancelled before its turn never begins.
        clip.task.add_done_callback(lambda _: self._end(clip, file))
        return check

    def status(self, caller: Caller, clip_id: str) -> VideoCheck:
        """Raises: NotFound if the caller has no such clip."""
        return self._clip(caller, clip_id).check

    async def cancel(self, caller: Caller, clip_id: str) -> VideoCheck:
        """Stop a check, and wait until its file is gone. Raises: NotFound."""
        clip = self._clip(caller, clip_id)
        if clip.task is not None and not clip.ended:
            clip.task.cancel()
            await asyncio.wait([clip.task])
            # Callbacks of a task run after those who wait for it were woken.
            await asyncio.sleep(0)
        return clip.check

    async def news(self, caller: Caller, clip_id: str) -> AsyncIterator[VideoNews | None]:
        """How the check stands, then each change; None when there is none for a while.

        Raises:
            NotFound: At once, if the caller has no such clip.
        """
        clip = self._clip(caller, clip_id)
        return self._news(clip)

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

    async def _work(self, clip: _Clip, file: IO[bytes], url: str | None, caller: Caller) -> None:
        try:
            async with asyncio.timeout(KEPT_S):
                if url is not None:
                    clip.tell(state=VideoState.FETCHING)
                    await self._fetcher.fetch_into(file, url, self._max_bytes, FETCH_S)
                    clip.tell(state=VideoState.WAITING)
                async with self._running:
                    clip.tell(state=VideoState.RUNNING)
                    verdict = await self._checker.check(
                        file, lambda share, moment: _told(clip, share, moment),
                        lambda: self._charge(caller),
                    )  # fmt: skip
            clip.tell(state=VideoState.DONE, progress=1.0, verdict=verdict)
        except TimeoutError:
            late = Overloaded("The clip was not done within an hour. Send a shorter one.")
            clip.tell(state=VideoState.FAILED, problem=problem_of(late))
        except CandorError as error:
            clip.tell(state=VideoState.FAILED, problem=problem_of(error))
        except OSError as error:
            clip.tell(state=VideoState.FAILED, problem=problem_of(no_room(error)))
        except Exception as error:
            clip.tell(state=VideoState.FAILED, problem=mistake(error))

    def _end(self, clip: _Clip, file: IO[bytes]) -> None:
        file.close()
        self.leave(clip.owner)
        if not clip.ended:
            clip.tell(state=VideoState.CANCELLED)

    async def _charge(self, caller: Caller) -> None:
        per_minute = caller.pictures_per_minute
        while per_minute:
            with suppress(TooManyRequests):
                self._pictures.take(caller.id, per_minute)
                return
            await asyncio.sleep(self._pictures.wait_s(caller.id, per_minute))

    def enter(self, owner: str) -> None:
        """Count a clip in. Raises: TooManyRequests, Overloaded."""
        if self._inside.get(owner, 0) >= OF_ONE_CALLER:
            raise TooManyRequests(
                f"{OF_ONE_CALLER} of your clips are being sent or checked, as many as one caller "
                "may have at once. Send the next when one of them has ended, or cancel one.",
                retry_after_s=COME_BACK_S,
            )
        if sum(self._inside.values()) >= UNDER_WAY_AT_MOST:
            raise Overloaded("Too many clips are being checked just now. Try again in a minute.")
        self._inside[owner] = self._inside.get(owner, 0) + 1

    def leave(self, owner: str) -> None:
        """Count it out."""
        self._inside[owner] -= 1
        if not self._inside[owner]:
            del self._inside[owner]

    def new_file(self) -> IO[bytes]:
        """A file without a name. Raises: Overloaded if the disk is full."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(self._folder).free < self._max_bytes + SPARE_BYTES:
                raise Overloaded("The disk has no room for clips. Whoever runs it must make some.")
            file: IO[bytes] = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - handed on
        except OSError as error:
            raise no_room(error) from error
        return file

    def _clip(self, caller: Caller, clip_id: str) -> _Clip:
        clip = self._clips.get(clip_id)
        if clip is None or clip.owner != caller.id:
            raise NotFound(
                f"You have no clip {shown(clip_id)}. Answers are kept for an hour, by the process "
                "that took the clip."
            )
        return clip

    def _forget(self) -> None:
        now = time.monotonic()
        ended = [name for name, clip in self._clips.items() if clip.ended]
        late = {name for name in ended if now - self._clips[name].began > 2 * KEPT_S}
        for name in {*late, *ended[: max(0, len(ended) - KEPT_AT_MOST)]}:
            del self._clips[name]


def too_large(limit: int) -> TooLarge:
    """The error for more bytes than a clip may have."""
    return TooLarge(
        f"The clip has more than {limit:,} bytes, the most that is accepted. Send a shorter or "
        "smaller one."
    )


def no_room(error: OSError) -> Overloaded:
    """The error for a disk that takes no clip."""
    return Overloaded(f"The clip cannot be kept while it is looked at: {error.strerror}.")


def _told(clip: _Clip, progress: float, moment: Moment | None) -> None:
    if moment is not None:
        clip.moments.append(moment)
    share = max(clip.check.progress, min(progress, 1.0))
    clip.tell(progress=round(share, 3), frames=len(clip.moments))
