"""That SQLite answers every question by an index, and that an older file becomes today's."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from store_queries import QUERIES, fill
from store_verdicts import MODEL, digest, scored, verdict, witness

from api.store.bands import distance
from api.store.records import Trace
from api.store.sqlite import SqliteStore
from api.store.sqlite.schema import MIGRATIONS

INDEXES = {
    "put": ["verdict_by_pixels (pixels_sha256=? AND model_id=?)"],
    "get": ["sqlite_autoindex_verdict_1 (id=?)"],
    "by_bytes": ["picture_bytes USING PRIMARY KEY (sha256=? AND model_id=?)"],
    "by_pixels": ["verdict_by_pixels (pixels_sha256=? AND model_id=?)"],
    "near": ["band USING PRIMARY KEY (key=?)", "perceptual_hash USING INTEGER PRIMARY KEY"],
    "neighbours": ["sqlite_autoindex_verdict_1 (id=?)"],
    "hashes_since": ["perceptual_hash USING INTEGER PRIMARY KEY (rowid>?)"],
    "links": ["link USING PRIMARY KEY (verdict_id=?)", "link_by_relative (relative_id=?)"],
    "forget_before": [
        "verdict_by_age (checked_at<?)",
        "band USING PRIMARY KEY (key=? AND entry=?)",
        "known_hash_note_by_age (added_at<?)",
    ],
    "seen": ["seen USING PRIMARY KEY (verdict_id=?)"],
    "host": ["host_day USING PRIMARY KEY (host=? AND day>?)"],
    "latest bytes": ["picture_bytes USING PRIMARY KEY (sha256=?)"],
    "latest pixels": ["verdict_by_pixels (pixels_sha256=?)"],
    "latest PDQ": ["band USING PRIMARY KEY (key=?)"],
    "at_address": ["address USING PRIMARY KEY (sha256=?)"],
    "add_known": ["known_hash_by_value (kind=? AND value=? AND source=?)"],
    "known": ["known_hash_by_value (kind=? AND value=?)"],
    "known_near": ["known_band USING PRIMARY KEY (key=?)"],
    "all_known": ["known_hash_by_value ((kind,value,source)>(?,?,?))"],
    "all_verdicts": ["sqlite_autoindex_verdict_1 (id>?)"],
    "job": ["sqlite_autoindex_job_1 (id=?)", "job_item_by_outcome (job_id=? AND outcome=?)"],
    "jobs_of": ["job_by_caller (caller=? AND (created_at,id)<(?,?))"],
    "open_jobs": ["job_unfinished (created_at>?)"],
    "claim_item": ["job_item_open (job_id=? AND ready_at<?)"],
    "finish_job": ["job_item_open (job_id=? AND ready_at>?)"],
    "cancel_job": ["job_item_open (job_id=? AND ready_at>?)"],
    "job_results": ["job_item USING PRIMARY KEY (job_id=? AND number>?)"],
    "forget_job_results": ["job_item_by_verdict (verdict_id=?)"],
    "forget_jobs": ["job_by_end (finished_at<?)"],
    "claim_delivery": ["job_by_delivery (delivery_at<?)"],
    "add_remark review": ["verdict_by_pixels (pixels_sha256=?)"],
    "remarks": ["remark_by_pixels (pixels_sha256=?)"],
    "reviewed": ["known_hash_by_value (kind=? AND value=? AND source=?)"],
    "queue": ["waiting_in_order", "other USING PRIMARY KEY (verdict_id=? AND urgency<?)"],
    "queue of reason": ["waiting_in_order (urgency=?"],
    "named": ["external_name USING PRIMARY KEY (caller=? AND external_id=?)"],
    "ids_named": ["external_name_by_id (external_id=?)"],
    "forget_name": ["external_name_by_id (external_id=?)"],
    "ids_of bytes": ["picture_bytes USING PRIMARY KEY (sha256=?)"],
    "ids_of pixels": ["verdict_by_pixels (pixels_sha256=?)"],
    "delete_verdict": ["remark_by_pixels (pixels_sha256=?)"],
    "forget_said": [
        "remark_by_pixels (pixels_sha256=?)",
        "known_hash_by_value (kind=? AND value=? AND source=?)",
    ],
    "entries": ["audit_by_time ((at,id)<(?,?))"],
    "entries of caller": ["audit_by_caller (caller=? AND (at,id)<(?,?))"],
    "entries of subject": ["audit_by_subject (subject=? AND (at,id)<(?,?))"],
    "forget_entries": ["audit_by_time (at<?)"],
    "keep_clip": ["clip_by_caller (caller=?)", "sqlite_autoindex_clip_1 (caller=? AND id=?)"],
    "clip": ["sqlite_autoindex_clip_1 (caller=? AND id=?)"],
    "forget_clip": ["sqlite_autoindex_clip_1 (caller=? AND id=?)"],
    "forget_clips": ["clip_by_age (ended_at<?)"],
    "key": ["sqlite_autoindex_api_key_1 (id=?)"],
    "begin_replay": ["sqlite_autoindex_replay_1 (caller=? AND key=?)"],
    "end_replay": ["sqlite_autoindex_replay_1 (caller=? AND key=?)"],
    "forget_replays": ["replay_by_age (began_at<?)"],
}
"""Steps that must be in the plan of what a method asks."""


@contextmanager
def plain(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.create_function("pdq_distance", 2, distance, deterministic=True)
        connection.execute("PRAGMA foreign_keys = ON")
        yield connection


def first_schema(path: Path) -> None:
    """A file as the first Candor left it, with one verdict."""
    kept = verdict("one").stored()
    key = (kept.picture.pixels_sha256, MODEL)
    with plain(path) as connection:
        for statement in MIGRATIONS[0]:
            connection.execute(statement)
        connection.execute(
            "INSERT INTO verdict VALUES (?, ?, ?, ?, ?)",
            ("one", *key, kept.checked_at.timestamp(), kept.model_dump_json()),
        )
        connection.execute(
            "INSERT INTO picture_bytes VALUES (?, ?, 'one', 'PNG', 1)", (kept.picture.sha256, MODEL)
        )
        connection.execute("PRAGMA user_version = 1")


def plan(connection: sqlite3.Connection, statement: str) -> list[str]:
    return [row[-1] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]


def scans(connection: sqlite3.Connection, steps: list[str]) -> list[str]:
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema")]
    return [step for step in steps if re.match(rf"SCAN ({'|'.join(tables)})\b", step)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "candor.db"


@pytest.mark.parametrize("name", QUERIES)
async def test_each_query_has_its_index(path: Path, name: str) -> None:
    store = SqliteStore(path)
    await store.open()
    await fill(store)
    said: list[str] = []
    for connection in (store._reader, store._writer):
        assert connection is not None
        await connection.set_trace_callback(said.append)
    assert store._pointer is not None
    store._pointer.set_trace_callback(said.append)
    await QUERIES[name](store)
    await store.close()
    asked = [one for one in said if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE)\b", one)]
    with plain(path) as connection:
        steps = [step for statement in asked for step in plan(connection, statement)]
        assert scans(connection, steps) == []
    for index in INDEXES.get(name, []):
        assert any(index in step for step in steps), (index, steps)


async def test_what_goes_with_a_verdict_is_found_by_an_index(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    await store.close()
    with plain(path) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM pragma_table_list")]
        references = [
            (table, row[3])
            for table in tables
            for row in connection.execute(f"PRAGMA foreign_key_list({table})")
        ]
        for table, column in references:
            statement = f"DELETE FROM {table} WHERE {column} = 'x'"  # noqa: S608
            assert scans(connection, plan(connection, statement)) == []
    assert len(references) == 9


async def test_a_file_of_the_first_schema_keeps_what_it_holds(path: Path) -> None:
    first_schema(path)
    store = SqliteStore(path)
    await store.open()
    kept = verdict("one").stored()
    assert await store.get("one") == kept
    assert await store.by_bytes(kept.picture.sha256, MODEL) == kept
    assert await store.neighbours([("one", 1)])
    await store.put(scored("two"), Trace(witness("two")))
    assert [one.witness for one in await store.near(digest("hash of two"), MODEL, 3)] == [
        witness("two")
    ]
    await store.close()


async def test_an_older_file_becomes_the_same_as_a_new_one(path: Path, tmp_path: Path) -> None:
    first_schema(path)
    new = tmp_path / "new.db"
    for name in (path, new):
        stores = [SqliteStore(name) for _ in range(4)]
        await asyncio.gather(*(store.open() for store in stores))
        await asyncio.gather(*(store.close() for store in stores))
    schemas = []
    for name in (path, new):
        with plain(name) as connection:
            schemas.append(connection.execute("SELECT name, sql FROM sqlite_schema").fetchall())
            assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert schemas[0] == schemas[1]


async def test_many_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    for turn in range(20):
        stores = [SqliteStore(tmp_path / f"{turn}.db") for _ in range(8)]
        await asyncio.gather(*(store.open() for store in stores))
        await asyncio.gather(*(store.close() for store in stores))


async def test_nothing_is_left_of_what_was_forgotten(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    await fill(store)
    assert await QUERIES["forget_before"](store) == 3
    await store.close()
    with plain(path) as connection:
        names = (
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite%'"
        )
        filled = {
            table
            for (table,) in connection.execute(names).fetchall()
            if connection.execute(f"SELECT 1 FROM {table}").fetchone()  # noqa: S608
        }
    assert filled == {
        "host_day",
        "batch",
        "known_hash",
        "known_band",
        "job",
        "job_item",
        "audit",
        "clip",
        "api_key",
        "replay",
    }
