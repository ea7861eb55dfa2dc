"""What is particular to MongoDB: its URL holds a password, and its indexes carry promises."""

from __future__ import annotations

import traceback
import uuid
from collections.abc import Sequence

import pytest
from mongo_server import MongoServer
from pydantic import SecretStr
from pymongo import MongoClient
from pymongo.errors import NetworkTimeout, ServerSelectionTimeoutError
from store_verdicts import digest, verdict

from api.errors import StoreUnavailable
from api.settings import Settings
from api.store import store_for
from api.store.mongo import MongoStore, connection, sightings
from api.store.records import HostDay, Seen, Sighting
from api.store.sqlite import SqliteStore
from api.verdict import Label


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
    monkeypatch.setattr(connection, "FIND_MS", 300)
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


async def test_sightings_of_which_half_were_written_may_be_told_again(
    shared_mongo: MongoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MongoStore(shared_mongo.url(f"candor_{uuid.uuid4().hex}"))
    await store.open()
    await store.put(verdict("one"))
    at = verdict("one").checked_at
    batch = [Sighting("one", digest("p"), Label.FAKE, False, at, "a.example", digest("address"))]

    async def half(collection: connection.Collection, writes: Sequence[connection.Write]) -> None:
        if collection.name == "addresses":
            raise NetworkTimeout("the line is cut")
        await connection.written(collection, writes)

    with monkeypatch.context() as cut:
        cut.setattr(sightings, "written", half)
        with pytest.raises(StoreUnavailable):
            await store.record(batch)
    await store.record(batch)
    assert await store.seen("one") == Seen(1, 0, at, at)
    assert await store.host("a.example", at.date()) == [HostDay(at.date(), Label.FAKE, 1)]
    assert await store.at_address(digest("address")) == verdict("one").stored()
    await store.close()


@pytest.mark.parametrize(("days", "kept"), [(0, None), (30, 30)])
@pytest.mark.parametrize("url", [None, SecretStr("mongodb://127.0.0.1/")], ids=["sqlite", "mongo"])
def test_the_settings_say_how_long_to_remember(
    url: SecretStr | None, days: int, kept: int | None
) -> None:
    store = store_for(Settings(mongodb_url=url, retention_days=days))
    assert isinstance(store, MongoStore | SqliteStore)
    assert store.retention_days == kept
