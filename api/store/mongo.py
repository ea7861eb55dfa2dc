"""The store in MongoDB, for services that share one memory. The only module that knows Motor.

Only calls that PyMongo's `AsyncMongoClient` has too: Motor ends in May 2027, and by then this
file takes another import and an `await` before `close`. `api.store.store_for` makes it.

    verdicts        _id            the verdict's id
                    pixels_sha256  |
                    model_id       | lifted out of the document to be searched
                    checked_at     | a BSON date: a time to live is one TTL index more
                    document       the verdict as clients read it, timestamps as ISO text, since
                                   a BSON date ends at the millisecond
    picture_bytes   sha256         |
                    model_id       | the bytes, and the verdict that they lead to
                    verdict_id     |
                    format         |
                    frames         | what differs between files of the same pixels

Fields for near lookups (a multikey array of bands) go beside `document`; reputation by hash is
a collection keyed like `picture_bytes`. On a sharded cluster, shard `verdicts` on
`pixels_sha256` and `picture_bytes` on `sha256`: each is the prefix of its unique index.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection
from pydantic import ValidationError
from pymongo.errors import DuplicateKeyError, PyMongoError

from api.errors import StoreUnavailable
from api.verdict import PictureFacts, Verdict

Document = dict[str, Any]

FIND_MS = 2_000
"""How long a server may be looked for."""

ANSWER_MS = 5_000
"""How long it may take to answer: one that hangs is told like one that is gone."""


def hosts(client: Any) -> str:
    """The servers that a client looks for, without the name and password of its URL.

    The client is typed `Any`: Motor's stub takes this property for a method.
    """
    servers = client.topology_description.server_descriptions()
    return ", ".join(f"{host}:{port}" for host, port in sorted(servers))


class MongoStore:
    """`api.store.Store` in the database that `url` names, `candor` if it names none.

    Writes wait for a majority's journal, whatever the URL says: `put` promises that.
    """

    def __init__(self, url: str) -> None:
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
                # by_pixels, and the promise of one verdict per picture and model.
                await self._verdicts.create_index(
                    [("pixels_sha256", 1), ("model_id", 1)], name="verdict_by_pixels", unique=True
                )
                # by_bytes
                await self._picture_bytes.create_index(
                    [("sha256", 1), ("model_id", 1)], name="verdict_by_bytes", unique=True
                )
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

    async def put(self, verdict: Verdict) -> Verdict:
        stored = verdict.stored()
        key = {"pixels_sha256": stored.picture.pixels_sha256, "model_id": stored.model.id}
        with self._failures_told():
            try:
                await self._verdicts.insert_one(
                    {
                        "_id": stored.id,
                        **key,
                        "checked_at": stored.checked_at,
                        "document": stored.model_dump(mode="json"),
                    }
                )
                kept = stored
            except DuplicateKeyError:
                first = await self._find(key)
                if first is None:
                    raise ValueError(
                        f"verdict id {stored.id!r} belongs to another picture or model"
                    ) from None
                kept = first
        # A majority that has this write has the verdict too, whoever inserted it.
        await self._lead(stored.picture, kept)
        return kept.model_copy(update={"picture": stored.picture})

    async def get(self, verdict_id: str) -> Verdict | None:
        return await self._find({"_id": verdict_id})

    async def by_bytes(self, sha256: str, model_id: str) -> Verdict | None:
        with self._failures_told():
            link = await self._picture_bytes.find_one({"sha256": sha256, "model_id": model_id})
        if link is None:
            return None
        of_file = {name: link[name] for name in ("sha256", "format", "frames")}
        return await self._find({"_id": link["verdict_id"]}, of_file)

    async def by_pixels(self, pixels_sha256: str, model_id: str) -> Verdict | None:
        return await self._find({"pixels_sha256": pixels_sha256, "model_id": model_id})

    async def link_bytes(self, picture: PictureFacts, verdict: Verdict) -> None:
        if await self.get(verdict.id) is not None:
            await self._lead(picture, verdict)

    async def _find(self, query: Document, of_file: Document | None = None) -> Verdict | None:
        """What is stored, with the facts of one file laid over those of the first."""
        with self._failures_told():
            found = await self._verdicts.find_one(query)
            if found is None:
                return None
            verdict = Verdict.model_validate(found["document"])
        picture = verdict.picture.model_copy(update=of_file)
        return verdict.model_copy(update={"picture": picture})

    async def _lead(self, picture: PictureFacts, verdict: Verdict) -> None:
        key = {"sha256": picture.sha256, "model_id": verdict.model.id}
        told = {"verdict_id": verdict.id, "format": picture.format, "frames": picture.frames}
        change = {"$set": told}
        with self._failures_told():
            try:
                await self._picture_bytes.update_one(key, change, upsert=True)
            except DuplicateKeyError:
                # Two upserts of a new key: the one that lost finds it the second time.
                await self._picture_bytes.update_one(key, change, upsert=True)

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
    def _verdicts(self) -> AsyncIOMotorCollection[Document]:
        return self._opened.get_default_database("candor")["verdicts"]

    @property
    def _picture_bytes(self) -> AsyncIOMotorCollection[Document]:
        return self._opened.get_default_database("candor")["picture_bytes"]

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
                "MongoDB holds a verdict that this Candor cannot read."
            ) from error
