"""Each kind of memory, behind one shape, so that the contract runs over all of them."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from mongo_server import MongoServer
from pydantic import SecretStr
from pymongo import MongoClient
from store_memory import Memory

from api.settings import Settings
from api.store import Store

REAL_MONGODB = os.environ.get("CANDOR_TEST_MONGODB_URL")


@pytest.fixture(scope="session")
def shared_mongo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    server = MongoServer(tmp_path_factory.mktemp("mongo"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_mongo(tmp_path: Path) -> Iterator[MongoServer]:
    """A server that the test may stop."""
    server = MongoServer(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def real_mongo_url() -> Iterator[str]:
    """A database of its own on the server that the environment names, dropped afterwards."""
    name = f"candor_test_{uuid.uuid4().hex}"
    base, _, options = str(REAL_MONGODB).partition("?")
    scheme, _, rest = base.partition("://")
    url = f"{scheme}://{rest.partition('/')[0]}/{name}?{options}"
    yield url
    with MongoClient[dict[str, object]](url) as client:
        client.drop_database(name)


@pytest.fixture(params=["sqlite", "secantus", *(["mongodb"] if REAL_MONGODB else [])])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Memory:
    url = None
    if request.param == "secantus":
        url = request.getfixturevalue("shared_mongo").url(f"candor_{uuid.uuid4().hex}")
    elif request.param == "mongodb":
        url = request.getfixturevalue("real_mongo_url")
    return Memory(Settings(data_dir=tmp_path / "new" / "data", mongodb_url=url and SecretStr(url)))


@pytest.fixture
async def store(memory: Memory) -> AsyncIterator[Store]:
    handle = memory.handle()
    await handle.open()
    yield handle
    await handle.close()


@pytest.fixture
async def another(store: Store, memory: Memory) -> AsyncIterator[Store]:
    """A second process over the same memory."""
    handle = memory.handle()
    await handle.open()
    yield handle
    await handle.close()
