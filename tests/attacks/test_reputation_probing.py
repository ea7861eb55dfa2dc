"""Somebody probes what others asked for, with rubbish, with too much or too often."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from remembered import Client, digest, flipped, known, opened, remembering, verdict

from api.fetching import Fetcher
from api.sightings import address_digest
from api.store.records import Sighting
from api.verdict import Label

from service import running_service

ADDRESS = "https://photos.example/private/birthday.jpg?token=secret"
SQL = "' OR 1=1; DROP TABLE verdict; --"
RUBBISH = {
    "a wildcard": "%",
    "wildcards of the right length": "%" * 64,
    "any character, 64 times": "_" * 64,
    "a pattern": "[0-9a-f]" * 8,
    "SQL": SQL,
    "SQL of the right length": SQL.ljust(64, "-"),
    "an operator of MongoDB": '{"$ne": null}',
    "a NUL": "0" * 63 + "\0",
    "a hash and a NUL": "0" * 64 + "\0",
    "a hash and a line end": "0" * 64 + "\n",
    "a hash and a space": " " + "0" * 64,
    "digits of another script": "\N{ARABIC-INDIC DIGIT THREE}" * 64,
    "wide digits": "\N{FULLWIDTH DIGIT ONE}" * 64,
    "very long": "0" * 50_000,
    "emoji": "\N{PILE OF POO}",
}


@pytest.fixture
async def client(
    tmp_path: Path, dialled: list[str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Client]:
    """A service that knows one picture; it fails if it fetches or scores, or dials anybody."""

    async def fetch(_: Fetcher, url: str) -> None:
        raise AssertionError(f"a lookup fetched {url}")

    monkeypatch.setattr(Fetcher, "fetch", fetch)
    seen = Sighting(
        verdict_id="one",
        pixels_sha256=digest("pixels of one"),
        label=Label.FAKE,
        near=False,
        at=datetime.now(UTC),
        host="photos.example",
        address_sha256=address_digest(ADDRESS),
    )
    async with opened(tmp_path) as store:
        one = await store.put(verdict("one"))
        await store.record([seen])
        await store.add_known([known(flipped(one.picture.pdq, 1), note=f"from {ADDRESS}")])
    async with remembering(tmp_path, reputation_per_minute=5000) as client:
        yield client
    assert dialled == []


async def sent(client: Client, body: str | bytes, kind: str = "application/json"):
    return await client.post("/v1/reputation/batch", content=body, headers={"Content-Type": kind})


@pytest.mark.parametrize("value", RUBBISH.values(), ids=RUBBISH)
async def test_rubbish_is_refused_and_finds_nothing(client: Client, value: str) -> None:
    for name in ("sha256", "pixels", "pdq", "url"):
        alone = await client.get("/v1/reputation", params={name: value})
        assert alone.status_code == 422
        assert len(alone.content) < 1000
        assert alone.headers["content-type"] == "application/problem+json"
    items = [{name: value} for name in ("sha256", "pixels", "pdq", "url")]
    batch = (await sent(client, json.dumps({"items": items}))).json()["items"]
    assert [item["problem"]["status"] for item in batch] == [422] * 4


@pytest.mark.parametrize("value", RUBBISH.values(), ids=RUBBISH)
async def test_a_host_that_is_rubbish_is_refused_and_finds_nothing(
    client: Client, value: str
) -> None:
    answer = await client.get(f"/v1/reputation/hosts/{quote(value, safe='')}")

    # Full-width and Arabic digits are digits of a host name to IDNA.
    assert answer.status_code in (200, 404, 422)
    if answer.status_code == 200:
        assert answer.json()["days"] == []


@pytest.mark.parametrize(
    "item",
    [
        {"sha256": {"$ne": None}},
        {"$where": "1"},
        {"sha256": [digest("one")]},
        {},
        [],
        None,
        True,
        "",
    ],
)
async def test_an_item_that_is_no_string_by_name_is_refused(client: Client, item: object) -> None:
    answer = await sent(client, json.dumps({"items": [item]}))

    assert answer.status_code == 200
    assert answer.json()["items"][0]["problem"]["status"] == 422


async def test_a_lookup_neither_fetches_nor_scores_nor_counts(client: Client) -> None:
    for _ in range(3):
        answer = (await client.get("/v1/reputation", params={"url": ADDRESS})).json()
        unknown = await client.get("/v1/reputation", params={"url": "http://127.0.0.1:1/"})
    assert answer["times_seen"] == 1
    assert unknown.json()["known"] is False


async def test_no_answer_tells_where_a_picture_stands(client: Client) -> None:
    asked = {
        "url": ADDRESS,
        "sha256": digest("bytes of one"),
        "pixels": digest("pixels of one"),
        "pdq": digest("pdq of one"),
    }
    for name, value in asked.items():
        answer = await client.get("/v1/reputation", params={name: value})
        assert answer.json()["known"] is True
        for secret in ("photos.example", "birthday", "token", "secret", "http"):
            assert secret not in answer.text
    host = await client.get("/v1/reputation/hosts/photos.example")
    assert host.json()["total"]["fake"] == 1
    assert "birthday" not in host.text


async def test_the_host_below_or_above_is_another(client: Client) -> None:
    for host in ("example", "a.photos.example", "%25.example", "photos.example.evil.example"):
        answer = await client.get(f"/v1/reputation/hosts/{host}")
        assert answer.status_code == 422 or answer.json()["days"] == []


async def test_one_item_too_many_is_refused_and_a_thousand_are_not(client: Client) -> None:
    items = [{"sha256": digest(str(n))} for n in range(1001)]

    refused = await sent(client, json.dumps({"items": items}))
    answered = await sent(client, json.dumps({"items": items[:1000]}))

    assert refused.status_code == 422
    assert "1,000" in refused.json()["detail"]
    assert len(answered.json()["items"]) == 1000


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 1_000_000,
        b'{"items": [' + b"[]," * 300_000 + b"[]]}",
        b'{"items": ' * 100_000,
        b'{"items": ["' + b"x" * 1_000_000 + b'"]}',
        b'{"items": [' + b"9" * 1_000_000 + b"]}",
        b'{"items": [{"sha256": "\\ud800"}, {"\\ud800": "x"}]}',
        b"\xff\xfe{}",
    ],
    ids=["brackets", "many lists", "braces", "a string", "a number", "a surrogate", "UTF-16"],
)
async def test_a_strange_body_ends_in_one_refusal(client: Client, body: bytes) -> None:
    async with asyncio.timeout(30):
        answer = await sent(client, body)

    assert answer.status_code in (200, 422)
    assert len(answer.content) < 2000
    if answer.status_code == 200:
        assert all(item["problem"] for item in answer.json()["items"])


async def test_a_body_beyond_the_limit_is_not_read(client: Client) -> None:
    answer = await sent(client, b" " * 1_100_000)

    assert answer.status_code == 413
    assert answer.json()["type"] == "urn:candor:problem:too-large"
    assert "1,048,576 bytes" in answer.json()["detail"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_form_of_another_site_is_not_read(client: Client, kind: str) -> None:
    assert (await sent(client, '{"items": []}', kind)).status_code == 415


async def test_pages_of_other_sites_are_kept_out(client: Client) -> None:
    posted = await client.post(
        "/v1/reputation/batch", json={"items": []}, headers={"Origin": "https://evil.example"}
    )
    rebound = await client.get("/v1/reputation", headers={"Host": "evil.example"})

    assert posted.status_code == rebound.status_code == 403


async def test_who_asks_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    asked = {"sha256": digest("any")}
    async with remembering(tmp_path, reputation_per_minute=5) as client:
        answers = [await client.get("/v1/reputation", params=asked) for _ in range(6)]
        host = await client.get("/v1/reputation/hosts/example.org")
        batch = await client.post("/v1/reputation/batch", json={"items": [asked] * 5})

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    for answer in (answers[-1], host, batch):
        assert answer.status_code == 429
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:candor:problem:too-many-requests"
        assert int(answer.headers["retry-after"]) in range(1, 61)


async def test_a_batch_costs_what_its_items_cost_and_rubbish_costs_too(tmp_path: Path) -> None:
    async with remembering(tmp_path, reputation_per_minute=100) as client:
        batch = await client.post("/v1/reputation/batch", json={"items": ["rubbish"] * 400})
        alone = await client.get("/v1/reputation", params={"sha256": "rubbish"})

    assert batch.status_code == 200
    assert alone.status_code == 429
    # 300 on credit at 100 a minute, and one more.
    assert int(alone.headers["retry-after"]) in range(170, 182)


async def test_zero_does_not_count(tmp_path: Path) -> None:
    async with remembering(tmp_path, reputation_per_minute=0) as client:
        items = {"items": ["rubbish"] * 1000}
        answers = [await client.post("/v1/reputation/batch", json=items) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3


def test_a_header_does_not_make_another_client(tmp_path: Path) -> None:
    """X-Forwarded-For is written by whoever asks: the limit counts who connects."""
    with running_service(tmp_path, reputation_per_minute="20") as address:
        answers = [
            httpx.get(
                f"{address}/v1/reputation?sha256={'0' * 64}",
                headers={"X-Forwarded-For": f"192.0.2.{number}"},
            ).status_code
            for number in range(40)
        ]
    assert 429 in answers
