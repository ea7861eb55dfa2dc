"""The engine in this process: one thread runs the model on all that waits, a batch at a time.

Faces are found and squares cut beside it, on the threads of `api.cores`. While pictures are being
prepared the model lets them gather, since a square in a batch costs less than it does alone. It
takes the cores that those threads leave, or one; a picture that comes alone waits for nobody and
has every core. Who asks for a picture that is being scored already shares its scores; a picture
that nobody waits for any more is dropped before the model runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

import torch

from api import cores
from api.cores import on_a_core
from api.engine import facts_of
from api.errors import NotReady, Overloaded
from api.imaging import Picture
from api.verdict import ModelFacts
from model import Detector, Prepared, Scores, memory

BATCH_LIMIT = 8
"""Pictures in one pass."""
BATCH_ENOUGH = 4
"""As many as are worth a pass while others are still being prepared; more gain little."""
MANY = 32
"""Pictures, after which memory is given back once none has come for `IDLE_S`."""
IDLE_S = 2.0
GATHERING_S = 0.1
"""For which a batch waits at most. Preparing a picture takes a quarter of that."""


@dataclass(eq=False)
class Flight:
    """One picture on its way to its scores.

    Attributes:
        pixels: Of the picture.
        task: Gives the scores; cancelled when nobody waits for them.
        callers: That wait for them.
        prepared: What the model reads, as soon as that is known.
        waiting: Until the model takes it.
    """

    pixels: int
    scores: asyncio.Future[Scores]
    task: asyncio.Task[Scores] = field(init=False)
    callers: int = 0
    prepared: Prepared | None = None
    waiting: bool = True

    @property
    def stands(self) -> bool:
        """Whether it was prepared, and somebody still waits for its scores."""
        return self.prepared is not None and not self.scores.done()


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
        self._queue_size = queue_size
        self._queue_pixels = queue_pixels
        self._flights: dict[str, Flight] = {}
        self._ready: asyncio.Queue[Flight] = asyncio.Queue()
        self._thread = ThreadPoolExecutor(1, "model")
        self._detector: Detector | None = None
        self._threads = 1
        self._preparing = 0
        self._since_given_back = 0
        self._worker: asyncio.Task[None] | None = None

    @property
    def model(self) -> ModelFacts:
        """See `Engine`; known once open."""
        return facts_of(self._opened())

    @property
    def waiting(self) -> int:
        """See `Engine`."""
        return sum(flight.waiting for flight in self._flights.values())

    async def open(self) -> None:
        """Load the weights and start taking pictures."""
        loop = asyncio.get_running_loop()
        self._detector = await loop.run_in_executor(self._thread, self._load)
        self._threads = await loop.run_in_executor(self._thread, torch.get_num_threads)
        self._worker = asyncio.create_task(self._work(), name="engine")

    async def close(self) -> None:
        """Score what waits, then stop."""
        if self._worker is not None:
            while self._flights:
                await asyncio.wait([flight.task for flight in self._flights.values()])
            self._worker.cancel()
            with suppress(asyncio.CancelledError):
                await self._worker
        self._detector = None
        self._thread.shutdown()

    async def score(self, picture: Picture) -> Scores:
        """See `Engine`."""
        self._opened()
        key = picture.digest
        flight = self._flights.get(key) or self._departed(picture)
        flight.callers += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.callers -= 1
            if not flight.callers and not flight.task.done():
                # Who asks for the picture from now on starts anew.
                self._landed(key, flight)
                flight.task.cancel()

    def _departed(self, picture: Picture) -> Flight:
        pixels = picture.width * picture.height
        held = sum(flight.pixels for flight in self._flights.values())
        if self.waiting >= self._queue_size or (held and held + pixels > self._queue_pixels):
            raise Overloaded("Too many pictures are waiting already. Try again in a few seconds.")
        flight = Flight(pixels, asyncio.get_running_loop().create_future())
        flight.task = asyncio.create_task(self._flown(flight, picture))
        flight.task.add_done_callback(lambda _: self._landed(picture.digest, flight))
        self._flights[picture.digest] = flight
        return flight

    def _landed(self, key: str, flight: Flight) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]

    async def _flown(self, flight: Flight, picture: Picture) -> Scores:
        self._preparing += 1
        try:
            flight.prepared = await on_a_core(_prepared, self._opened(), picture)
        finally:
            self._preparing -= 1
            # Also one that failed: who gathers a batch has one less to wait for.
            self._ready.put_nowait(flight)
        return await flight.scores

    def _opened(self) -> Detector:
        stopped = self._worker is None or self._worker.done()
        if self._detector is None or stopped:
            raise NotReady("The model is not loaded, or has stopped. Restart the service.")
        return self._detector

    async def _work(self) -> None:
        while True:
            batch = [await self._next()]
            with suppress(TimeoutError):
                async with asyncio.timeout(GATHERING_S):
                    while self._preparing and len(batch) + self._ready.qsize() < BATCH_ENOUGH:
                        batch.append(await self._ready.get())
            while len(batch) < BATCH_LIMIT and not self._ready.empty():
                batch.append(self._ready.get_nowait())
            await self._answer([flight for flight in batch if flight.stands])

    async def _next(self) -> Flight:
        """The next that is ready; what many have left behind is given back before a long wait."""
        if self._since_given_back >= MANY:
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE_S):
                    return await self._ready.get()
            self._since_given_back = 0
            await on_a_core(memory.give_back)
        return await self._ready.get()

    async def _answer(self, batch: Sequence[Flight]) -> None:
        if not batch:
            return
        for flight in batch:
            flight.waiting = False
        self._since_given_back += len(batch)
        prepared = [flight.prepared for flight in batch if flight.prepared is not None]
        loop = asyncio.get_running_loop()
        threads = max(1, self._threads - cores.busy())
        try:
            scores = await loop.run_in_executor(
                self._thread, _judged, self._opened(), prepared, threads
            )
        except Exception as error:
            if len(batch) > 1:
                # One picture that breaks the model must not fail the others beside it.
                for flight in batch:
                    await self._answer([flight])
            elif not batch[0].scores.done():
                batch[0].scores.set_exception(error)
            return
        for flight, score in zip(batch, scores, strict=True):
            if not flight.scores.done():
                flight.scores.set_result(score)


def _prepared(detector: Detector, picture: Picture) -> Prepared:
    return detector.prepare(picture.pixels, picture.small)


def _judged(detector: Detector, prepared: Sequence[Prepared], threads: int) -> list[Scores]:
    torch.set_num_threads(threads)
    return detector.judge(prepared)
