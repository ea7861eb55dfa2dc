"""The indexes of the MongoDB store, and how an older database becomes today's.

Each index is named, and says which query it serves. `schema` holds one document: the version, and
until when a process has claimed the step to the next one. Every step may run again, or beside
itself: a process that dies in one leaves it to whoever comes when its claim has ended.

The database is typed `Any`, since only `api.store.mongo.connection`, which calls this, knows Motor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from pymongo import DeleteOne, UpdateOne
from pymongo.errors import DuplicateKeyError, OperationFailure, PyMongoError

from api.errors import StoreUnavailable
from api.replays import REPLAYED_FOR_S
from api.store.records import REVIEW
from api.store.tallies import microseconds

CLAIM = timedelta(seconds=60)
"""How long a process may work on a step before another takes it for dead."""

WAIT_S = 90.0
"""How long to wait for processes that start at the same time."""

PAUSE_S = 0.1

PAGE = 1000

AGED = ("verdicts", "picture_bytes", "addresses", "external_names")
"""The collections whose `checked_at` is that of a verdict, and which forget together."""

BY_AGE = "by_age"

MOST_SECONDS = 2**31 - 1
"""68 years: MongoDB takes no longer time to live."""

INDEX_NOT_FOUND = 27

VERSION = {"_id": "candor"}


async def migrate(database: Any) -> None:
    """Bring the database to the newest version; each step is done once, whoever starts with us.

    Raises:
        StoreUnavailable: A newer Candor wrote it, or another process is at it for too long.
    """
    schema = database["schema"]
    try:
        async with asyncio.timeout(WAIT_S):
            while (version := await _version(schema)) < len(MIGRATIONS):
                if await _claimed(database, version):
                    await _taken(database, version)
                else:
                    await asyncio.sleep(PAUSE_S)
    except TimeoutError:
        raise StoreUnavailable(
            "Another process is bringing MongoDB up to date; try again when it is done."
        ) from None
    if version > len(MIGRATIONS):
        raise StoreUnavailable(
            f"MongoDB has schema {version} and this Candor knows {len(MIGRATIONS)}: "
            "use the newer Candor that wrote it, or name another database."
        )


async def retain(database: Any, days: int | None) -> None:
    """Let MongoDB forget what was checked over `days` ago; None keeps it for ever."""
    seconds = None if days is None else min(days * 86_400, MOST_SECONDS)
    expiry = {} if seconds is None else {"expireAfterSeconds": seconds}
    for name in AGED:
        collection = database[name]
        index = (await collection.index_information()).get(BY_AGE)
        if index and index.get("expireAfterSeconds") == seconds:
            continue
        if index and expiry and "expireAfterSeconds" in index:
            await database.command("collMod", name, index={"name": BY_AGE, **expiry})
            continue
        if index:
            await _dropped(collection)
        # forget_before, and the time to live
        await collection.create_index([("checked_at", 1)], name=BY_AGE, **expiry)


async def _dropped(collection: Any) -> None:
    try:
        await collection.drop_index(BY_AGE)
    except OperationFailure as error:
        # A process that starts with us was faster.
        if error.code != INDEX_NOT_FOUND:
            raise


async def _version(schema: Any) -> int:
    found = await schema.find_one(VERSION)
    return found["version"] if found else 0


async def _claimed(database: Any, version: int) -> bool:
    """Whether the step from this version is ours to take, for as long as `CLAIM`."""
    schema = database["schema"]
    with suppress(DuplicateKeyError):
        await schema.update_one(VERSION, {"$setOnInsert": {"version": 0}}, upsert=True)
    # The server's clock: those of the processes may differ.
    now = (await database.client.admin.command("hello"))["localTime"]
    free = {**VERSION, "version": version, "claimed_until": {"$not": {"$gt": now}}}
    claim = await schema.update_one(free, {"$set": {"claimed_until": now + CLAIM}})
    return bool(claim.modified_count)


async def _taken(database: Any, version: int) -> None:
    schema = database["schema"]
    here = {**VERSION, "version": version}
    try:
        await MIGRATIONS[version](database)
    except BaseException:
        with suppress(PyMongoError):
            await schema.update_one(here, {"$unset": {"claimed_until": ""}})
        raise
    done = {"$set": {"version": version + 1}, "$unset": {"claimed_until": ""}}
    await schema.update_one(here, done)


async def _index_verdicts(database: Any) -> None:
    # by_pixels, latest by pixels, and the promise of one verdict per picture and model.
    await database["verdicts"].create_index(
        [("pixels_sha256", 1), ("model_id", 1)], name="verdict_by_pixels", unique=True
    )
    # by_bytes, and latest by bytes
    await database["picture_bytes"].create_index(
        [("sha256", 1), ("model_id", 1)], name="verdict_by_bytes", unique=True
    )


async def _index_traces(database: Any) -> None:
    verdicts = database["verdicts"]
    # near, and latest by PDQ
    await verdicts.create_index([("bands", 1)], name="verdict_by_band", sparse=True)
    # hashes_since
    await verdicts.create_index(
        [("came", 1), ("_id", 1)],
        name="verdict_by_arrival",
        partialFilterExpression={"came": {"$exists": True}},
    )
    # links to the relatives that came later, and forget_before
    await verdicts.create_index(
        [("relatives.verdict_id", 1)], name="verdict_by_relative", sparse=True
    )
    # host, and the promise of one count per host, day and label
    await database["host_days"].create_index(
        [("host", 1), ("day", 1), ("label", 1)], name="host_by_day", unique=True
    )
    # known_near
    await database["known_hashes"].create_index([("bands", 1)], name="known_by_band", sparse=True)
    await _give_bytes_an_age(database)


async def _give_bytes_an_age(database: Any) -> None:
    """Copy each verdict's `checked_at` to the bytes that lead to it; bytes without one go."""
    links = database["picture_bytes"]
    after: dict[str, Any] = {}
    while page := await _page(links, {"checked_at": None, **after}):
        ids = [link["verdict_id"] for link in page]
        found = database["verdicts"].find({"_id": {"$in": ids}}, {"checked_at": 1})
        ages = {one["_id"]: one["checked_at"] for one in await found.to_list(None)}
        changes = [
            UpdateOne({"_id": link["_id"]}, {"$set": {"checked_at": ages[link["verdict_id"]]}})
            if link["verdict_id"] in ages
            else DeleteOne({"_id": link["_id"]})
            for link in page
        ]
        await links.bulk_write(changes, ordered=False)
        after = {"_id": {"$gt": page[-1]["_id"]}}


async def _page(collection: Any, query: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]]
    found = await collection.find(query).sort("_id", 1).limit(PAGE).to_list(None)
    return found


async def _index_replays(database: Any) -> None:
    # The time to live: MongoDB forgets by itself what `forget_replays` deletes elsewhere.
    await database["replays"].create_index(
        [("began_at", 1)], name="replay_by_age", expireAfterSeconds=REPLAYED_FOR_S
    )


async def _index_jobs(database: Any) -> None:
    jobs, items = database["jobs"], database["job_items"]
    # jobs_of
    await jobs.create_index([("caller", 1), ("created_at", -1), ("_id", -1)], name="job_by_caller")
    # open_jobs
    await jobs.create_index([("open_since", 1)], name="job_unfinished", sparse=True)
    # forget_jobs
    await jobs.create_index([("finished_at", 1)], name="job_by_end", sparse=True)
    await jobs.create_index([("hidden_since", 1)], name="job_hidden", sparse=True)
    # claim_delivery
    await jobs.create_index([("delivery_at", 1)], name="job_by_delivery", sparse=True)
    # job_results, and the promise of one item for each number
    await items.create_index([("job_id", 1), ("number", 1)], name="job_item_by_number", unique=True)
    # claim_item, finish_job, cancel_job
    await items.create_index(
        [("job_id", 1), ("ready_at", 1)],
        name="job_item_open",
        partialFilterExpression={"ready_at": {"$exists": True}},
    )
    # The tally of a job
    await items.create_index([("job_id", 1), ("outcome", 1)], name="job_item_by_outcome")
    # forget_job_results
    await items.create_index([("verdict_id", 1)], name="job_item_by_verdict", sparse=True)


async def _index_people(database: Any) -> None:
    verdicts, audit = database["verdicts"], database["audit"]
    waits = {"waits.checked_at": {"$exists": True}}
    order = [("waits.checked_at", 1), ("_id", 1)]
    # queue
    await verdicts.create_index(
        [("waits.urgency", 1), *order], name="verdict_by_urgency", partialFilterExpression=waits
    )
    # queue of a reason
    await verdicts.create_index(
        [("waits.reasons", 1), *order], name="verdict_by_reason", partialFilterExpression=waits
    )
    # remarks, and delete_verdict
    await database["remarks"].create_index([("pixels_sha256", 1), ("at", 1)], name="by_pixels")
    # forget_before
    await database["remarks"].create_index([("at", 1)], name="by_age")
    # named, and the promise of one verdict for each name
    names = database["external_names"]
    await names.create_index([("caller", 1), ("external_id", 1)], name="by_name", unique=True)
    # ids_named, forget_name
    await names.create_index([("external_id", 1)], name="by_external_id")
    # delete_verdict
    for name in ("external_names", "picture_bytes", "addresses"):
        await database[name].create_index([("verdict_id", 1)], name="by_verdict")
    # entries of everybody, and forget_entries
    await audit.create_index([("at", 1), ("_id", 1)], name="by_time")
    # entries of a caller
    await audit.create_index([("caller", 1), ("at", 1), ("_id", 1)], name="by_caller")
    # entries about a subject
    await audit.create_index([("subject", 1), ("at", 1), ("_id", 1)], name="by_subject")


async def _index_clips(database: Any) -> None:
    # keep_clip, which counts a caller's
    await database["clips"].create_index(
        [("caller", 1), ("ended_at", -1), ("_id", 1)], name="clip_by_caller"
    )
    # forget_clips
    await database["clips"].create_index([("ended_at", 1)], name="clip_by_age")


async def _index_notes(database: Any) -> None:
    """Give notes of reviews the age by which they are forgotten; the labels stay."""
    known = database["known_hashes"]
    noted: dict[str, Any] = {"document.source": REVIEW, "document.note": {"$gt": ""}}
    while page := await _page(known, noted):
        ages = [datetime.fromisoformat(one["document"]["added_at"]) for one in page]
        changes = [
            UpdateOne({"_id": one["_id"]}, {"$set": {"noted_at": microseconds(age)}})
            for one, age in zip(page, ages, strict=True)
        ]
        await known.bulk_write(changes, ordered=False)
        noted["_id"] = {"$gt": page[-1]["_id"]}
    # forget_before
    await known.create_index([("noted_at", 1)], name="note_by_age", sparse=True)


MIGRATIONS: tuple[Callable[[Any], Awaitable[None]], ...] = (
    _index_verdicts,
    _index_traces,
    _index_replays,
    _index_jobs,
    _index_people,
    _index_clips,
    _index_notes,
)
