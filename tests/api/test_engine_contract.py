"""What every engine promises, in this process and under Ray Serve.

The shipped weights answer, and a second face expert that is much like the first.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
import torch

from api.engine import Engine
from api.engine.local import LocalEngine
from api.engine.ray import RayEngine, Shape
from api.errors import NotReady, Overloaded
from api.imaging import Picture
from api.settings import Settings
from model import Detector, Scores, registry, weights

from pictures import cup, noise, portrait

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    # Ray warns of itself, of what it will change and of sockets it has not closed.
    pytest.mark.filterwarnings("ignore"),
]

SHIPPED = Settings().weights_dir
QUEUE = 12
PIXELS = 200_000_000
MANY = 24
ASKED_TO_END: list[int] = []


def local_engine(folder: Path) -> LocalEngine:
    return LocalEngine(partial(Detector.load, folder, 1), QUEUE, PIXELS)


def ray_engine(folder: Path) -> RayEngine:
    return RayEngine(folder, Shape(None, 1, 2, 2, QUEUE, PIXELS))


MAKERS: dict[str, Callable[[Path], Engine]] = {"local": local_engine, "ray": ray_engine}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    for name in ("registry.toml", "face.safetensors", "whole.safetensors"):
        shutil.copy(SHIPPED / name, folder)
    network, card = weights.read(SHIPPED / "face.safetensors", "face")
    with torch.no_grad():
        network.head.bias += 1
    weights.write(folder / "doubter.safetensors", network, card)
    registry.use(folder, "doubter", beside=True)
    return folder


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=MAKERS)
async def engine(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Engine]:
    engine = MAKERS[request.param](folder)
    before = signal.signal(signal.SIGTERM, lambda number, _: ASKED_TO_END.append(number))
    await engine.open()
    yield engine
    await engine.close()
    signal.signal(signal.SIGTERM, before)
    with pytest.raises(NotReady):
        await engine.score(picture(portrait()))


@pytest.fixture(scope="module")
def detector(folder: Path) -> Detector:
    return Detector.load(folder)


def picture(pixels: np.ndarray) -> Picture:
    return Picture(pixels, "PNG", 1)


def brighter(steps: int) -> np.ndarray:
    """A cup that no other number gives."""
    return np.minimum(cup().astype(int) + steps, 255).astype(np.uint8)


async def patient(score: Callable[[Picture], Awaitable[Scores]], asked: Picture) -> Scores:
    """As callers do that are told to come back."""
    while True:
        try:
            return await score(asked)
        except Overloaded:
            await asyncio.sleep(0.05)


async def test_it_says_what_the_detector_says(engine: Engine, detector: Detector) -> None:
    pictures = [portrait(), cup(), noise(64, 300)]
    expected = detector.score(pictures)

    scores = await asyncio.gather(*(engine.score(picture(pixels)) for pixels in pictures))

    for one, other in zip(scores, expected, strict=True):
        assert one.fake_probability == pytest.approx(other.fake_probability, abs=1e-3)
        assert one.experts.keys() == other.experts.keys()
        assert one.members.keys() == other.members.keys()
        for expert, said in other.members.items():
            assert one.members[expert] == pytest.approx(said, abs=1e-3)
        assert [face.left for face in one.faces] == [face.left for face in other.faces]


async def test_it_tells_which_model_answers(engine: Engine, detector: Detector) -> None:
    assert engine.model.id == detector.model_id
    assert engine.model.thresholds.fake_from == detector.thresholds.fake_from


async def test_each_of_many_callers_gets_the_scores_of_its_own_picture(
    engine: Engine, detector: Detector
) -> None:
    pictures = [brighter(step) for step in range(QUEUE)]
    expected = [score.fake_probability for score in detector.score(pictures)]

    scores = await asyncio.gather(*(engine.score(picture(pixels)) for pixels in pictures))

    assert [score.fake_probability for score in scores] == pytest.approx(expected, abs=1e-3)


async def test_too_many_are_refused_and_nobody_else_is_harmed(engine: Engine) -> None:
    asked = [engine.score(picture(brighter(step))) for step in range(4 * QUEUE)]

    answers = await asyncio.gather(*asked, return_exceptions=True)

    refused = [one for one in answers if isinstance(one, Overloaded)]
    assert refused
    assert len(refused) + sum(isinstance(one, Scores) for one in answers) == len(answers)
    await engine.score(picture(portrait()))
    assert engine.waiting == 0


async def test_large_pictures_fill_the_queue_sooner(engine: Engine) -> None:
    large = [picture(np.full((7000, 7000, 3), shade, np.uint8)) for shade in range(5)]

    asked = [asyncio.create_task(engine.score(one)) for one in large]
    answers = await asyncio.gather(*asked, return_exceptions=True)

    refused = [one for one in answers if type(one) is Overloaded]
    assert len(refused) == len(answers) - PIXELS // 7000**2
    assert await engine.score(picture(portrait()))


async def test_what_a_replica_refuses_is_refused_in_the_same_words(engine: Engine) -> None:
    if not isinstance(engine, RayEngine):
        pytest.skip("an engine in this process is no replica")
    with pytest.raises(NotReady, match="another model") as refusal:
        await engine._scored(picture(portrait()), "another")

    assert refusal.type is NotReady


async def test_signals_stay_those_of_the_service(engine: Engine) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.sleep(0.01)

    assert ASKED_TO_END.pop() == signal.SIGTERM
    assert isinstance(await engine.score(picture(portrait())), Scores)


async def test_who_leaves_takes_nobody_along(engine: Engine) -> None:
    gone = asyncio.create_task(engine.score(picture(brighter(1))))
    stays = asyncio.create_task(engine.score(picture(brighter(2))))
    await asyncio.sleep(0)
    gone.cancel()

    assert isinstance(await stays, Scores)


async def test_a_replica_that_dies_under_load_loses_no_picture(
    engine: Engine, detector: Detector
) -> None:
    if not isinstance(engine, RayEngine):
        pytest.skip("an engine in this process dies with it")
    pictures = [brighter(step) for step in range(MANY)]
    expected = [score.fake_probability for score in detector.score(pictures)]
    asked = [asyncio.create_task(patient(engine.score, picture(pixels))) for pixels in pictures]
    while sum(task.done() for task in asked) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.01)

    os.kill(await engine.a_replica(), signal.SIGKILL)

    scores = await asyncio.gather(*asked)
    assert [score.fake_probability for score in scores] == pytest.approx(expected, abs=1e-3)


async def test_a_second_process_in_front_shares_the_replicas(engine: Engine, folder: Path) -> None:
    if not isinstance(engine, RayEngine):
        pytest.skip("an engine in this process is nobody else's")
    second = ray_engine(folder)
    await second.open()

    assert isinstance(await second.score(picture(portrait())), Scores)
    await second.close()

    assert isinstance(await engine.score(picture(portrait())), Scores)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
async def test_before_it_is_open_there_is_no_model(
    make: Callable[[Path], Engine], folder: Path
) -> None:
    with pytest.raises(NotReady):
        _ = make(folder).model
    with pytest.raises(NotReady):
        await make(folder).score(picture(portrait()))
