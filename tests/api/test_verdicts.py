"""Verdicts found again, deleted, written down, sent out and taken in, over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from remembered import Client, NoEngine, Scoring, digest, opened, remembering, verdict

from api.keys import Scope
from api.settings import Settings
from api.verdict import Label

from keyed import keyed, made_key
from pictures import encoded, portrait

NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    async with opened(tmp_path) as store:
        await store.put(verdict("one"))
        await store.put(verdict("other model", pixels="one", model="candor-2"))
        await store.put(verdict("two", Label.REAL))
    async with remembering(tmp_path, Scoring()) as client:
        yield client


async def audited(client: Client, query: str = "") -> list[tuple[str, str]]:
    told = (await client.get(f"/v1/audit{query}")).json()
    return [(one["action"], one["subject"]) for one in told["entries"]]


def png() -> bytes:
    return encoded(portrait())


async def test_a_picture_is_found_by_what_its_caller_calls_it(client: Client) -> None:
    ways: list[dict[str, Any]] = [
        {
            "params": {"external_id": "post 1/&"},
            "content": png(),
            "headers": {"Content-Type": "image/png"},
        },
        {"data": {"external_id": "post 1/&"}, "files": {"image": ("a.png", png())}},
    ]
    for way in ways:
        answer = await client.post("/v1/checks", **way)
        assert answer.json()["external_id"] == "post 1/&", answer.text
        found = await client.get("/v1/verdicts", params={"external_id": "post 1/&"})
        assert found.json()["id"] == answer.json()["id"]
        assert found.json()["external_id"] == "post 1/&"


async def test_pictures_of_a_batch_are_found_by_name(client: Client) -> None:
    files = [("pictures", ("post-2", png())), ("pictures", ("x" * 201, png()))]
    lines = (await client.post("/v1/checks/batch", files=files)).text.splitlines()
    told = {one["index"]: one for one in map(json.loads, lines)}
    assert told[0]["status"] == 200
    assert "201 characters" in told[1]["problem"]["detail"]
    found = await client.get("/v1/verdicts?external_id=post-2")
    assert found.json()["id"] == told[0]["verdict"]["id"]


@pytest.mark.parametrize("name", ["", "x" * 201])
async def test_a_bad_name_is_told_before_anything_is_scored(tmp_path: Path, name: str) -> None:
    async with remembering(tmp_path, NoEngine()) as client:
        answer = await client.post(
            "/v1/checks", data={"external_id": name}, files={"image": ("a.png", png())}
        )
        assert answer.status_code == 422
        assert "external_id" in answer.json()["detail"]
        twice = await client.post(
            "/v1/checks?external_id=a",
            data={"external_id": "b"},
            files={"image": ("a.png", png())},
        )
        assert "twice" in twice.json()["detail"]
        for query in ("", f"?external_id={name}", "?external_id=unknown"):
            found = await client.get(f"/v1/verdicts{query}")
            assert found.status_code == (404 if "unknown" in query else 422)


NO_TEXT = {
    "half a pair in UTF-7": (b"+2AA-", "utf-7"),
    "half a pair, escaped": (rb"\ud800", "unicode_escape"),
    "NUL": (b"a\0b", "utf-8"),
    "a line": (b"a\nb", "utf-8"),
    "C1": ("a\x9b31m".encode(), "utf-8"),
}


@pytest.mark.parametrize("kind", NO_TEXT)
async def test_a_name_that_is_no_text_is_refused_in_words(client: Client, kind: str) -> None:
    name, encoding = NO_TEXT[kind]
    answer = await client.post(
        "/v1/checks",
        files={
            "external_id": (None, name, f"text/plain; charset={encoding}"),
            "image": ("a.png", png(), "image/png"),
        },
    )
    assert answer.status_code == 422
    assert ascii(name.decode(encoding)) in answer.json()["detail"]
    assert "in UTF-8" in answer.json()["detail"]


async def test_a_name_may_be_of_any_script(client: Client) -> None:
    name = "صورة 1 \u202b- фото 😀"
    answer = await client.post(
        "/v1/checks", data={"external_id": name}, files={"image": ("a.png", png())}
    )
    assert answer.json()["external_id"] == name
    found = await client.get("/v1/verdicts", params={"external_id": name})
    assert found.json()["id"] == answer.json()["id"]


async def test_another_caller_does_not_find_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    _, other = await made_key(settings, [Scope.LOOKUP])
    async with keyed(tmp_path, Scoring(), [Scope.CHECK, Scope.LOOKUP]) as client:
        await client.post("/v1/checks?external_id=mine", files={"image": ("a.png", png())})
        assert (await client.get("/v1/verdicts?external_id=mine")).status_code == 200
        theirs = {"Authorization": f"Bearer {other}"}
        found = await client.get("/v1/verdicts?external_id=mine", headers=theirs)
        assert found.status_code == 404


async def test_a_verdict_is_deleted_by_id(client: Client) -> None:
    assert (await client.delete("/v1/verdicts/two")).json() == {"verdicts": 1}
    assert (await client.get("/v1/verdicts/two")).status_code == 404
    again = await client.delete("/v1/verdicts/two")
    assert again.status_code == 404
    assert "'two'" in again.json()["detail"]
    assert await audited(client, "?subject=two") == [("verdict.delete", "two")]


@pytest.mark.parametrize(
    ("query", "deleted"),
    [
        ({"pixels": digest("pixels of one")}, ["one", "other model"]),
        ({"pixels": digest("pixels of one").upper()}, ["one", "other model"]),
        ({"sha256": digest("bytes of one")}, ["one"]),
    ],
)
async def test_a_picture_is_deleted_by_digest(
    client: Client, query: dict[str, str], deleted: list[str]
) -> None:
    answer = await client.request("DELETE", "/v1/verdicts", params=query)
    assert answer.json() == {"verdicts": len(deleted)}
    statuses = {
        name: (await client.get(f"/v1/verdicts/{name}")).status_code
        for name in ("one", "other model", "two")
    }
    assert {name for name, status in statuses.items() if status == 404} == set(deleted)
    again = await client.request("DELETE", "/v1/verdicts", params=query)
    assert again.status_code == 404


async def test_a_review_that_outlived_its_verdict_is_deleted_by_pixels(
    client: Client, tmp_path: Path
) -> None:
    told = {"label": "real", "note": "She is my neighbour."}
    await client.post("/v1/verdicts/two/reviews", json=told)
    pixels = {"pixels": digest("pixels of two")}
    async with opened(tmp_path) as store:
        await store.forget_before(datetime.now(UTC) + timedelta(minutes=1))
    [label] = (await client.get("/v1/reputation", params=pixels)).json()["reviews"]
    assert (label["label"], label["note"]) == ("real", "")

    answer = await client.request("DELETE", "/v1/verdicts", params=pixels)

    assert (answer.status_code, answer.json()) == (200, {"verdicts": 0})
    found = await client.get("/v1/reputation", params=pixels)
    assert not found.json().get("reviews")
    assert await audited(client, f"?subject=pixels {pixels['pixels']}") == [
        ("verdict.delete", f"pixels {pixels['pixels']}")
    ]
    again = await client.request("DELETE", "/v1/verdicts", params=pixels)
    assert again.status_code == 404


async def test_a_picture_is_deleted_by_name(client: Client) -> None:
    checked = await client.post("/v1/checks?external_id=post", files={"image": ("a.png", png())})
    answer = await client.request("DELETE", "/v1/verdicts", params={"external_id": "post"})
    assert answer.json() == {"verdicts": 1}
    assert (await client.get(f"/v1/verdicts/{checked.json()['id']}")).status_code == 404
    again = await client.request("DELETE", "/v1/verdicts", params={"external_id": "post"})
    assert again.status_code == 404
    anew = await client.post("/v1/checks", files={"image": ("a.png", png())})
    assert anew.json()["cache"] == "miss"


@pytest.mark.parametrize(
    "query",
    ["", "sha256=x", "sha256[$gt]=", "pixels=", "url=https://a.example/", "sha256=a&pixels=b",
     "external_id=", "id=one", f"sha256={'0' * 64}&sha256={'1' * 64}"],
)  # fmt: skip
async def test_a_vague_deletion_is_refused(client: Client, query: str) -> None:
    answer = await client.delete(f"/v1/verdicts?{query}")
    assert answer.status_code == 422, answer.text
    assert (await client.get("/v1/verdicts/one")).status_code == 200


async def test_who_read_changed_and_deleted_is_written_down(client: Client) -> None:
    await client.get("/v1/verdicts/one")
    await client.post("/v1/verdicts/one/reports", json={})
    await client.post("/v1/verdicts/one/reviews", json={"label": "real"})
    await client.get("/v1/verdicts/one/reviews")
    await client.get("/v1/reviews/queue")
    await client.delete("/v1/verdicts/one")
    await client.get("/v1/verdicts/one")

    told = await audited(client)

    assert told == [
        ("verdict.delete", "one"),
        ("queue.read", ""),
        ("reviews.read", "one"),
        ("verdict.review", "one"),
        ("verdict.report", "one"),
        ("verdict.read", "one"),
    ]
    assert await audited(client, "?by=local&limit=1") == [("audit.read", "")]
    page = (await client.get("/v1/audit?limit=2")).json()
    rest = (await client.get(f"/v1/audit?limit=100&cursor={page['next']}")).json()
    assert [one["action"] for one in rest["entries"]][-6:] == [action for action, _ in told]
    assert (await client.get("/v1/audit?cursor=20269999T000000.0-x")).status_code == 422
    assert await audited(client, "?subject[$ne]=x&by={'$gt':''}") == []


async def test_what_is_exported_can_be_imported(client: Client, tmp_path: Path) -> None:
    await client.post("/v1/verdicts/one/reviews", json={"label": "real"})
    exported = await client.get("/v1/export")
    assert exported.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in exported.text.splitlines()]
    assert {"sha256", "pixels", "pdq"} == {line["kind"] for line in lines}

    async with remembering(tmp_path / "other") as other:
        for query, source in (("", "imported review"), ("?own_reviews=true", "review")):
            answer = await other.post(
                f"/v1/import{query}", content=exported.content, headers=NDJSON
            )
            assert answer.json()["added"] == len(lines), answer.text
            pixels = digest("pixels of one")
            found = (await other.get(f"/v1/reputation?pixels={pixels}")).json()
            assert source in {one["source"] for one in found["reviews"]}
        assert ("import", "") in await audited(other)


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        (b"", 422, "empty"),
        (b"{}\n", 422, "line 1"),
        (b'{"kind": "pdq"', 422, "line 1"),
        (b"\xff\xfe", 422, "line 1"),
        (b"[" * 1000, 422, "line 1"),
    ],
)
async def test_a_bad_import_keeps_nothing_and_names_the_line(
    client: Client, body: bytes, status: int, named: str
) -> None:
    answer = await client.post("/v1/import", content=body, headers=NDJSON)
    assert answer.status_code == status, answer.text
    assert named in answer.json()["detail"]
    assert "tmp" not in answer.json()["detail"]


async def test_an_import_needs_its_type_and_has_a_limit(tmp_path: Path) -> None:
    async with remembering(tmp_path, jobs_max_bytes=1000) as client:
        text = await client.post("/v1/import", content=b"{}")
        assert text.status_code == 415
        large = await client.post("/v1/import", content=b" " * 1001, headers=NDJSON)
        assert large.status_code == 413
        assert "1,000" in large.json()["detail"]
