"""People in the loop, over HTTP: reports, reviews, appeals, the queue, and what they change."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from remembered import Client, NoEngine, Scoring, known, opened, remembering, verdict

from api.keys import Scope
from api.settings import Settings
from api.store.records import HashKind, Link, Trace
from api.verdict import Label

from keyed import keyed, made_key
from pictures import encoded, portrait


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    """Remembers a fake, and an uncertain relative of it."""
    async with opened(tmp_path) as store:
        await store.put(verdict("one"))
        relatives = (Link("one", 9, same_picture=False),)
        await store.put(verdict("two", Label.UNCERTAIN), Trace(relatives=relatives))
    async with remembering(tmp_path, Scoring()) as client:
        yield client


async def reviewed(client: Client, name: str, label: str, note: str = "") -> None:
    answer = await client.post(f"/v1/verdicts/{name}/reviews", json={"label": label, "note": note})
    assert answer.status_code == 201, answer.text


async def queued(client: Client, query: str = "") -> dict[str, list[str]]:
    answer = await client.get(f"/v1/reviews/queue{query}")
    assert answer.status_code == 200, answer.text
    return {item["verdict"]["id"]: item["reasons"] for item in answer.json()["items"]}


async def checked(client: Client, content: bytes, **query: str) -> dict[str, Any]:
    answer = await client.post(
        "/v1/checks", params=query, content=content, headers={"Content-Type": "image/png"}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def problem(answer: Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    return str(answer.json()["detail"])


async def test_a_human_label_wins_on_the_exact_picture_and_keeps_the_score(client: Client) -> None:
    content = encoded(portrait())
    first = await checked(client, content)
    assert (first["label"], first["review"]) == ("fake", None)

    await reviewed(client, first["id"], "real", "The agency has the negative.")

    same_pixels = encoded(portrait(), "WEBP", lossless=True)
    for again in (await checked(client, content), await checked(client, same_pixels)):
        assert again["label"] == "real"
        assert again["fake_probability"] == first["fake_probability"]
        assert again["review"]["model_label"] == "fake"
        assert again["reason"].startswith("A person looked at this very picture and took it for")
        assert "negative" not in str(again)
    read = (await client.get(f"/v1/verdicts/{first['id']}")).json()
    assert (read["label"], read["review"]["label"]) == ("real", "real")
    anew = await checked(client, content, fresh="true")
    assert (anew["label"], anew["review"]["model_label"]) == ("real", "fake")


async def test_on_a_near_picture_a_human_label_is_only_a_hint(client: Client) -> None:
    first = await checked(client, encoded(portrait()))
    await reviewed(client, first["id"], "real")

    copy = await checked(client, encoded(portrait(), "JPEG", quality=80))

    assert (copy["label"], copy["review"]) == ("fake", None)
    hints = [one["review"] for one in [copy["near"], *copy["related"]] if one]
    assert hints
    assert set(hints) == {"real"}


async def test_what_is_uncertain_reported_or_appealed_waits_until_a_review(client: Client) -> None:
    assert await queued(client) == {"two": ["uncertain"]}
    answer = await client.post("/v1/verdicts/one/reports", json={"note": "  It is my photo.\r\n"})
    assert answer.status_code == 201
    assert answer.json()["note"] == "It is my photo."
    assert (await client.post("/v1/verdicts/two/appeals", json={})).status_code == 201

    assert await queued(client) == {"two": ["appealed", "uncertain"], "one": ["reported"]}
    assert await queued(client, "?reason=reported") == {"one": ["reported"]}
    page = (await client.get("/v1/reviews/queue?limit=1")).json()
    assert [item["verdict"]["id"] for item in page["items"]] == ["two"]
    assert await queued(client, f"?limit=1&cursor={page['next']}") == {"one": ["reported"]}

    await reviewed(client, "one", "fake")
    await reviewed(client, "two", "real")
    assert await queued(client) == {}


async def test_the_history_tells_reviews_appeals_and_overturns(client: Client) -> None:
    await client.post("/v1/verdicts/one/reports", json={"expected": "real"})
    await reviewed(client, "one", "fake", "The ear.")
    await client.post("/v1/verdicts/one/appeals", json={"note": "Look at the original."})
    waiting = (await client.get("/v1/verdicts/one/reviews")).json()
    assert waiting["appeals"][0]["decision"] is None
    await reviewed(client, "one", "real", "True.")

    told = (await client.get("/v1/verdicts/one/reviews")).json()

    assert told["model_label"] == "fake"
    assert [(one["label"], one["overturned"]) for one in told["reviews"]] == [
        ("fake", False),
        ("real", True),
    ]
    [appeal] = told["appeals"]
    assert (appeal["decision"], appeal["by"]) == ("overturned", "local")
    assert appeal["decided_at"] == told["reviews"][1]["at"]
    assert [one["expected"] for one in told["reports"]] == ["real"]


async def test_of_each_caller_one_report_is_kept(client: Client) -> None:
    for note in ("first", "last"):
        await client.post("/v1/verdicts/one/reports", json={"note": note})
    told = (await client.get("/v1/verdicts/one/reviews")).json()
    assert [one["note"] for one in told["reports"]] == ["last"]


async def test_a_lookup_tells_the_human_label_too(client: Client) -> None:
    await reviewed(client, "one", "real")
    sha256 = verdict("one").picture.sha256
    found = (await client.get(f"/v1/reputation?sha256={sha256}")).json()
    assert (found["verdict"]["label"], found["verdict"]["model_label"]) == ("real", "fake")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"label": "Fake"}, "label"),
        ({"note": "x"}, "label"),
        ({"label": "fake", "note": "x" * 2001}, "2001"),
        ({"label": "fake", "note": "a\x1b[31m"}, "x1b"),
        ({"label": "fake", "note": "a\u202egnp.exe"}, "u202e"),
        ({"label": "fake", "note": {"$gt": ""}}, "note"),
        ({"label": "fake", "more": 1}, "more"),
        ([], "body"),
    ],
)
async def test_a_bad_review_is_named_and_changes_nothing(
    client: Client, body: object, named: str
) -> None:
    detail = problem(await client.post("/v1/verdicts/one/reviews", json=body), 422)
    assert named in detail
    assert (await client.get("/v1/verdicts/one")).json()["label"] == "fake"


async def test_what_cannot_be_found_is_told(client: Client) -> None:
    for kind in ("reports", "reviews", "appeals"):
        answer = await client.post(f"/v1/verdicts/gone/{kind}", json={"label": "fake"})
        assert problem(answer, 404 if kind == "reviews" else 422)
    assert "gone" in problem(await client.post("/v1/verdicts/gone/reports", json={}), 404)
    assert "gone" in problem(await client.get("/v1/verdicts/gone/reviews"), 404)
    for query, named in (
        ("cursor=x", "'x'"),
        ("cursor=1_2_%00", "cursor"),
        ("limit=0", "'0'"),
        ("limit=101", "101"),
        ("limit=%D9%A3", "limit"),
        ("reason=bored", "bored"),
    ):
        assert named in problem(await client.get(f"/v1/reviews/queue?{query}"), 422)
    text = await client.post("/v1/verdicts/one/reports", content="x")
    assert "application/json" in problem(text, 415) or "JSON" in problem(text, 415)
    large = await client.post("/v1/verdicts/one/reports", json={"note": "x" * 100_000})
    assert "65,536" in problem(large, 413)


@pytest.mark.parametrize(
    ("scope", "may"),
    [
        (Scope.CHECK, {"reports", "appeals"}),
        (Scope.LOOKUP, set()),
        (Scope.REVIEW, {"reviews", "history", "queue"}),
        (Scope.ADMIN, {"audit", "export"}),
    ],
)
async def test_each_scope_opens_what_it_says(tmp_path: Path, scope: Scope, may: set[str]) -> None:
    async with opened(tmp_path) as store:
        await store.put(verdict("one"))
    async with keyed(tmp_path, NoEngine(), [scope]) as client:
        answers = {
            "reports": await client.post("/v1/verdicts/one/reports", json={}),
            "appeals": await client.post("/v1/verdicts/one/appeals", json={}),
            "reviews": await client.post("/v1/verdicts/one/reviews", json={"label": "real"}),
            "history": await client.get("/v1/verdicts/one/reviews"),
            "queue": await client.get("/v1/reviews/queue"),
            "audit": await client.get("/v1/audit"),
            "export": await client.get("/v1/export"),
        }
    assert {name for name, answer in answers.items() if answer.status_code < 300} == may
    assert {answer.status_code for name, answer in answers.items() if name not in may} <= {403}


async def test_reports_of_many_keys_are_bounded_and_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.desk.REMARKS_AT_MOST", 2)
    async with opened(tmp_path) as store:
        await store.put(verdict("one"))
    settings = Settings(data_dir=tmp_path)
    others = [(await made_key(settings))[1] for _ in range(3)]
    async with keyed(tmp_path, NoEngine(), [Scope.CHECK, Scope.REVIEW]) as client:
        answers = [
            await client.post(
                "/v1/verdicts/one/reports", json={}, headers={"Authorization": f"Bearer {key}"}
            )
            for key in (*others, others[0])
        ]
        history = (await client.get("/v1/verdicts/one/reviews")).json()
        assert [answer.status_code for answer in answers] == [201, 201, 429, 201]
        assert len({one["by"] for one in history["reports"]}) == 2
        await reviewed(client, "one", "real")


async def test_a_label_of_others_overrules_nothing(client: Client, tmp_path: Path) -> None:
    pixels = verdict("one").picture.pixels_sha256
    async with opened(tmp_path) as store:
        await store.add_known([known(pixels, Label.REAL, kind=HashKind.PIXELS)])
    assert (await client.get("/v1/verdicts/one")).json()["label"] == "fake"
