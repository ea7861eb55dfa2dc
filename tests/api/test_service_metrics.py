"""Figures for Prometheus: what is counted, and that strangers cannot make them grow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families as families
from remembered import Client, NoEngine, remembering

from api.decoding import Decoding
from api.errors import CandorError, NotReady, Overloaded
from api.imaging import Picture
from api.metrics import Metrics
from api.settings import Settings
from api.verdict import ModelFacts
from model import Scores

from pictures import encoded, noise

STEPS = ("fetch", "decode", "cache", "score", "store")
REFUSED = "candor_refused_pictures_total"


class Scoring(NoEngine):
    """Calls everything fake, or refuses as it is told."""

    refusal: CandorError | None = None

    async def score(self, picture: Picture) -> Scores:
        if self.refusal:
            raise self.refusal
        return Scores(0.9, (), {"face": 0.9})


@pytest.fixture
def engine() -> Scoring:
    return Scoring()


@pytest.fixture
async def client(tmp_path: Path, engine: Scoring) -> AsyncIterator[Client]:
    async with remembering(tmp_path, engine) as client:
        yield client


async def figures(client: Client) -> dict[tuple[str, tuple[str, ...]], float]:
    """Candor's figures by name and label values, these by the names of the labels."""
    response = await client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families(response.text)
        for sample in family.samples
        if sample.name.startswith("candor_")
    }


async def sent(client: Client, body: bytes):
    return await client.post("/v1/checks", content=body, headers={"Content-Type": "image/png"})


async def test_verdicts_are_counted_by_label_and_by_where_they_came_from(client: Client) -> None:
    for _ in range(3):
        await sent(client, encoded(noise(60, 80)))
    await sent(client, encoded(noise(60, 80), "WEBP", lossless=True))

    told = await figures(client)

    assert told["candor_checks_total", ("miss", "fake")] == 1
    assert told["candor_checks_total", ("bytes", "fake")] == 2
    assert told["candor_checks_total", ("pixels", "fake")] == 1


async def test_steps_are_timed_when_they_run(client: Client) -> None:
    await sent(client, encoded(noise(60, 80)))
    await sent(client, encoded(noise(60, 80)))

    told = await figures(client)

    counts = {step: told.get(("candor_step_seconds_count", (step,))) for step in STEPS}
    assert counts == {"fetch": None, "decode": 1, "cache": 2, "score": 1, "store": 1}


async def test_pictures_without_a_verdict_are_counted_by_their_problem(
    client: Client, engine: Scoring
) -> None:
    await sent(client, b"no picture")
    engine.refusal = Overloaded("Too many wait. Come back.")
    await sent(client, encoded(noise(60, 80)))
    await client.post("/v1/checks", json={"url": "http://10.0.0.1/a.png"})

    told = await figures(client)

    refused = {labels: n for (name, labels), n in told.items() if name == REFUSED}
    assert refused == {("not-an-image",): 1, ("overloaded",): 1, ("source-failed",): 1}
    assert told["candor_step_seconds_count", ("fetch",)] == 1


async def test_requests_are_counted_by_route_and_not_by_path(client: Client) -> None:
    for number in range(3):
        await client.get(f"/v1/verdicts/{number}")
        await client.get(f"/nothing/{number}")
        await client.request(f"ODD{number}", "/nothing")
        await client.get("/health/live", headers={"Host": f"{number}.example"})

    told = await figures(client)

    counted = {labels: n for (name, labels), n in told.items() if name == "candor_requests_total"}
    assert counted == {
        ("GET", "/v1/verdicts/{verdict_id}", "404"): 3,
        ("GET", "unknown", "404"): 3,
        ("unknown", "unknown", "404"): 3,
        ("GET", "/health/live", "403"): 3,
    }
    assert told["candor_request_seconds_count", ("GET", "unknown")] == 3


async def test_the_queue_and_the_model_are_read_when_they_are_asked_for(
    client: Client, engine: Scoring
) -> None:
    engine.waiting = 7
    told = await figures(client)
    assert told["candor_queue_pictures", ()] == 7
    assert told["candor_model_info", ("candor-1",)] == 1


class Stopped(NoEngine):
    @property
    def model(self) -> ModelFacts:
        raise NotReady("The model has stopped.")


async def test_the_figures_of_a_stopped_engine_can_be_read() -> None:
    content, _ = Metrics(Stopped(), Decoding(Settings())).exposition("")
    assert b"candor_queue_pictures 0" in content
    assert b"candor_model_info" not in content


async def test_two_services_in_one_process_count_apart(client: Client, tmp_path: Path) -> None:
    await sent(client, encoded(noise(60, 80)))
    async with remembering(tmp_path / "other", Scoring()) as other:
        told = await figures(other)
    assert [name for name, _ in told if name == "candor_checks_total"] == []


async def test_strangers_do_not_get_past_the_door(client: Client) -> None:
    response = await client.get("/metrics", headers={"Host": "evil.example"})
    assert response.status_code == 403
    assert "candor_" not in response.text
