"""What is particular to MongoDB: its URL holds a password, and its indexes carry promises."""

from __future__ import annotations

import traceback
import uuid

import pytest
from mongo_server import MongoServer
from pydantic import SecretStr
from pymongo import MongoClient
from pymongo.errors import ServerSelectionTimeoutError
from store_verdicts import verdict

from api.errors import StoreUnavailable
from api.settings import Settings
from api.store import mongo, store_for
from api.store.mongo import MongoStore


@pytest.mark.parametrize(
    "url",
    [
        "mongodb://candor:hunter2@127.0.0.1:1/candor",
        "mongodb://candor:hunter2@127.0.0.1:99999/candor",
        "mongodb://candor:hun/ter2:hunter2@127.0.0.1/candor",
        "mongodb://candor:hunter2@127.0.0.1/candor?w=0",
        "http://candor:hunter2@127.0.0.1/candor",
        "candor:hunter2@127.0.0.1",
    ],
)
async def test_no_sentence_and_no_trace_shows_the_password(url: str) -> None:
    store = store_for(Settings(mongodb_url=SecretStr(url)))
    with pytest.raises(StoreUnavailable) as caught:
        await store.open()
    said = "".join(traceback.format_exception(caught.value, chain=True))
    assert "ter2" not in caught.value.detail
    assert "ter2" not in said.replace(f"url = {url!r}", "")


async def test_a_server_that_is_not_there_is_looked_for_no_longer_than_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mongo, "FIND_MS", 300)
    with pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1:1 ") as caught:
        await MongoStore("mongodb://127.0.0.1:1/").open()
    assert isinstance(caught.value.__cause__, ServerSelectionTimeoutError)
    # PyMongo says itself how long it looked: a clock would also count the other processes.
    assert "Timeout: 0.3s" in str(caught.value.__cause__)


async def test_the_database_is_candor_unless_the_url_names_one(shared_mongo: MongoServer) -> None:
    name = f"candor_{uuid.uuid4().hex}"
    with MongoClient[dict[str, object]](shared_mongo.url("")) as client:
        for url, database in ((shared_mongo.url(""), "candor"), (shared_mongo.url(name), name)):
            store = MongoStore(url)
            await store.open()
            await store.put(verdict(name))
            await store.close()
            assert client[database]["verdicts"].count_documents({"_id": name}) == 1


async def test_its_indexes_are_named_and_unique(shared_mongo: MongoServer) -> None:
    url = shared_mongo.url(f"candor_{uuid.uuid4().hex}")
    store = MongoStore(url)
    await store.open()
    await store.close()
    with MongoClient[dict[str, object]](url) as client:
        database = client.get_default_database()
        by_pixels = database["verdicts"].index_information()["verdict_by_pixels"]
        by_bytes = database["picture_bytes"].index_information()["verdict_by_bytes"]
    assert by_pixels["key"] == [("pixels_sha256", 1), ("model_id", 1)]
    assert by_bytes["key"] == [("sha256", 1), ("model_id", 1)]
    assert by_pixels["unique"] is by_bytes["unique"] is True


async def test_a_verdict_of_a_newer_candor_is_told(shared_mongo: MongoServer) -> None:
    url = shared_mongo.url(f"candor_{uuid.uuid4().hex}")
    store = MongoStore(url)
    await store.open()
    await store.put(verdict("one"))
    with MongoClient[dict[str, object]](url) as client:
        client.get_default_database()["verdicts"].update_one({}, {"$set": {"document.novel": 1}})
    with pytest.raises(StoreUnavailable, match="cannot read"):
        await store.get("one")
    await store.close()
