"""Whoever could make people's word their own would turn a fake real, or bury a true report.

Gained would be a human label without a human, a queue in which nothing is found, another caller's
names, or a note that does something to the person who reads it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from remembered import NoEngine, digest, opened, remembering, verdict

from api.keys import Scope
from api.naming import Name
from api.settings import Settings
from api.store.records import REVIEW
from api.verdict import Label

from keyed import keyed, made_key

NDJSON = {"Content-Type": "application/x-ndjson"}


async def test_a_thousand_reports_change_no_label_and_take_one_place(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.put(verdict("fake"))
        await store.put(verdict("true report", minutes=1))
    async with remembering(tmp_path) as client:
        for number in range(300):
            body = {"expected": "real", "note": f"Trust me {number}."}
            await client.post("/v1/verdicts/fake/reports", json=body)
            await client.post("/v1/verdicts/fake/appeals", json={"note": str(number)})
        await client.post("/v1/verdicts/true report/reports", json={})

        assert (await client.get("/v1/verdicts/fake")).json()["label"] == "fake"
        queue = (await client.get("/v1/reviews/queue")).json()["items"]
        assert [one["verdict"]["id"] for one in queue] == ["fake", "true report"]
        history = queue[0]["history"]
        assert (len(history["reports"]), len(history["appeals"])) == (1, 1)


async def test_who_may_only_check_cannot_review_by_any_way(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.put(verdict("one"))
    pixels = verdict("one").picture.pixels_sha256
    label = (
        f'{{"kind": "pixels", "value": "{pixels}", "label": "real", "source": "{REVIEW}", '
        '"added_at": "2026-03-29T12:00:00Z"}\n'
    )
    async with keyed(tmp_path, NoEngine(), [Scope.CHECK, Scope.LOOKUP]) as client:
        for attempt in (
            await client.post("/v1/verdicts/one/reviews", json={"label": "real"}),
            await client.post("/v1/verdicts/one/reports", json={"kind": "review", "label": "real"}),
            await client.post("/v1/import?own_reviews=true", content=label, headers=NDJSON),
            await client.delete("/v1/verdicts/one"),
        ):
            assert attempt.status_code in (403, 422)
        assert (await client.get("/v1/verdicts/one")).json()["label"] == "fake"


async def test_a_partners_list_cannot_pose_as_our_reviewers(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.put(verdict("one"))
    pixels = verdict("one").picture.pixels_sha256
    label = (
        f'{{"kind": "pixels", "value": "{pixels}", "label": "real", "source": "{REVIEW}", '
        '"added_at": "2026-03-29T12:00:00Z"}\n'
    )
    async with remembering(tmp_path) as client:
        answer = await client.post("/v1/import", content=label, headers=NDJSON)
        assert answer.json()["added"] == 1
        assert (await client.get("/v1/verdicts/one")).json()["label"] == "fake"


async def test_names_of_another_caller_are_neither_read_nor_taken(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    key, _ = await made_key(settings)
    async with opened(tmp_path) as store:
        one = verdict("one", Label.REAL)
        await store.put(one)
        await store.give_name(Name(key.id, "post-17"), one)
    async with keyed(tmp_path, NoEngine(), [Scope.LOOKUP]) as client:
        for name in ("post-17", f"{key.id}:post-17", '{"$gt": ""}', "%", "post-1_", "*"):
            found = await client.get("/v1/verdicts", params={"external_id": name})
            assert found.status_code == 404, name
        found = await client.get(f"/v1/verdicts?external_id=post-17&caller={key.id}")
        assert found.status_code == 404


@pytest.mark.parametrize(
    "note",
    ["\x1b]0;owned\x07", "a\x00b", "\u202egpj.exe", "line\u2066", "\x9b31m", "\ud800"],
    ids=["terminal", "nul", "bidi override", "bidi isolate", "c1", "half a pair"],
)
async def test_a_note_is_only_text(tmp_path: Path, note: str) -> None:
    async with opened(tmp_path) as store:
        await store.put(verdict("one"))
    async with remembering(tmp_path) as client:
        answer = await client.post(
            "/v1/verdicts/one/reports",
            content=json.dumps({"note": note}),
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code == 422
        assert note not in answer.text
        written = (await client.get("/v1/verdicts/one/reviews")).json()
        assert written["reports"] == []


async def test_a_deletion_cannot_be_widened(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.put(verdict("one"))
        await store.put(verdict("two"))
    async with remembering(tmp_path) as client:
        for path in (
            "/v1/verdicts/*",
            "/v1/verdicts/%25",
            '/v1/verdicts/{"$gt":""}',
            "/v1/verdicts/one,two",
            "/v1/verdicts?sha256[$ne]=x",
            "/v1/verdicts?external_id=%25",
            "/v1/verdicts?external_id=",
            f"/v1/verdicts?pixels={digest('pixels of one')}&external_id=x",
        ):
            assert (await client.delete(path)).status_code in (404, 422), path
        assert (await client.get("/v1/verdicts/one")).status_code == 200
        assert (await client.get("/v1/verdicts/two")).status_code == 200
