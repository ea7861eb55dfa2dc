"""What is remembered is told by hash, address and host, alone and in batches, and told truly."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from remembered import (
    NOON,
    Client,
    Scoring,
    digest,
    flipped,
    known,
    opened,
    remembering,
    verdict,
)

from api.sightings import address_digest
from api.store import Store
from api.store.records import HashKind, Link, Sighting, Trace
from api.verdict import Label

from pictures import encoded, portrait


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(tmp_path) as store:
        yield store


@pytest.fixture
async def client(tmp_path: Path, store: Store) -> AsyncIterator[Client]:
    async with remembering(tmp_path) as client:
        yield client


async def told(client: Client, **asked: str) -> dict[str, object]:
    response = await client.get("/v1/reputation", params=asked)
    assert response.status_code == 200, response.text
    return response.json()


async def refused(client: Client, path: str) -> str:
    response = await client.get(path)
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    return response.json()["detail"]


async def test_what_nobody_scored_is_unknown(client: Client) -> None:
    answer = await told(client, sha256=digest("nothing"))

    assert answer["known"] is False
    assert answer["verdict"] is None
    assert answer["relatives"] == answer["reviews"] == []
    assert answer["times_seen"] == 0
    assert answer["verified"] is False


async def test_a_verdict_is_found_by_each_of_its_hashes(client: Client, store: Store) -> None:
    one = await store.put(verdict("one"))
    picture = one.picture

    for asked in (
        {"sha256": picture.sha256},
        {"pixels": picture.pixels_sha256},
        {"pdq": picture.pdq},
        {"sha256": picture.sha256.upper()},
    ):
        answer = await told(client, **asked)
        assert answer["known"] is True
        assert answer["verdict"] == {
            "verdict_id": "one",
            "label": "fake",
            "model_label": "fake",
            "fake_probability": 0.9,
            "model_id": "candor-1",
            "checked_at": "2026-03-29T12:00:00Z",
        }
        assert answer["relatives"] == []
        assert answer["conflict"] is False


async def test_the_newest_of_several_models_answers(client: Client, store: Store) -> None:
    await store.put(verdict("new", Label.REAL, model="candor-2", pixels="one", minutes=5))
    await store.put(verdict("old", Label.FAKE, model="candor-1", pixels="one"))

    answer = await told(client, pixels=digest("pixels of one"))

    assert answer["verdict"]["verdict_id"] == "new"
    # The older word on the same picture is no other picture, and no contradiction.
    assert answer["relatives"] == []
    assert answer["conflict"] is False


async def test_look_alikes_are_told_nearest_first_and_may_contradict(
    client: Client, store: Store
) -> None:
    one = await store.put(verdict("one", Label.REAL))
    await store.put(verdict("far", Label.REAL, pdq=flipped(one.picture.pdq, 31)))
    swap = verdict("swap", Label.FAKE, pdq=flipped(one.picture.pdq, 4))
    await store.put(swap, Trace(relatives=(Link("one", 4, same_picture=False),)))
    await store.put(verdict("other", Label.FAKE, pdq=flipped(one.picture.pdq, 32)))

    answer = await told(client, sha256=one.picture.sha256)

    found = [(r["verdict_id"], r["distance"], r["same_picture"]) for r in answer["relatives"]]
    assert found == [("swap", 4, False), ("far", 31, None)]
    assert answer["conflict"] is True


async def test_a_pdq_that_nobody_scored_leads_to_pictures_like_it(
    client: Client, store: Store
) -> None:
    one = await store.put(verdict("one"))

    answer = await told(client, pdq=flipped(one.picture.pdq, 9))

    assert answer["known"] is False
    assert answer["verdict"] is None
    assert [(r["verdict_id"], r["distance"]) for r in answer["relatives"]] == [("one", 9)]


async def test_at_most_twenty_look_alikes_are_told(client: Client, store: Store) -> None:
    for bits in range(25):
        await store.put(verdict(f"v{bits}", pdq=flipped("0" * 64, bits)))

    answer = await told(client, pdq="0" * 64)

    assert [r["distance"] for r in answer["relatives"]] == list(range(1, 21))


async def test_a_flat_picture_has_no_look_alikes(client: Client, store: Store) -> None:
    await store.put(verdict("one", pdq="0" * 64))
    flat = await store.put(verdict("flat", pdq="0" * 64, quality=10, minutes=1))
    await store.add_known([known("0" * 64)])

    answer = await told(client, sha256=flat.picture.sha256)

    assert answer["verdict"]["verdict_id"] == "flat"
    assert answer["relatives"] == answer["reviews"] == []


async def test_labels_from_elsewhere_are_told_without_addresses(
    client: Client, store: Store
) -> None:
    one = await store.put(verdict("one", Label.FAKE))
    near = flipped(one.picture.pdq, 7)
    note = "seen at https://example.org/secret.jpg?token=1 by us"
    await store.add_known(
        [
            known(one.picture.pixels_sha256, Label.REAL, kind=HashKind.PIXELS, source="review"),
            known(near, note=note),
            known(digest("elsewhere")),
        ]
    )

    answer = await told(client, sha256=one.picture.sha256)

    told_by = [(r["kind"], r["source"], r["label"], r["distance"]) for r in answer["reviews"]]
    assert told_by == [("pixels", "review", "real", 0), ("pdq", "a list", "fake", 7)]
    assert answer["reviews"][1]["note"] == "seen at [address] by us"
    assert answer["conflict"] is True


async def test_a_hash_that_is_only_on_a_list_is_known(client: Client, store: Store) -> None:
    value = digest("listed")
    await store.add_known([known(value, kind=HashKind.SHA256)])

    assert (await told(client, sha256=value))["known"] is True
    assert (await told(client, pixels=value))["known"] is False


async def test_sightings_are_counted_and_found_by_address(client: Client, store: Store) -> None:
    one = await store.put(verdict("one"))
    sighting = Sighting(
        verdict_id="one",
        pixels_sha256=one.picture.pixels_sha256,
        label=Label.FAKE,
        near=False,
        at=NOON,
        host="example.org",
        address_sha256=address_digest("https://example.org/a%20b.jpg?x=1"),
    )
    later = {"near": True, "at": NOON + timedelta(hours=1), "address_sha256": None}
    await store.record([sighting, Sighting(**{**vars(sighting), **later})])

    answer = await told(client, url="HTTPS://EXAMPLE.org:443/a b.jpg?x=1#top")

    assert answer["verdict"]["verdict_id"] == "one"
    assert answer["asked"] == {"kind": "url", "value": sighting.address_sha256}
    assert (answer["times_seen"], answer["times_seen_near"]) == (1, 1)
    assert answer["first_seen"] == "2026-03-29T12:00:00Z"
    assert answer["last_seen"] == "2026-03-29T13:00:00Z"
    assert (await told(client, url="https://example.org/"))["known"] is False


async def test_what_was_checked_is_told_and_counted(tmp_path: Path) -> None:
    body = encoded(portrait())
    async with remembering(tmp_path, Scoring()) as client:
        checks = [await client.post("/v1/checks", files={"image": body}) for _ in range(2)]
    async with remembering(tmp_path) as client:
        answer = await told(client, sha256=hashlib.sha256(body).hexdigest())

    assert [check.status_code for check in checks] == [200, 200]
    assert answer["verdict"]["verdict_id"] == checks[0].json()["id"]
    assert answer["times_seen"] == 2


async def test_a_host_is_told_by_day_and_label(client: Client, store: Store) -> None:
    now = datetime.now(UTC)

    def seen(label: Label, days_ago: int, host: str = "xn--bcher-kva.example") -> Sighting:
        at = now - timedelta(days=days_ago)
        return Sighting("gone", digest("any"), label, near=False, at=at, host=host)

    await store.record(
        [
            *[seen(Label.FAKE, 0)] * 3,
            seen(Label.REAL, 0),
            seen(Label.UNCERTAIN, 2),
            seen(Label.FAKE, 40),
            seen(Label.FAKE, 0, "example.org"),
        ]
    )

    answer = (await client.get("/v1/reputation/hosts/BÜCHER.example.")).json()

    today = now.date()
    assert answer["host"] == "xn--bcher-kva.example"
    assert answer["since"] == str(today - timedelta(days=29))
    assert answer["total"] == {"real": 1, "fake": 3, "uncertain": 1}
    assert answer["days"] == [
        {"day": str(today - timedelta(days=2)), "real": 0, "fake": 0, "uncertain": 1},
        {"day": str(today), "real": 1, "fake": 3, "uncertain": 0},
    ]
    one_day = (await client.get("/v1/reputation/hosts/bücher.example", params={"days": 1})).json()
    assert one_day["total"] == {"real": 1, "fake": 3, "uncertain": 0}


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?sha256=",
        "?sha256=abc",
        "?sha512=" + "0" * 64,
        f"?sha256={'0' * 64}&pdq={'0' * 64}",
        f"?pdq={'0' * 64}&pdq={'1' * 64}",
        f"?pdq={'0' * 64}&page=2",
        "?url=ftp://example.org/a.jpg",
        "?url=example.org/a.jpg",
        "?url=https://user:secret@example.org/",
        "?url=https://example.org:99999999/",
        "?url=https://example.org:0/",
    ],
)
async def test_what_cannot_be_asked_is_refused_with_the_way_out(client: Client, query: str) -> None:
    detail = await refused(client, f"/v1/reputation{query}")

    assert "Give " in detail


@pytest.mark.parametrize("days", ["0", "367", "-1", "1.5", "ten", "", "٣", "9" * 400])
async def test_days_are_a_number_of_days(client: Client, days: str) -> None:
    detail = await refused(client, f"/v1/reputation/hosts/example.org?days={days}")

    assert "1 to 366" in detail


@pytest.mark.parametrize(
    "host",
    ["a b", "example.org:80", "user@example.org", "*", "a?b", "..", "a" * 64 + "." + "b" * 250],
)
async def test_what_is_no_host_is_refused(client: Client, host: str) -> None:
    response = await client.get("/v1/reputation/hosts/" + host.replace("?", "%3F"))

    assert response.status_code in (404, 422)
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_batch_answers_in_order_and_a_bad_item_spoils_nothing(
    client: Client, store: Store
) -> None:
    one = await store.put(verdict("one"))
    items = [
        {"sha256": "rubbish"},
        {"sha256": one.picture.sha256},
        17,
        {"pdq": one.picture.pdq, "sha256": one.picture.sha256},
        {"pixels": None},
        {"url": "https://example.org/"},
    ]

    response = await client.post("/v1/reputation/batch", json={"items": items})

    assert response.status_code == 200
    answers = response.json()["items"]
    outcomes = [
        answer["problem"]["status"] if answer["problem"] else answer["reputation"]["known"]
        for answer in answers
    ]
    assert outcomes == [422, True, 422, 422, 422, False]
    assert "rubbish" in answers[0]["problem"]["detail"]


async def test_an_empty_batch_has_no_answers(client: Client) -> None:
    response = await client.post("/v1/reputation/batch", json={"items": []})

    assert response.json() == {"items": []}


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"items": 5}', '{"items": [], "more": 1}', "[" * 5000]
)
async def test_a_batch_that_is_none_is_refused(client: Client, body: str) -> None:
    response = await client.post(
        "/v1/reputation/batch", content=body, headers={"Content-Type": "application/json"}
    )

    assert response.status_code == 422
    assert '{"items"' in response.json()["detail"]


async def test_the_lookups_are_documented(client: Client) -> None:
    paths = (await client.get("/schema/openapi.json")).json()["paths"]

    asked = paths["/v1/reputation"]["get"]
    assert {p["name"] for p in asked["parameters"]} == {"sha256", "pixels", "pdq", "url"}
    assert "application/problem+json" in asked["responses"]["429"]["content"]
    items = paths["/v1/reputation/batch"]["post"]["requestBody"]["content"]["application/json"]
    assert items["schema"]["properties"]["items"]["maxItems"] == 1000
