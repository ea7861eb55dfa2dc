"""The queue in front of the model: batches, limits, bad pictures, and an orderly end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from remembered import opened

from api import imaging
from api.app import fetcher_for
from api.decoding import PLACES
from api.engine import local
from api.engine.local import BATCH_LIMIT, LocalEngine
from api.errors import NotAnImage, NotReady, Overloaded
from api.imaging import Picture
from api.moderation import Moderator, Upload
from api.settings import Settings
from model import Scores, memory
from model.decision import Thresholds

from engines import GatedEngine
from pictures import encoded, noise

POISON = 13
UNPREPARABLE = 14


class FakeDetector:
    """Waits until it is let go, and stumbles over pictures that are 13 or 14 pixels wide.

    Pictures of `slow` pixels, and of 14, are prepared once they may be.
    """

    thresholds = Thresholds(real_below=0.3, fake_from=0.8)
    model_id = "fake"

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.batches: list[int] = []
        self.prepared = 0
        self.slow = 0
        self.may_prepare = threading.Event()

    def prepare(self, pixels: np.ndarray, small: np.ndarray) -> np.ndarray:
        self.prepared += 1
        if pixels.shape[1] == self.slow:
            self.may_prepare.wait(60)
        if pixels.shape[1] == UNPREPARABLE:
            self.may_prepare.wait(60)
            raise ZeroDivisionError("no faces in nothing")
        return pixels

    def judge(self, pictures: Sequence[np.ndarray]) -> list[Scores]:
        self.let_go.wait(60)
        self.batches.append(len(pictures))
        if any(pixels.shape[1] == POISON for pixels in pictures):
            raise ZeroDivisionError("poison")
        return [Scores(pixels.shape[1] / 1000, (), {"whole": 0.1}) for pixels in pictures]


def picture(width: int) -> Picture:
    return Picture(np.zeros((10, width, 3), np.uint8), "PNG", 1)


@pytest.fixture
def detector() -> FakeDetector:
    return FakeDetector()


@pytest.fixture
async def engine(detector: FakeDetector) -> AsyncIterator[LocalEngine]:
    engine = LocalEngine(lambda: detector, queue_size=12, queue_pixels=100_000)
    await engine.open()
    yield engine
    detector.let_go.set()
    await engine.close()


async def waiting(engine: LocalEngine, *widths: int) -> list[asyncio.Task[Scores]]:
    """Callers whose pictures are ready for the model, each of another width, or refused."""
    tasks = [asyncio.create_task(engine.score(picture(width))) for width in widths]
    await asyncio.sleep(0)
    while any(flight.prepared is None for flight in engine._flights.values()):  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.001)
    return tasks


async def test_each_caller_gets_the_scores_of_its_own_picture(
    engine: LocalEngine, detector: FakeDetector
) -> None:
    tasks = await waiting(engine, *range(20, 30))
    detector.let_go.set()

    scores = await asyncio.gather(*tasks)

    assert [round(1000 * s.fake_probability) for s in scores] == list(range(20, 30))


async def test_what_waits_is_scored_together_up_to_a_limit(
    engine: LocalEngine, detector: FakeDetector
) -> None:
    first = await waiting(engine, 20)
    rest = await waiting(engine, *range(21, 32))
    detector.let_go.set()
    await asyncio.gather(*first, *rest)

    assert detector.batches == [1, BATCH_LIMIT, 11 - BATCH_LIMIT]


async def test_a_batch_waits_for_what_is_being_prepared(
    engine: LocalEngine, detector: FakeDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "GATHERING_S", 60)
    detector.slow = 21
    detector.let_go.set()
    slow = asyncio.create_task(engine.score(picture(21)))
    await asyncio.sleep(0)
    quick = asyncio.create_task(engine.score(picture(20)))
    while detector.prepared < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    detector.may_prepare.set()
    await asyncio.gather(slow, quick)

    assert detector.batches == [2]


async def test_a_batch_waits_for_no_picture_for_long(
    engine: LocalEngine, detector: FakeDetector
) -> None:
    detector.slow = 21
    detector.let_go.set()
    slow = asyncio.create_task(engine.score(picture(21)))
    await asyncio.sleep(0)
    await engine.score(picture(20))

    assert detector.batches == [1]
    detector.may_prepare.set()
    await slow


@pytest.mark.parametrize("leaves", [False, True])
async def test_a_batch_does_not_wait_for_what_is_not_prepared_any_more(
    engine: LocalEngine, detector: FakeDetector, monkeypatch: pytest.MonkeyPatch, leaves: bool
) -> None:
    monkeypatch.setattr(local, "GATHERING_S", 60)
    detector.let_go.set()
    broken = asyncio.create_task(engine.score(picture(UNPREPARABLE)))
    await asyncio.sleep(0)
    quick = asyncio.create_task(engine.score(picture(20)))
    while detector.prepared < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    if leaves:
        broken.cancel()
    else:
        detector.may_prepare.set()

    assert (await asyncio.wait_for(quick, 30)).fake_probability == 0.02
    with pytest.raises(asyncio.CancelledError if leaves else ZeroDivisionError):
        await broken
    detector.may_prepare.set()


async def test_a_full_queue_refuses_at_once(engine: LocalEngine, detector: FakeDetector) -> None:
    tasks = await waiting(engine, 20) + await waiting(engine, *range(21, 33))

    with pytest.raises(Overloaded, match="Try again"):
        await engine.score(picture(40))
    detector.let_go.set()
    await asyncio.gather(*tasks)


async def test_large_pictures_fill_the_queue_sooner_but_one_may_always_wait(
    engine: LocalEngine, detector: FakeDetector
) -> None:
    [huge] = await waiting(engine, 20_000)

    with pytest.raises(Overloaded):
        await engine.score(picture(21))
    detector.let_go.set()
    assert (await huge).fake_probability == 20


async def test_a_picture_that_breaks_the_model_fails_alone(
    engine: LocalEngine, detector: FakeDetector
) -> None:
    first = await waiting(engine, 20)
    tasks = await waiting(engine, 21, POISON, 22)
    detector.let_go.set()

    results = await asyncio.gather(*first, *tasks, return_exceptions=True)

    assert isinstance(results[2], ZeroDivisionError)
    assert [r.fake_probability for r in results if isinstance(r, Scores)] == [0.02, 0.021, 0.022]


async def test_who_gave_up_is_not_scored(engine: LocalEngine, detector: FakeDetector) -> None:
    first = await waiting(engine, 20)
    [gone, stays] = await waiting(engine, 21, 22)
    gone.cancel()
    await asyncio.sleep(0)
    detector.let_go.set()
    await asyncio.gather(*first, stays)

    assert detector.batches == [1, 1]


async def test_the_same_picture_in_flight_is_scored_once(
    engine: LocalEngine, detector: FakeDetector
) -> None:
    callers = await waiting(engine, 20) + await waiting(engine, 21, 21, 21)
    detector.let_go.set()
    scores = await asyncio.gather(*callers)

    assert detector.batches == [1, 1]
    assert scores[1] is scores[3]


async def test_one_caller_of_a_shared_picture_may_leave(
    engine: LocalEngine, detector: FakeDetector
) -> None:
    first = await waiting(engine, 20)
    gone, stays = await waiting(engine, 21, 21)
    gone.cancel()
    await asyncio.sleep(0)
    detector.let_go.set()

    assert (await stays).fake_probability == 0.021
    await asyncio.gather(*first)


async def test_who_asks_after_all_have_left_is_scored(
    engine: LocalEngine, detector: FakeDetector
) -> None:
    first = await waiting(engine, 20)
    [gone] = await waiting(engine, 21)
    gone.cancel()
    await asyncio.sleep(0)
    assert engine.waiting == 0
    [again] = await waiting(engine, 21)
    detector.let_go.set()

    assert (await again).fake_probability == 0.021
    await asyncio.gather(*first)


async def test_faces_are_found_while_the_model_is_busy(
    engine: LocalEngine, detector: FakeDetector
) -> None:
    tasks = await waiting(engine, 20, 21, 22)
    assert detector.prepared == 3
    assert detector.batches == []
    detector.let_go.set()
    await asyncio.gather(*tasks)


async def test_closing_finishes_what_was_taken(detector: FakeDetector) -> None:
    engine = LocalEngine(lambda: detector, queue_size=12, queue_pixels=100_000)
    await engine.open()
    tasks = await waiting(engine, 20, 21, 22)
    detector.let_go.set()

    await engine.close()

    scores = await asyncio.gather(*tasks)
    assert [round(1000 * score.fake_probability) for score in scores] == [20, 21, 22]


async def test_an_engine_that_is_not_open_or_was_closed_has_no_model(
    detector: FakeDetector,
) -> None:
    engine = LocalEngine(lambda: detector, queue_size=12, queue_pixels=100_000)
    with pytest.raises(NotReady, match="not loaded"):
        _ = engine.model
    await engine.open()
    assert engine.model.id == "fake"
    await engine.close()
    with pytest.raises(NotReady, match="has stopped"):
        _ = engine.model
    with pytest.raises(NotReady):
        await engine.score(picture(20))


async def test_those_that_wait_are_counted(engine: LocalEngine, detector: FakeDetector) -> None:
    # The first goes to the model, alone; the others wait.
    tasks = await waiting(engine, 20) + await waiting(engine, 21, 22, 23)
    assert engine.waiting == 3
    detector.let_go.set()
    await asyncio.gather(*tasks)
    assert engine.waiting == 0


async def test_what_many_have_taken_is_given_back_once_nobody_waits(
    detector: FakeDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = threading.Event()
    monkeypatch.setattr(local, "MANY", 2)
    monkeypatch.setattr(local, "IDLE_S", 0.05)
    monkeypatch.setattr(memory, "give_back", given.set)
    engine = LocalEngine(lambda: detector, queue_size=12, queue_pixels=100_000)
    detector.let_go.set()
    await engine.open()
    try:
        await engine.score(picture(20))
        await asyncio.sleep(0.3)
        assert not given.is_set()

        await engine.score(picture(21))
        assert await asyncio.to_thread(given.wait, 60)
        assert (await engine.score(picture(22))).fake_probability == 0.022
    finally:
        await engine.close()


@pytest.fixture
def decodings(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The files that were decoded since the test began, or could not be."""
    decode = imaging.decode
    asked: list[bytes] = []

    def decoding(content: bytes, **limits: Any) -> Picture:
        asked.append(content)
        return decode(content, **limits)

    monkeypatch.setattr(imaging, "decode", decoding)
    return asked


async def test_few_of_those_that_wait_are_held_in_pixels(
    tmp_path: Path, decodings: list[bytes]
) -> None:
    settings = Settings(data_dir=tmp_path)
    engine = GatedEngine()
    engine.gate.clear()
    async with opened(tmp_path) as store:
        moderator = Moderator(fetcher_for(settings), engine, store, settings)
        pictures = [Upload(encoded(noise(64, 64 + index))) for index in range(PLACES + 9)]
        asked = [asyncio.create_task(moderator.check(one)) for one in pictures]
        for _ in range(3000):
            if engine.inside == PLACES:
                break
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)

        assert len(decodings) == engine.inside == PLACES
        engine.gate.set()
        assert len(await asyncio.gather(*asked)) == len(pictures)


async def test_a_file_that_many_send_at_once_is_decoded_once(
    tmp_path: Path, decodings: list[bytes]
) -> None:
    settings = Settings(data_dir=tmp_path)
    async with opened(tmp_path) as store:
        moderator = Moderator(fetcher_for(settings), GatedEngine(), store, settings)
        same = Upload(encoded(noise(64, 64)))
        broken = Upload(b"no picture")
        await asyncio.gather(*(moderator.check(same) for _ in range(PLACES)))
        refused = await asyncio.gather(
            *(moderator.check(broken) for _ in range(3)), return_exceptions=True
        )

    assert len(decodings) == 1 + len(refused)
    assert all(isinstance(each, NotAnImage) for each in refused)


async def test_pictures_that_wait_to_be_decoded_are_bounded_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = threading.Event()
    decode = imaging.decode

    def slow(*args: Any, **limits: Any) -> Picture:
        held.wait(60)
        return decode(*args, **limits)

    monkeypatch.setattr(imaging, "decode", slow)
    settings = Settings(data_dir=tmp_path, queue_size=2)
    async with opened(tmp_path) as store:
        moderator = Moderator(fetcher_for(settings), GatedEngine(), store, settings)
        pictures = [Upload(encoded(noise(64, 64 + index))) for index in range(3)]
        taken = [asyncio.create_task(moderator.check(one)) for one in pictures[:2]]
        await asyncio.sleep(0.2)

        with pytest.raises(Overloaded):
            await moderator.check(pictures[2])
        held.set()
        await asyncio.gather(*taken)
        await moderator.check(pictures[2])
