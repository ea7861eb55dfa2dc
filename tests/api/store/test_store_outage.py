"""Stores that go away and come back, and processes that die while they write."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from mongo_server import MongoServer
from pydantic import SecretStr
from store_memory import Memory
from store_verdicts import MODEL, saved_again, verdict

import api
from api.errors import StoreUnavailable
from api.settings import Settings
from api.store import mongo

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
    for name in ids:
        kept = verdict(name).stored()
        assert await store.get(name) == kept
        assert await store.by_bytes(kept.picture.sha256, MODEL) == kept
    await store.close()


@pytest.fixture
def mongo_memory(own_mongo: MongoServer) -> Memory:
    return Memory(Settings(mongodb_url=SecretStr(own_mongo.url("candor_outage"))))


async def test_sqlite_loses_nothing_when_its_writer_is_killed(tmp_path: Path) -> None:
    ids = acknowledged_before_a_kill(CANDOR_DATA_DIR=str(tmp_path))
    await assert_nothing_lost(Memory(Settings(data_dir=tmp_path, mongodb_url=None)), ids)


async def test_mongodb_loses_nothing_when_writer_and_server_are_killed(
    own_mongo: MongoServer, mongo_memory: Memory
) -> None:
    ids = acknowledged_before_a_kill(CANDOR_MONGODB_URL=own_mongo.url("candor_outage"))
    own_mongo.kill()
    own_mongo.start()
    await assert_nothing_lost(mongo_memory, ids)


async def test_mongodb_may_go_away_and_come_back(
    own_mongo: MongoServer, mongo_memory: Memory
) -> None:
    store = mongo_memory.handle()
    await store.open()
    before = await store.put(verdict("before"))
    own_mongo.stop()
    with pytest.raises(StoreUnavailable, match=f"127.0.0.1:{own_mongo.port}"):
        await store.ping()
    with pytest.raises(StoreUnavailable):
        await store.put(verdict("during"))
    own_mongo.start()
    await store.ping()
    assert await store.get("before") == before
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
    monkeypatch.setattr(mongo, "ANSWER_MS", 2_000)
    store = mongo_memory.handle()
    await store.open()
    with own_mongo.hanging(), pytest.raises(StoreUnavailable, match="did not answer"):
        async with asyncio.timeout(HANG_S):
            await store.get("one")
    await store.ping()
    await store.close()
