"""The engine in this process: one thread runs the model on all that waits, a batch at a time.

One inference thread that uses every core beats many that share them. A request that was cancelled
while it waited is dropped before the model runs.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from api.errors import NotReady, Overloaded
from api.imaging import Picture
from api.verdict import ModelFacts, Thresholds
from model import Detector, Scores

BATCH_LIMIT = 8
"""Pictures in one pass; a batch only forms when pictures are waiting anyway."""

Waiting = tuple[Picture, "asyncio.Future[Scores]"]


class LocalEngine:
    """Micro-batches in process.

    Args:
        load: Makes the detector; called once, when the engine opens.
        queue_size: Pictures that may wait.
        queue_pixels: Pixels that they may have together: a small file can be a large picture.
            One picture may always wait, whatever its size.
    """

    def __init__(self, load: Callable[[], Detector], queue_size: int, queue_pixels: int) -> None:
        self._load = load
        self._queue: asyncio.Queue[Waiting] = asyncio.Queue(queue_size)
        self._queue_pixels = queue_pixels
        self._held_pixels = 0
        self._thread = ThreadPoolExecutor(1, "model")
        self._detector: Detector | None = None
        self._worker: asyncio.Task[None] | None = None

    @property
    def model(self) -> ModelFacts:
        """See `Engine`; known once open."""
        detector = self._opened()
        limits = detector.thresholds
        return ModelFacts(
            id=detector.model_id,
            thresholds=Thresholds(real_below=limits.real_below, fake_from=limits.fake_from),
        )

    @property
    def waiting(self) -> int:
        """See `Engine`."""
        return self._queue.qsize()

    async def open(self) -> None:
        """Load the weights and start taking pictures."""
        loop = asyncio.get_running_loop()
        self._detector = await loop.run_in_executor(self._thread, self._load)
        self._worker = asyncio.create_task(self._work(), name="engine")

    async def close(self) -> None:
        """Score what waits, then stop."""
        if self._worker is not None:
            await self._queue.join()
            self._worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._worker
        self._detector = None
        self._thread.shutdown()

    async def score(self, picture: Picture) -> Scores:
        """See `Engine`."""
        self._opened()
        pixels = picture.width * picture.height
        crowded = self._held_pixels and self._held_pixels + pixels > self._queue_pixels
        if self._queue.full() or crowded:
            raise Overloaded("Too many pictures are waiting already. Try again in a few seconds.")
        future: asyncio.Future[Scores] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((picture, future))
        self._held_pixels += pixels
        try:
            return await future
        finally:
            self._held_pixels -= pixels

    def _opened(self) -> Detector:
        stopped = self._worker is None or self._worker.done()
        if self._detector is None or stopped:
            raise NotReady("The model is not loaded, or has stopped. Restart the service.")
        return self._detector

    async def _work(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < BATCH_LIMIT and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            await self._answer([waiting for waiting in batch if not waiting[1].done()])
            for _ in batch:
                self._queue.task_done()

    async def _answer(self, batch: list[Waiting]) -> None:
        if not batch:
            return
        pictures = [picture.pixels for picture, _ in batch]
        loop = asyncio.get_running_loop()
        try:
            scores = await loop.run_in_executor(self._thread, self._opened().score, pictures)
        except Exception as error:
            if len(batch) > 1:
                # One picture that breaks the model must not fail the others beside it.
                for waiting in batch:
                    await self._answer([waiting])
            elif not batch[0][1].done():
                batch[0][1].set_exception(error)
            return
        for (_, future), score in zip(batch, scores, strict=True):
            if not future.done():
                future.set_result(score)
