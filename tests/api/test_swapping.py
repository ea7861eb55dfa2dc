"""The model that serves is exchanged under load, refused when broken, and compared with another."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import torch
from litestar.testing import AsyncTestClient
from peers import called_from

from api.app import create_app, fetcher_for
from api.engine.shadow import ShadowedEngine
from api.engine.swapping import SwappingEngine
from api.errors import Conflict, Unusable
from api.imaging import Picture
from api.moderation import Moderator
from api.settings import Settings
from api.store import store_for
from api.verdict import ModelFacts, Thresholds
from model import Scores, weights
from model.decision import Calibration
from model.weights import WeightsError

from engines import GatedEngine
from listening import until
from pictures import encoded, noise, portrait
from service import started_service

SHIPPED = Settings().weights_dir
LOOPBACK = "http://127.0.0.1:8000"
PICTURE = Picture(noise(64, 64), "PNG", 1)


class Engine(GatedEngine):
    """Gated, with a model of its own that says one thing of everything."""

    def __init__(self, name: str, says: float = 0.9, trouble: Exception | None = None) -> None:
        super().__init__()
        limits = Thresholds(real_below=0.3, fake_from=0.8)
        self.model = ModelFacts(id=name, thresholds=limits)
        self.waiting = 0
        self.closed = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._says = says
        self._trouble = trouble

    async def open(self) -> None:
        await asyncio.sleep(0)
        if self._trouble:
            raise self._trouble

    async def close(self) -> None:
        await self._idle.wait()
        self.closed = True

    async def score(self, picture: Picture) -> Scores:
        if self.closed:
            raise AssertionError("a picture came to an engine that had left")
        self._idle.clear()
        try:
            await super().score(picture)
        finally:
            if not self.inside:
                self._idle.set()
        return Scores(self._says, (), {"whole": self._says})


def swapping(*engines: Engine) -> SwappingEngine:
    following = iter(engines)
    return SwappingEngine(lambda: next(following))


async def test_pictures_in_flight_are_scored_by_the_model_that_took_them() -> None:
    first, second = Engine("first", 0.1), Engine("second", 0.9)
    engine = swapping(first, second)
    await engine.open()
    first.gate.clear()
    waiting = asyncio.create_task(engine.score(PICTURE))
    await asyncio.sleep(0)

    assert await engine.reload()

    assert engine.model.id == "second"
    assert (await engine.score(PICTURE)).fake_probability == 0.9
    assert not first.closed
    first.gate.set()
    assert (await waiting).fake_probability == 0.1
    await engine.close()
    assert first.closed
    assert second.closed


async def test_a_candidate_that_fails_changes_nothing() -> None:
    first, broken = Engine("first"), Engine("broken", trouble=WeightsError("It is damaged."))
    engine = swapping(first, broken, Engine("third"))
    await engine.open()

    with pytest.raises(Unusable, match=r"goes on serving\. It is damaged"):
        await engine.reload()

    assert engine.model.id == "first"
    assert broken.closed
    assert not first.closed
    assert await engine.reload()
    assert engine.model.id == "third"
    await engine.close()


async def test_the_same_weights_again_are_no_exchange() -> None:
    first, same = Engine("first"), Engine("first")
    engine = swapping(first, same)
    await engine.open()

    assert not await engine.reload()

    assert same.closed
    assert not first.closed
    await engine.close()


async def test_two_exchanges_at_once_are_one() -> None:
    engine = swapping(Engine("first"), Engine("second"))
    await engine.open()

    outcomes = await asyncio.gather(engine.reload(), engine.reload(), return_exceptions=True)

    assert outcomes[0] is True
    assert isinstance(outcomes[1], Conflict)
    await engine.close()


async def test_under_load_no_picture_is_lost_and_none_comes_too_late() -> None:
    engine = swapping(*(Engine(f"model {n}", n / 10) for n in range(6)))
    await engine.open()

    async def ask() -> None:
        for _ in range(50):
            model = engine.model.id
            scores = await engine.score(PICTURE)
            assert model == f"model {scores.fake_probability * 10:.0f}"

    async def exchange() -> None:
        for _ in range(5):
            await asyncio.sleep(0.002)
            await engine.reload()

    await asyncio.gather(exchange(), *(ask() for _ in range(20)))
    await engine.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped weights."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "weights"))


def with_threshold(folder: Path, fake_from: float) -> None:
    path = folder / "registry.toml"
    lines = path.read_text().splitlines()
    changed = [f"fake_from = {fake_from}" if "fake_from" in line else line for line in lines]
    path.write_text("\n".join(changed))


def unpinned(folder: Path) -> None:
    path = folder / "registry.toml"
    path.write_text(path.read_text().partition("[weights.")[0])


@pytest.fixture
async def client(folder: Path, tmp_path: Path) -> AsyncIterator[AsyncTestClient]:
    settings = Settings(data_dir=tmp_path / "data", weights_dir=folder)
    async with AsyncTestClient(called_from(create_app(settings)), LOOPBACK) as client:
        yield client


async def check(client: AsyncTestClient) -> dict:
    sent = {"Content-Type": "image/png"}
    answer = await client.post("/v1/checks", content=encoded(portrait()), headers=sent)
    return answer.json()


async def test_a_new_threshold_is_a_new_model_and_old_verdicts_answer_no_more(
    client: AsyncTestClient, folder: Path
) -> None:
    before = await check(client)
    assert (await check(client))["cache"] != "miss"
    with_threshold(folder, 0.95)

    answer = await client.post("/v1/model/reload")

    assert answer.status_code == 200
    assert answer.json()["changed"]
    after = await check(client)
    assert after["cache"] == "miss"
    assert after["model"] == answer.json()["model"] != before["model"]
    log = (await client.get("/v1/audit")).json()
    assert "model.reload" in str(log)


async def test_a_second_member_joins_without_a_stop_and_is_told_in_the_verdict(
    client: AsyncTestClient, folder: Path
) -> None:
    before = await check(client)
    network, card = weights.read(folder / "face.safetensors")
    calm = card.model_copy(update={"calibration": Calibration(temperature=4.0)})
    weights.write(folder / "calm.safetensors", network, calm)
    path = folder / "registry.toml"
    path.write_text(
        path.read_text().replace('face = "face"', 'face = ["face", "calm"]')
        + "\n[ensemble]\nwidening = 1.0\n"
    )

    assert (await client.post("/v1/model/reload")).status_code == 200

    after = await check(client)
    assert after["model"]["id"] != before["model"]["id"]
    expert = next(one for one in after["experts"] if one["name"] == "face")
    assert [one["name"] for one in expert["members"]] == ["face", "calm"]
    first, second = (one["fake_probability"] for one in expert["members"])
    assert min(first, second) < expert["fake_probability"] < max(first, second)
    assert after["widened"]["fake_from"] > after["model"]["thresholds"]["fake_from"]
    assert before["experts"][0]["members"] == []
    assert before["widened"] is None
    # What is remembered is told the same.
    again = await check(client)
    assert again["cache"] != "miss"
    assert again["experts"] == after["experts"]
    assert again["widened"] == after["widened"]


async def test_weights_that_give_no_numbers_are_refused_and_the_old_ones_serve(
    client: AsyncTestClient, folder: Path
) -> None:
    before = await check(client)
    unpinned(folder)
    network, card = weights.read(folder / "face.safetensors")
    with torch.no_grad():
        network.head.weight.fill_(float("nan"))
    weights.write(folder / "face.safetensors", network, card.model_copy(update={"name": "x"}))

    answer = await client.post("/v1/model/reload")

    assert answer.status_code == 409
    assert "goes on serving. The face expert gives no number" in answer.json()["detail"]
    assert (await check(client))["model"] == before["model"]


async def test_an_engine_that_reads_its_weights_once_says_so(tmp_path: Path) -> None:
    app = called_from(create_app(Settings(data_dir=tmp_path), engine=Engine("only")))
    async with AsyncTestClient(app, LOOPBACK) as client:
        assert (await client.post("/v1/model/reload")).status_code == 404
        assert (await client.get("/v1/model/shadow")).status_code == 404


async def heard(engine: ShadowedEngine, pictures: int) -> None:
    for _ in range(pictures):
        await engine.score(PICTURE)
        await asyncio.sleep(0.01)


async def test_the_shadow_is_compared_and_never_heard() -> None:
    engine = ShadowedEngine(Engine("serving", 0.9), Engine("shadow", 0.5), 1.0)
    await engine.open()

    await heard(engine, 3)

    seen = engine.comparison
    assert seen.pictures == 3
    assert seen.labels == {("fake", "uncertain"): 3}
    assert seen.differences == (pytest.approx(-1.2), pytest.approx(1.2))
    assert (await engine.score(PICTURE)).fake_probability == 0.9
    await engine.close()


async def test_a_shadow_that_is_slow_or_broken_delays_no_one() -> None:
    shadow = Engine("shadow")
    shadow.gate.clear()
    engine = ShadowedEngine(Engine("serving"), shadow, 1.0)
    await engine.open()

    await heard(engine, 4)
    assert engine.comparison.passed_over == 3

    shadow.failures.append(ZeroDivisionError("broken"))
    shadow.gate.set()
    await asyncio.sleep(0.01)
    assert (engine.comparison.failed, engine.comparison.pictures) == (1, 0)
    await engine.close()


async def test_a_share_of_none_shows_the_shadow_nothing() -> None:
    shadow = Engine("shadow")
    engine = ShadowedEngine(Engine("serving"), shadow, 0.0)
    await engine.open()

    await heard(engine, 5)

    assert shadow.asked == []
    await engine.close()


async def test_the_report_compares_shipped_weights_with_themselves(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, shadow_weights_dir=SHIPPED, shadow_share=1)
    async with AsyncTestClient(called_from(create_app(settings)), LOOPBACK) as client:
        await check(client)
        for _ in range(200):
            report = (await client.get("/v1/model/shadow")).json()
            if report["pictures"]:
                break
            await asyncio.sleep(0.05)

    assert report["pictures"] == 1
    assert report["largest_difference"] == pytest.approx(0, abs=1e-6)
    assert report["serving"] == report["shadow"]


def test_a_hang_up_has_the_weights_read_again(folder: Path, tmp_path: Path) -> None:
    with started_service(tmp_path, weights_dir=str(folder)) as service:
        ready = f"{service.address}/health/ready"
        before = httpx.get(ready).json()["model"]
        with_threshold(folder, 0.95)

        os.kill(service.process.pid, signal.SIGHUP)

        for _ in range(600):
            after = httpx.get(ready).json()["model"]
            if after != before:
                break
            time.sleep(0.1)
        assert after["thresholds"]["fake_from"] == 0.95
        assert f"model {after['id']} serves instead of {before['id']}" in service.log.read_text()


async def test_a_candidate_that_stumbles_otherwise_is_refused_and_closed_too() -> None:
    gone = Engine("gone", trouble=FileNotFoundError("the folder is gone"))
    engine = swapping(Engine("first"), gone)
    await engine.open()

    with pytest.raises(Unusable, match="the folder is gone"):
        await engine.reload()

    assert gone.closed
    assert engine.model.id == "first"
    await engine.close()


async def test_a_glance_is_told_of_by_the_model_that_took_it(tmp_path: Path) -> None:
    first, second = Engine("first", 0.1), Engine("second", 0.9)
    engine = swapping(first, second)
    await engine.open()
    settings = Settings(data_dir=tmp_path)
    moderator = Moderator(fetcher_for(settings), engine, store_for(settings), settings)
    first.gate.clear()
    glance = asyncio.create_task(moderator.glance(encoded(portrait())))
    await until(lambda: first.inside == 1)

    await engine.reload()
    first.gate.set()

    verdict = await glance
    assert (verdict.model.id, verdict.fake_probability) == ("first", 0.1)
    await engine.close()
