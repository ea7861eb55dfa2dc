"""The way of one clip: decoded frame by frame, scored beside each other, tracked, judged.

The service's desk and the command line call it. Frames are neither looked up nor remembered.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from typing import IO

from api.engine import Engine
from api.errors import NotReady, Overloaded
from api.settings import Settings
from api.video.answer import Moment, TrackedFace, VideoVerdict
from api.video.decoder import Limits
from api.video.decoding import Beat, End, Frame, decoded
from api.video.judging import ClipFacts, judge
from api.video.tracking import Tracker, box_of
from model import Scores

AHEAD = 4
"""Frames scored beside each other, so that the engine finds a batch; each is up to 5 MB."""
AGAIN_S = 0.5
"""Until a full queue is asked again: pictures that people wait for go first."""
MEMORY_BYTES = 3 * 1024**3
CPU_S_PER_S = 3
"""Of decoding, for each second of the longest clip: 4K takes one to two."""

Told = Callable[[float, Moment | None], None]
"""Is told the progress, 0-1, and the frame that was looked at, if it was one."""
Charge = Callable[[], Awaitable[None]]
"""Returns when one more frame may be looked at."""

Pending = deque[tuple[Frame, "asyncio.Task[Scores]"]]


async def free() -> None:
    """Charges nothing."""


EXCHANGED = (
    "The model was exchanged while this clip was looked at, and no verdict may be half of one and "
    "half of another. Send the clip again."
)


class VideoChecker:
    """Checks clips with an engine."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._limits = Limits(
            max_seconds=settings.video_max_s,
            max_pixels=settings.max_pixels,
            min_side=settings.min_side,
            cpu_seconds=int(CPU_S_PER_S * settings.video_max_s) + 10,
            memory_bytes=MEMORY_BYTES,
        )

    async def check(self, file: IO[bytes], told: Told, charge: Charge = free) -> VideoVerdict:
        """Say whether a clip is real.

        Args:
            file: A real file.

        Raises:
            CandorError: Any, with a sentence for whoever asked.
        """
        clip = _Clip(told)
        model = self._engine.model
        pending: Pending = deque()
        try:
            async with aclosing(decoded(file, self._limits)) as messages:
                async for message in messages:
                    if isinstance(message, Frame):
                        await charge()
                        pending.append((message, asyncio.create_task(self._scores(message))))
                        if len(pending) >= AHEAD:
                            await clip.take(*pending.popleft())
                    elif isinstance(message, Beat):
                        told(message.progress, None)
                    else:
                        while pending:
                            await clip.take(*pending.popleft())
                        if self._engine.model != model:
                            raise NotReady(EXCHANGED)
                        return judge(clip.moments, clip.facts(message), model, datetime.now(UTC))
        finally:
            for _, task in pending:
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task
        raise AssertionError("a decoder ends with an End or an error")

    async def _scores(self, frame: Frame) -> Scores:
        while True:
            try:
                return await self._engine.score(frame.picture)
            except Overloaded:
                await asyncio.sleep(AGAIN_S)


class _Clip:
    """What was seen so far."""

    def __init__(self, told: Told) -> None:
        self.moments: list[Moment] = []
        self._told = told
        self._tracker = Tracker()
        self._size = (0, 0)

    async def take(self, frame: Frame, scoring: asyncio.Task[Scores]) -> None:
        scores = await scoring
        self._size = frame.picture.width, frame.picture.height
        tracks = self._tracker.follow(scores.faces, frame.scene, frame.time)
        moment = Moment(
            time=frame.time,
            scene=frame.scene,
            fake_probability=round(scores.fake_probability, 4),
            faces=tuple(
                TrackedFace(
                    track=track,
                    box=box_of(face),
                    fake_probability=round(face.fake_probability, 4),
                )
                for face, track in zip(scores.faces, tracks, strict=True)
            ),
        )
        self.moments.append(moment)
        self._told(frame.progress, moment)

    def facts(self, end: End) -> ClipFacts:
        width, height = self._size
        return ClipFacts(end.seconds, width, height, end.damaged)
