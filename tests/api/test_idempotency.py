"""A request that is sent again with its `Idempotency-Key` is not done again."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from remembered import THRESHOLDS

from api import idempotency
from api.app import create_app
from api.engine import Engine
from api.errors import Overloaded
from api.imaging import Picture
from api.settings import Settings
from api.verdict import ModelFacts
from model import Scores

from listening import listening, until
from pictures import encoded, noise

Client = httpx.AsyncClient


class SlowEngine:
    """Counts what it scores, and takes as long as a test wants."""

    def __init__(self) -> None:
        self.model = ModelFacts(id="slow", thresholds=THRESHOLDS)
        self.scored = 0
        self.failure: Exception | None = None
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def score(self, picture: Picture) -> Scores:
        self.scored += 1
        self.begun.set()
        await self.go_on.wait()
        if self.failure:
            raise self.failure
        return Scores(0.9, (), {"whole": 0.9})


@pytest.fixture
def engine() -> SlowEngine:
    return SlowEngine()


@pytest.fixture
async def client(tmp_path: Path, engine: SlowEngine) -> AsyncIterator[Client]:
    """One that sends while another request is being answered, which Litestar's own cannot."""
    typed: Engine = engine
    app = create_app(Settings(data_dir=tmp_path), typed)
    up, down = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            up.set()
            await down.wait()

    # In a task of its own, since a lifespan must end in the task in which it began.
    life = asyncio.create_task(live())
    await up.wait()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with Client(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client
    down.set()
    await life


async def sent(client: Client, key: str = "k", seed: int = 0, **parameters: str):
    return await client.post(
        "/v1/checks",
        content=encoded(noise(60, 80, seed)),
        headers={"Content-Type": "image/png", "Idempotency-Key": key},
        params={"fresh": "true", **parameters},
    )


async def test_a_repeat_gets_the_very_same_answer(client: Client, engine: SlowEngine) -> None:
    first, again = await sent(client), await sent(client)

    assert engine.scored == 1
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["x-content-type-options"] == "nosniff"
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert (await sent(client, "another")).json()["id"]
    assert engine.scored == 2


async def test_whoever_has_the_whole_answer_may_repeat_at_once(
    tmp_path: Path, engine: SlowEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = asyncio.Event()
    ended = idempotency.Once._end

    async def slowly(self: idempotency.Once, *given: object) -> None:
        await asyncio.sleep(0.05)
        await ended(self, *given)
        kept.set()

    monkeypatch.setattr(idempotency.Once, "_end", slowly)
    async with listening(tmp_path, engine) as address, Client(base_url=address) as client:
        first = await sent(client)
        assert kept.is_set()
        again = await sent(client)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.content == first.content


@pytest.mark.parametrize("change", [{"seed": 1}, {"fresh": "false"}])
async def test_another_request_with_the_same_key_is_refused(
    client: Client, change: dict[str, object]
) -> None:
    await sent(client)
    answer = await sent(client, **change)

    assert answer.status_code == 422
    assert "'k'" in answer.json()["detail"]


async def test_a_form_sent_again_may_have_another_boundary(
    client: Client, engine: SlowEngine
) -> None:
    answers = [
        await client.post(
            "/v1/checks?fresh=true",
            files={"image": ("a.png", encoded(noise(60, 80)), "image/png")},
            headers={"Idempotency-Key": "k"},
        )
        for _ in range(2)
    ]

    assert answers[0].content == answers[1].content
    assert answers[0].request.headers["content-type"] != answers[1].request.headers["content-type"]
    assert engine.scored == 1


async def test_a_repeat_that_comes_too_early_is_told_to_wait(
    client: Client, engine: SlowEngine
) -> None:
    engine.go_on.clear()
    first = asyncio.create_task(sent(client))
    await engine.begun.wait()
    early = await sent(client)
    engine.go_on.set()

    assert early.status_code == 409
    assert int(early.headers["retry-after"]) > 0
    assert (await first).status_code == 200
    assert (await sent(client)).headers["idempotency-replayed"] == "true"
    assert engine.scored == 1


async def test_what_failed_for_now_may_be_tried_again(client: Client, engine: SlowEngine) -> None:
    engine.failure = Overloaded("Too much to do.")
    assert (await sent(client)).status_code == 503
    engine.failure = None

    assert (await sent(client)).status_code == 200
    assert engine.scored == 2


async def test_a_batch_of_which_a_line_failed_for_now_may_be_tried_again(
    client: Client, engine: SlowEngine
) -> None:
    async def batch() -> tuple[list[int], bool]:
        pictures = [base64.b64encode(encoded(noise(60, 80, seed))).decode() for seed in range(2)]
        answer = await client.post(
            "/v1/checks/batch",
            json={"items": [{"data": one} for one in [*pictures, "no picture"]]},
            headers={"Idempotency-Key": "k"},
        )
        statuses = sorted(json.loads(line)["status"] for line in answer.text.splitlines())
        return statuses, "idempotency-replayed" in answer.headers

    engine.failure = Overloaded("Too much to do.")
    assert await batch() == ([422, 503, 503], False)
    engine.failure = None
    assert await batch() == ([200, 200, 422], False)
    assert await batch() == ([200, 200, 422], True)


async def test_what_cannot_succeed_is_not_tried_again(client: Client) -> None:
    headers = {"Content-Type": "image/png", "Idempotency-Key": "k"}
    answers = [
        await client.post("/v1/checks", content=b"no picture", headers=headers) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[1].headers["idempotency-replayed"] == "true"
    assert answers[1].json() == answers[0].json()


async def test_who_hangs_up_may_come_back(client: Client, engine: SlowEngine) -> None:
    engine.go_on.clear()
    first = asyncio.create_task(sent(client))
    await engine.begun.wait()
    first.cancel()
    with suppress(asyncio.CancelledError):
        await first
    engine.go_on.set()

    for _ in range(100):
        again = await sent(client)
        if again.status_code != 409:
            break
        await asyncio.sleep(0.02)
    assert again.status_code == 200


async def test_who_hangs_up_in_the_middle_of_a_body_is_no_mistake_of_ours(
    tmp_path: Path, engine: SlowEngine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "candor.requests")
    head = (
        b"POST /v1/checks HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: image/png\r\n"
        b"Idempotency-Key: k\r\nContent-Length: 1000\r\n\r\n"
    )
    async with listening(tmp_path, engine) as address, Client(base_url=address) as client:
        _, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
        writer.write(head + b"half")
        await writer.drain()
        writer.close()
        await until(lambda: bool(caplog.records))
        again = await sent(client)
    assert [record.fields["status"] for record in caplog.records] == [499, 200]
    assert again.status_code == 200


async def test_a_long_answer_is_given_and_not_kept(
    client: Client, engine: SlowEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "KEPT_BYTES", 100)
    for _ in range(2):
        assert (await sent(client)).status_code == 200

    assert engine.scored == 2


@pytest.mark.parametrize("key", [" ", "a b", "x" * 256, "\x7f"])
async def test_what_is_no_key_is_refused(client: Client, engine: SlowEngine, key: str) -> None:
    answer = await sent(client, key)

    assert answer.status_code in (400, 422)
    assert engine.scored == 0


async def test_a_body_beyond_the_limit_is_refused_with_a_key_as_without(
    client: Client,
) -> None:
    headers = {"Content-Type": "image/png", "Idempotency-Key": "k"}
    answer = await client.post("/v1/checks", content=bytes(11_000_000), headers=headers)

    assert answer.status_code == 413
