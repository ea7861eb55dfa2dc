"""Stores that go away and come back, and processes that die while they write."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from mongo_server import MongoServer
from pydantic import SecretStr
from pymongo import MongoClient
from store_memory import Memory
from store_verdicts import MODEL, digest, saved_again, scored, verdict, witness

import api
from api.errors import StoreUnavailable
from api.settings import Settings
from api.store.mongo import connection
from api.store.records import Trace

REPOSITORY = Path(api.__file__).parent.parent
ACKNOWLEDGED = 40
HANG_S = 60
"""Ends a test that hangs. How long the answer takes is not tested."""


def acknowledged_before_a_kill(**environment: str) -> list[str]:
    """Ids that a writing process told before SIGKILL hit it."""
    process = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("store_writer.py")],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(ACKNOWLEDGED)]
        process.send_signal(signal.SIGKILL)
        told += process.stdout.readlines()
    assert process.returncode == -signal.SIGKILL
    return [line.strip() for line in told if line.endswith("\n")]


async def assert_nothing_lost(memory: Memory, ids: list[str]) -> None:
    assert len(ids) >= ACKNOWLEDGED
    store = memory.handle()
    await store.open()
    for number, name in enumerate(ids):
        kept = scored(name).stored()
        assert await store.get(name) == kept
        assert await store.by_bytes(kept.picture.sha256, MODEL) == kept
        (found,) = await store.near(digest(f"hash of {name}"), MODEL, 3)
        assert (found.verdict, found.witness) == (kept, witness(name))
        linked = {verdict.id for verdict, _ in await store.links(name)}
        assert linked >= set(ids[max(0, number - 1) : number + 2]) - {name}
    await store.close()


def assert_no_half_in_sqlite(path: Path) -> None:
    """What was not acknowledged is there as a whole, or not at all."""
    with closing(sqlite3.connect(path)) as connection:
        ((verdicts, hashes, bands, witnesses, links),) = connection.execute(
            """
            SELECT
                (SELECT count(*) FROM verdict),
                (SELECT count(*) FROM perceptual_hash JOIN verdict ON id = verdict_id),
                (SELECT count(*) FROM band JOIN perceptual_hash USING (entry)),
                (SELECT count(witness) FROM verdict),
                (SELECT count(*) FROM link)
            """
        )
        assert (hashes, bands, witnesses, links) == (
            verdicts,
            16 * verdicts,
            verdicts,
            verdicts - 1,
        )
        assert connection.execute("SELECT count(*) FROM band").fetchone() == (bands,)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def assert_no_half_in_mongodb(url: str) -> None:
    with MongoClient[dict[str, Any]](url) as client:
        verdicts = list(client.get_default_database()["verdicts"].find())
    for one in verdicts:
        assert len(one["bands"]) == 16
        assert one["witness"] == witness(one["_id"])
        assert len(one.get("relatives", ())) == (one["_id"] != "written-0")


@pytest.fixture
def mongo_memory(own_mongo: MongoServer) -> Memory:
    return Memory(Settings(mongodb_url=SecretStr(own_mongo.url("candor_outage"))))


async def test_sqlite_loses_nothing_when_its_writer_is_killed(tmp_path: Path) -> None:
    ids = acknowledged_before_a_kill(CANDOR_DATA_DIR=str(tmp_path))
    await assert_nothing_lost(Memory(Settings(data_dir=tmp_path, mongodb_url=None)), ids)
    assert_no_half_in_sqlite(tmp_path / "candor.db")


async def test_mongodb_loses_nothing_when_writer_and_server_are_killed(
    own_mongo: MongoServer, mongo_memory: Memory
) -> None:
    ids = acknowledged_before_a_kill(CANDOR_MONGODB_URL=own_mongo.url("candor_outage"))
    own_mongo.kill()
    own_mongo.start()
    await assert_nothing_lost(mongo_memory, ids)
    assert_no_half_in_mongodb(own_mongo.url("candor_outage"))


async def test_mongodb_may_go_away_and_come_back(
    own_mongo: MongoServer, mongo_memory: Memory
) -> None:
    store = mongo_memory.handle()
    await store.open()
    before = await store.put(scored("before"), Trace(witness("before")))
    own_mongo.stop()
    with pytest.raises(StoreUnavailable, match=f"127.0.0.1:{own_mongo.port}"):
        await store.ping()
    with pytest.raises(StoreUnavailable):
        await store.put(verdict("during"))
    with pytest.raises(StoreUnavailable):
        await store.near(digest("hash of before"), MODEL, 3)
    with pytest.raises(StoreUnavailable):
        await store.record([])
    own_mongo.start()
    await store.ping()
    assert await store.get("before") == before
    (found,) = await store.near(digest("hash of before"), MODEL, 3)
    assert found.witness == witness("before")
    assert await store.put(verdict("during")) == verdict("during").stored()
    await store.close()


async def test_mongodb_that_was_away_at_first_can_be_opened_later(
    own_mongo: MongoServer, mongo_memory: Memory
) -> None:
    own_mongo.stop()
    store = mongo_memory.handle()
    with pytest.raises(StoreUnavailable):
        await store.open()
    own_mongo.start()
    await store.open()
    kept = await store.put(verdict("one"))
    await store.link_bytes(saved_again(kept.picture, "again"), kept)
    await store.close()


async def test_mongodb_that_hangs_is_unavailable(
    own_mongo: MongoServer, mongo_memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "ANSWER_MS", 2_000)
    store = mongo_memory.handle()
    await store.open()
    with own_mongo.hanging(), pytest.raises(StoreUnavailable, match="did not answer"):
        async with asyncio.timeout(HANG_S):
            await store.get("one")
    await store.ping()
    await store.close()
