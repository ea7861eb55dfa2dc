"""Batches over HTTP: a line for each picture, and none that spoils another's."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient
from peers import called_from

from api.app import create_app
from api.errors import Overloaded
from api.keys import Scope
from api.settings import Settings
from api.verdict import Verdict

from engines import GatedEngine
from keyed import keyed
from listening import listening, until
from pictures import encoded, noise

Client = AsyncTestClient[Litestar]
MAX_BYTES = 100_000


@pytest.fixture
def engine() -> GatedEngine:
    return GatedEngine()


@pytest.fixture
async def client(tmp_path: Path, engine: GatedEngine) -> AsyncIterator[Client]:
    settings = Settings(data_dir=tmp_path, max_bytes=MAX_BYTES, batch_max_bytes=1_000_000)
    app = called_from(create_app(settings, engine))
    async with AsyncTestClient(app, "http://127.0.0.1:8000") as client:
        yield client


def png(seed: int = 0) -> bytes:
    return encoded(noise(40, 40, seed))


def data(seed: int = 0) -> str:
    return base64.b64encode(png(seed)).decode()


def lines(response: httpx.Response) -> list[dict]:
    """The lines of an answer, in the order of the items."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/x-ndjson"
    return sorted(map(json.loads, response.text.splitlines()), key=lambda line: line["index"])


async def sent(client: Client, *items: object) -> httpx.Response:
    return await client.post("/v1/checks/batch", json={"items": items})


async def test_each_item_gets_a_line_with_its_name_and_verdict(client: Client) -> None:
    answer = await sent(client, {"external_id": "a", "data": data(1)}, {"data": data(2)})

    first, second = lines(answer)
    assert (first["index"], first["external_id"], first["status"]) == (0, "a", 200)
    assert (second["index"], second["external_id"], second["status"]) == (1, None, 200)
    assert set(first) == {"index", "external_id", "status", "verdict"}
    assert Verdict.model_validate(first["verdict"]).label == "fake"


async def test_files_of_a_form_are_named_by_their_file_names(client: Client) -> None:
    parts = [("image", (f"post-{seed}", png(seed), "image/png")) for seed in range(3)]

    answer = await client.post("/v1/checks/batch", files=parts)

    assert [line["external_id"] for line in lines(answer)] == ["post-0", "post-1", "post-2"]
    assert {line["status"] for line in lines(answer)} == {200}


async def test_a_file_that_a_browser_had_no_name_for_has_none(client: Client) -> None:
    parts = [("image", ("blob", png(seed), "image/png")) for seed in range(2)]

    answer = await client.post("/v1/checks/batch", files=parts)

    assert [line["external_id"] for line in lines(answer)] == [None, None]


async def test_pictures_of_addresses_are_fetched(tmp_path: Path, sites) -> None:
    good, bad = (
        await sites.serving(png(), content_type="image/png"),
        await sites.serving(status=500),
    )
    names = f"{good.name},{bad.name}"
    async with (
        listening(tmp_path, GatedEngine(), fetch_private_hosts=names) as address,
        httpx.AsyncClient(base_url=address) as client,
    ):
        first, second = lines(await sent(client, {"url": good.url}, {"url": bad.url}))

    assert first["verdict"]["provenance"]["url"] == good.url
    assert second["problem"]["type"] == "urn:candor:problem:source-failed"


BAD_ITEMS = [
    ("text", 422),
    (None, 422),
    ([], 422),
    ({}, 422),
    ({"url": "http://example.org", "data": "AAAA"}, 422),
    ({"data": "AAAA", "more": 1}, 422),
    ({"data": 3}, 422),
    ({"data": "not base64!"}, 422),
    ({"data": "A"}, 422),
    ({"data": "\u00e9\u00e9\u00e9\u00e9"}, 422),
    ({"data": ""}, 400),
    ({"data": "AAAA"}, 400),
    ({"data": "A" * (MAX_BYTES * 2)}, 413),
    ({"url": "ftp://example.org/a.png"}, 422),
    ({"url": "http://127.0.0.1/a.png"}, 502),
    ({"url": "http://127.0.0.1:22/"}, 422),
    ({"external_id": "x" * 201, "data": "AAAA"}, 422),
]


@pytest.mark.parametrize(("item", "status"), BAD_ITEMS)
async def test_a_bad_item_is_told_and_spoils_no_other(
    client: Client, item: object, status: int
) -> None:
    before, bad, after = lines(await sent(client, {"data": data(1)}, item, {"data": data(2)}))

    assert (before["status"], bad["status"], after["status"]) == (200, status, 200)
    assert set(bad["problem"]) == {"type", "title", "status", "detail", "request_id"}
    assert bad["problem"]["status"] == status


async def test_a_bad_item_keeps_its_name(client: Client) -> None:
    [line] = lines(await sent(client, {"external_id": "a", "data": "no!"}))
    assert line["external_id"] == "a"


async def test_a_mistake_of_ours_is_one_line_and_is_logged(
    client: Client, engine: GatedEngine, caplog: pytest.LogCaptureFixture
) -> None:
    engine.failures = [RuntimeError("the model broke")]

    answered = lines(await sent(client, {"data": data(1)}, {"data": data(2)}))

    [problem] = [line["problem"] for line in answered if line["status"] == 500]
    assert sorted(line["status"] for line in answered) == [200, 500]
    assert "the model broke" not in str(problem)
    assert problem["request_id"] in caplog.text
    assert "the model broke" in caplog.text


async def test_a_picture_that_is_turned_away_is_one_line(
    client: Client, engine: GatedEngine
) -> None:
    engine.failures = [Overloaded("Too many pictures wait. Come back.")]

    answered = lines(await sent(client, {"data": data(1)}, {"data": data(2)}))

    assert sorted(line["status"] for line in answered) == [200, 503]


async def test_equal_pictures_of_a_batch_are_scored_once(
    client: Client, engine: GatedEngine
) -> None:
    answered = lines(await sent(client, *[{"data": data(1)}] * 8))

    assert len(engine.asked) == 1
    assert len({line["verdict"]["id"] for line in answered}) == 1


async def test_a_batch_takes_a_few_pictures_at_once(client: Client, engine: GatedEngine) -> None:
    lines(await sent(client, *({"data": data(seed)} for seed in range(20))))

    assert len(engine.asked) == 20
    assert engine.most_inside <= 4


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("text/plain", b"x", 415),
        ("", b"x", 415),
        ("application/json", b"", 422),
        ("application/json", b"[]", 422),
        ("application/json", b'{"items": []}', 422),
        ("application/json", b'{"items": [' + b"1," * 64 + b"1]}", 422),
        ("application/json", b'{"items": [1], "more": 1}', 422),
        ("application/json", b'{"items": ["\\ud800"]}', 422),
        ("application/json", b"\xff", 422),
        ("application/json", b"[" * 300_001, 422),
        ("application/json", b" " * 1_000_001, 413),
        ("multipart/form-data", b"x", 422),
        ("multipart/form-data; boundary=a", b"--a--", 422),
        (
            "multipart/form-data; boundary=a",
            b'--a\r\nContent-Disposition: form-data; name="image"\r\n\r\ntext\r\n--a--\r\n',
            422,
        ),
    ],
)
async def test_bodies_that_are_no_batch_are_refused_in_words(
    client: Client, kind: str, body: bytes, status: int
) -> None:
    answer = await client.post("/v1/checks/batch", content=body, headers={"Content-Type": kind})

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_more_files_than_a_batch_holds_are_refused(client: Client) -> None:
    parts = [("image", (f"{n}", b"x", "image/png")) for n in range(65)]
    answer = await client.post("/v1/checks/batch", files=parts)
    assert answer.status_code == 422
    assert "65 files" in answer.json()["detail"]


async def test_a_line_comes_as_soon_as_it_is_ready(tmp_path: Path, engine: GatedEngine) -> None:
    engine.gate.clear()
    items = [{"data": data()}, {"data": "no!"}]
    async with listening(tmp_path, engine) as address, httpx.AsyncClient() as client:
        request = client.stream("POST", f"{address}/v1/checks/batch", json={"items": items})
        async with request as answer:
            arriving = answer.aiter_lines()
            first = json.loads(await anext(arriving))
            engine.gate.set()
            second = json.loads(await anext(arriving))
    assert (first["index"], second["index"]) == (1, 0)


async def test_work_for_a_caller_who_left_is_stopped(tmp_path: Path, engine: GatedEngine) -> None:
    engine.gate.clear()
    items = [{"data": data(seed)} for seed in range(10)] + [{"data": "no!"}]
    async with listening(tmp_path, engine) as address:
        async with httpx.AsyncClient() as client:
            request = client.stream("POST", f"{address}/v1/checks/batch", json={"items": items})
            async with request:
                await until(lambda: engine.inside == 4)
        await until(lambda: not engine.inside)
        engine.gate.set()
    assert engine.cancelled == len(engine.asked) == 4


async def test_a_batch_is_charged_by_item_and_needs_the_scope(
    tmp_path: Path, engine: GatedEngine
) -> None:
    async with keyed(tmp_path, engine, {Scope.CHECK}, pictures_per_minute=10) as client:
        answer = await sent(client, *({"data": data(seed)} for seed in range(4)))
        assert answer.headers["RateLimit-Remaining"] == "6"
        refused = await sent(client, *({"data": data(seed)} for seed in range(8)))
        assert refused.status_code == 429
    async with keyed(tmp_path, engine, {Scope.LOOKUP}) as client:
        assert (await sent(client, {"data": data()})).status_code == 403
