"""That MongoDB has an index for every question, forgets by age, and is brought up to date once."""

from __future__ import annotations

import asyncio
import functools
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import REAL_MONGODB
from mongo_server import MongoServer
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.monitoring import CommandListener
from store_queries import QUERIES, fill
from store_verdicts import MODEL, digest, scored, verdict

from api.errors import StoreUnavailable
from api.store.mongo import MongoStore, connection, schema
from api.store.mongo.known import label_id
from api.store.records import REVIEW, HashKind, KnownHash
from api.verdict import Label

Document = dict[str, Any]

INDEXES = {
    "by_bytes": "verdict_by_bytes",
    "by_pixels": "verdict_by_pixels",
    "near": "verdict_by_band",
    "near any model": "verdict_by_band",
    "hashes_since": "verdict_by_arrival",
    "links": "verdict_by_relative",
    "forget_before": "by_age",
    "host": "host_by_day",
    "latest bytes": "verdict_by_bytes",
    "latest pixels": "verdict_by_pixels",
    "latest PDQ": "verdict_by_band",
    "known_near": "known_by_band",
    "jobs_of": "job_by_caller",
    "open_jobs": "job_unfinished",
    "claim_item": "job_item_open",
    "finish_job": "job_item_open",
    "cancel_job": "job_item_open",
    "job_results": "job_item_by_number",
    "forget_job_results": "job_item_by_verdict",
    "forget_jobs": "job_by_end",
    "claim_delivery": "job_by_delivery",
    "add_remark review": "verdict_by_pixels",
    "remarks": "by_pixels",
    "queue": "verdict_by_urgency",
    "queue of reason": "verdict_by_reason",
    "named": "by_name",
    "ids_named": "by_external_id",
    "forget_name": "by_external_id",
    "ids_of bytes": "verdict_by_bytes",
    "ids_of pixels": "verdict_by_pixels",
    "delete_verdict": "by_verdict",
    "forget_said": "by_pixels",
    "entries": "by_time",
    "entries of caller": "by_caller",
    "entries of subject": "by_subject",
    "forget_entries": "by_time",
    "forget_replays": "replay_by_age",
    "keep_clip": "clip_by_caller",
    "forget_clips": "clip_by_age",
}
"""What the plan of a method's queries must name. The others need `_id_` alone."""

NOT_PLANNED = {
    "put", "link_bytes", "hashes_since", "record", "latest PDQ", "add_known", "known", "all_known",
    "all_verdicts", "host", "add_job", "job", "jobs_of", "jobs_of before", "open_jobs",
    "claim_item", "finish_job", "cancel_job", "delete_job", "forget_job_results", "forget_jobs",
    "claim_delivery", "revoke_key", "begin_replay", "hold_replay", "end_replay",
    "end_replay without", "queue", "queue of reason", "delete_verdict",
}  # fmt: skip
"""What SecantusDB scans for though it has the index: ranges over `_id`, several conditions."""


class Commands(CommandListener):
    """What a client asked, as its filters."""

    def __init__(self) -> None:
        self.asked: list[Document] = []

    def started(self, event: Any) -> None:
        command = dict(event.command)
        if event.command_name == "find":
            kept = ("find", "filter", "sort", "limit", "projection")
            self.asked.append({name: command[name] for name in kept if name in command})
        if event.command_name == "findAndModify":
            self.asked.append({"find": command["findAndModify"], "filter": command["query"]})
        many = {"update": "updates", "delete": "deletes"}.get(event.command_name)
        for one in command[many] if many else ():
            self.asked.append({"find": command[event.command_name], "filter": one["q"]})

    def succeeded(self, event: Any) -> None: ...

    def failed(self, event: Any) -> None: ...


def values(tree: Any, name: str) -> Iterator[str]:
    """All that is called `name`, however deep."""
    if isinstance(tree, dict):
        if isinstance(tree.get(name), str):
            yield tree[name]
        for part in tree.values():
            yield from values(part, name)
    if isinstance(tree, list):
        for part in tree:
            yield from values(part, name)


@pytest.fixture(params=["secantus", *(["mongodb"] if REAL_MONGODB else [])])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "mongodb":
        return str(request.getfixturevalue("real_mongo_url"))
    server: MongoServer = request.getfixturevalue("shared_mongo")
    return server.url(f"candor_{uuid.uuid4().hex}")


@pytest.fixture
def database(url: str) -> Iterator[Database[Document]]:
    with MongoClient[Document](url) as client:
        yield client.get_default_database()


async def opened(url: str, retention_days: int | None = None) -> MongoStore:
    store = MongoStore(url, retention_days)
    await store.open()
    return store


async def open_and_close(url: str, retention_days: int | None = None) -> None:
    await (await opened(url, retention_days)).close()


def lifetimes(database: Database[Document]) -> set[int | None]:
    return {
        database[name].index_information()["by_age"].get("expireAfterSeconds")
        for name in ("verdicts", "picture_bytes", "addresses")
    }


@pytest.mark.parametrize("name", QUERIES)
async def test_each_query_has_its_index(
    request: pytest.FixtureRequest,
    url: str,
    database: Database[Document],
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listening, client = Commands(), connection.AsyncIOMotorClient
    monkeypatch.setattr(
        connection, "AsyncIOMotorClient", functools.partial(client, event_listeners=[listening])
    )
    store = await opened(url)
    await fill(store)
    listening.asked.clear()
    await QUERIES[name](store)
    await store.close()
    assert listening.asked
    if "secantus" in request.node.callspec.id and name in NOT_PLANNED:
        everywhere = [database[one].index_information() for one in database.list_collection_names()]
        assert INDEXES.get(name, "_id_") in set().union(*everywhere)
        return
    plans = [
        database.command("explain", one, verbosity="queryPlanner")["queryPlanner"]["winningPlan"]
        for one in listening.asked
    ]
    assert "COLLSCAN" not in values(plans, "stage")
    if name in INDEXES:
        assert INDEXES[name] in values(plans, "indexName")


async def test_each_index_is_as_it_should_be(url: str, database: Database[Document]) -> None:
    await open_and_close(url)
    verdicts = database["verdicts"].index_information()
    known = database["known_hashes"].index_information()
    hosts = database["host_days"].index_information()
    assert verdicts["verdict_by_band"]["key"] == [("bands", 1)]
    assert verdicts["verdict_by_arrival"]["key"] == [("came", 1), ("_id", 1)]
    assert verdicts["verdict_by_relative"]["key"] == [("relatives.verdict_id", 1)]
    assert known["known_by_band"]["key"] == [("bands", 1)]
    assert hosts["host_by_day"]["key"] == [("host", 1), ("day", 1), ("label", 1)]
    assert verdicts["verdict_by_band"]["sparse"] is known["known_by_band"]["sparse"] is True
    assert hosts["host_by_day"]["unique"] is True


async def test_a_retention_is_set_changed_and_lifted(
    url: str, database: Database[Document]
) -> None:
    day = 24 * 60 * 60
    for retention, seconds in [(None, None), (30, 30 * day), (7, 7 * day), (None, None)]:
        for _ in range(2):
            await open_and_close(url, retention)
            assert lifetimes(database) == {seconds}


async def test_a_retention_of_a_century_is_as_long_as_mongodb_allows(
    url: str, database: Database[Document]
) -> None:
    await open_and_close(url, 36_500)
    assert lifetimes(database) == {2**31 - 1}


async def test_all_that_ages_bears_the_age_of_its_verdict(
    url: str, database: Database[Document]
) -> None:
    store = await opened(url)
    await fill(store)
    await store.close()
    ages = {one["_id"]: one["checked_at"] for one in database["verdicts"].find()}
    for name in ("picture_bytes", "addresses"):
        documents = list(database[name].find())
        assert documents
        assert all(one["checked_at"] == ages[one["verdict_id"]] for one in documents)


async def test_nothing_is_left_of_what_was_forgotten(
    url: str, database: Database[Document]
) -> None:
    store = await opened(url)
    await fill(store)
    assert await QUERIES["forget_before"](store) == 3
    await store.close()
    filled = {name for name in database.list_collection_names() if database[name].find_one()}
    assert filled == {
        "host_days",
        "known_hashes",
        "schema",
        "jobs",
        "job_items",
        "audit",
        "clips",
        "api_keys",
        "replays",
    }


async def test_an_entry_that_appears_late_is_not_left_out(
    url: str, database: Database[Document]
) -> None:
    store = await opened(url)
    for name in ("one", "two", "late"):
        await store.put(scored(name))
    moment = datetime.now(UTC)
    for name, ago in (("one", 300), ("two", 0), ("late", 50)):
        came = moment - timedelta(seconds=ago)
        database["verdicts"].update_one({"_id": name}, {"$set": {"came": came}})
    late = database["verdicts"].find_one_and_delete({"_id": "late"})
    assert late is not None
    found, cursor = await store.hashes_since("", 10)
    assert [entry.verdict_id for entry in found] == ["one", "two"]
    assert await store.hashes_since(cursor, 10) != ([], cursor)
    _, end = await store.hashes_since(cursor, 10)
    database["verdicts"].insert_one(late)
    found, _ = await store.hashes_since(end, 10)
    assert [entry.verdict_id for entry in found] == ["late", "two"]
    await store.close()


async def test_a_database_of_the_first_schema_keeps_what_it_holds(
    url: str, database: Database[Document]
) -> None:
    kept = verdict("one").stored()
    key = {"pixels_sha256": kept.picture.pixels_sha256, "model_id": MODEL}
    database["verdicts"].insert_one(
        {
            "_id": "one",
            **key,
            "checked_at": kept.checked_at,
            "document": kept.model_dump(mode="json"),
        }
    )
    link = {"model_id": MODEL, "format": "PNG", "frames": 1}
    database["picture_bytes"].insert_many(
        [
            {"sha256": kept.picture.sha256, "verdict_id": "one", **link},
            {"sha256": "dangling", "verdict_id": "gone", **link},
        ]
    )
    store = await opened(url)
    assert await store.get("one") == kept
    assert await store.by_bytes(kept.picture.sha256, MODEL) == kept
    (leading,) = database["picture_bytes"].find()
    assert leading["checked_at"] == database["verdicts"].find_one()["checked_at"]  # type: ignore[index]
    assert await store.forget_before(kept.checked_at + timedelta(seconds=1)) == 1
    assert await store.by_bytes(kept.picture.sha256, MODEL) is None
    await store.close()


async def test_notes_that_were_kept_before_they_had_an_age_are_forgotten_too(
    url: str, database: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "PAGE", 2)
    now = datetime(2026, 3, 29, 12, tzinfo=UTC)
    kept = [
        KnownHash(
            kind=HashKind.PIXELS, value=digest(f"{number}"), label=Label.REAL, source=source,
            note="The ear.", added_at=now,
        )
        for number in range(5)
        for source in (REVIEW, "a list")
    ]  # fmt: skip
    database["known_hashes"].insert_many(
        {"_id": label_id(one), "value": one.value, "document": one.model_dump(mode="json")}
        for one in kept
    )
    store = await opened(url)
    await store.forget_before(now + timedelta(seconds=1))
    notes = {(one.source, one.note) async for one in store.all_known()}
    await store.close()
    assert notes == {(REVIEW, ""), ("a list", "The ear.")}


async def test_processes_that_start_together_take_each_step_once(
    url: str, database: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []

    async def step(_: object) -> None:
        taken.append("step")
        await asyncio.sleep(0.3)

    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, step))
    await asyncio.gather(*(open_and_close(url) for _ in range(6)))
    assert taken == ["step"]
    assert database["schema"].find_one() == {"_id": "candor", "version": len(schema.MIGRATIONS)}


async def test_a_step_that_failed_is_taken_by_the_next(
    url: str, database: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def step(_: object) -> None:
        raise StoreUnavailable("The disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, step))
        with pytest.raises(StoreUnavailable, match="disk is full"):
            await open_and_close(url)
    await open_and_close(url)
    assert database["schema"].find_one() == {"_id": "candor", "version": len(schema.MIGRATIONS)}


async def test_the_claim_of_a_process_that_died_ends(
    url: str, database: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_and_close(url)
    now = datetime.now(UTC)
    behind = {"version": 1, "claimed_until": now + timedelta(hours=1)}
    database["schema"].update_one({}, {"$set": behind})
    monkeypatch.setattr(schema, "WAIT_S", 0.5)
    with pytest.raises(StoreUnavailable, match="Another process"):
        await open_and_close(url)
    database["schema"].update_one({}, {"$set": {"claimed_until": now - timedelta(hours=1)}})
    await open_and_close(url)
    assert database["schema"].find_one() == {"_id": "candor", "version": len(schema.MIGRATIONS)}


async def test_the_database_of_a_newer_candor_is_refused(
    url: str, database: Database[Document]
) -> None:
    await open_and_close(url)
    database["schema"].update_one({}, {"$set": {"version": 9}})
    with pytest.raises(StoreUnavailable, match=r"has schema 9 .* use the newer Candor"):
        await open_and_close(url)
