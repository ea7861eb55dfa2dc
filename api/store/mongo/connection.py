"""The client of a MongoDB, and what is said when it fails. The only module that knows Motor.

Only calls that PyMongo's `AsyncMongoClient` has too: Motor ends in May 2027, and by then this
file takes another import and an `await` before `close`. The parts of `api.store.mongo` build on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pydantic import ValidationError
from pymongo import ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError, PyMongoError

from api.errors import StoreUnavailable
from api.store.mongo.schema import migrate, retain

Document = dict[str, Any]
Collection = AsyncIOMotorCollection[Document]
Write = UpdateOne | ReplaceOne[Document]

FIND_MS = 2_000
"""How long a server may be looked for."""

ANSWER_MS = 5_000
"""How long it may take to answer: one that hangs is told like one that is gone. An index that takes
longer to build is built all the same, and found by the next `open`."""

PAGE = 200
"""Documents that are read, or deleted, at once where there may be any number."""

DUPLICATE_KEY = 11000


class MongoDatabase:
    """The database that `url` names, `candor` if it names none."""

    def __init__(self, url: str, retention_days: int | None = None) -> None:
        self.retention_days = retention_days
        self._url = url
        self._client: AsyncIOMotorClient[Document] | None = None
        self._hosts = ""

    async def open(self) -> None:
        if self._client is not None:
            return
        self._client = self._connected()
        self._hosts = hosts(self._client)
        try:
            with self._failures_told():
                await migrate(self._database)
                await retain(self._database, self.retention_days)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    async def ping(self) -> None:
        with self._failures_told():
            await self._opened.admin.command("ping")

    def _connected(self) -> AsyncIOMotorClient[Document]:
        try:
            return AsyncIOMotorClient(
                self._url,
                appname="candor",
                w="majority",
                journal=True,
                serverSelectionTimeoutMS=FIND_MS,
                connectTimeoutMS=FIND_MS,
                socketTimeoutMS=ANSWER_MS,
            )
        except (PyMongoError, ValueError, TypeError):
            # What PyMongo says of a URL may quote its password.
            raise StoreUnavailable(
                "CANDOR_MONGODB_URL is not understood: it should look like "
                "mongodb://name:password@host:27017/candor, its parts percent-encoded."
            ) from None

    @property
    def _opened(self) -> AsyncIOMotorClient[Document]:
        if self._client is None:
            raise StoreUnavailable("The MongoDB store is not open.")
        return self._client

    @property
    def _database(self) -> AsyncIOMotorDatabase[Document]:
        return self._opened.get_default_database("candor")

    @property
    def _verdicts(self) -> Collection:
        return self._database["verdicts"]

    @property
    def _picture_bytes(self) -> Collection:
        return self._database["picture_bytes"]

    @property
    def _addresses(self) -> Collection:
        return self._database["addresses"]

    @property
    def _host_days(self) -> Collection:
        return self._database["host_days"]

    @property
    def _known_hashes(self) -> Collection:
        return self._database["known_hashes"]

    @property
    def _remarks(self) -> Collection:
        return self._database["remarks"]

    @property
    def _external_names(self) -> Collection:
        return self._database["external_names"]

    @property
    def _audit(self) -> Collection:
        return self._database["audit"]

    @contextmanager
    def _failures_told(self) -> Iterator[None]:
        try:
            yield
        except PyMongoError as error:
            raise StoreUnavailable(
                f"MongoDB at {self._hosts} did not answer as it should ({type(error).__name__}); "
                "check that it runs and that it accepts this service."
            ) from error
        except ValidationError as error:
            raise StoreUnavailable(
                "MongoDB holds a record that this Candor cannot read."
            ) from error


def hosts(client: Any) -> str:
    """The servers that a client looks for, without the name and password of its URL.

    The client is typed `Any`: Motor's stub takes this property for a method.
    """
    servers = client.topology_description.server_descriptions()
    return ", ".join(f"{host}:{port}" for host, port in sorted(servers))


async def written(collection: Collection, writes: Sequence[Write]) -> None:
    """Write in bulk. An upsert whose filter excludes the document that has its key does nothing.

    Of two upserts of a new key, the one that lost finds the document the second time; who is
    refused again is excluded.
    """
    for _ in range(2):
        if not writes:
            return
        try:
            await collection.bulk_write(writes, ordered=False)
            return
        except BulkWriteError as error:
            refused = error.details["writeErrors"]
            unsure = error.details["writeConcernErrors"]
            if unsure or any(one["code"] != DUPLICATE_KEY for one in refused):
                raise
            writes = [writes[one["index"]] for one in refused]
