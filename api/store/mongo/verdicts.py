"""Verdicts in MongoDB, and the bytes that lead to them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from api.reviews import Reason
from api.store.bands import band_keys
from api.store.mongo.connection import PAGE, Collection, Document, MongoDatabase
from api.store.mongo.reviews import contradicted, first_wait, let_wait
from api.store.mongo.traces import newest_first, relatives_of, trace_fields
from api.store.records import HashKind, Trace
from api.store.tallies import microseconds
from api.verdict import PictureFacts, Verdict


class Verdicts(MongoDatabase):
    """The part of `api.store.Store` about verdicts themselves."""

    async def put(self, verdict: Verdict, trace: Trace | None = None) -> Verdict:
        stored = verdict.stored()
        trace = trace or Trace()
        key = {"pixels_sha256": stored.picture.pixels_sha256, "model_id": stored.model.id}
        with self._failures_told():
            relatives = await relatives_of(self._verdicts, stored.id, trace)
            against = await contradicted(self._verdicts, stored, relatives)
            waits = await first_wait(self._known_hashes, stored, against)
            fields = {
                "checked_at": stored.checked_at,
                "document": stored.model_dump(mode="json"),
                **trace_fields(stored, trace, relatives),
                **waits,
            }
            change: Document = {"$setOnInsert": fields}
            if "bands" in fields:
                change["$currentDate"] = {"came": True}
            # An insert in which the server tells the time: no verdict lacks a document, so whoever
            # has this id or this key is never updated, and refuses the insert.
            missing = {"_id": stored.id, **key, "document": {"$exists": False}}
            try:
                for verdict_id in against:
                    await let_wait(self._database, Reason.CONFLICTING, verdict_id)
                await self._verdicts.update_one(missing, change, upsert=True)
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

    async def latest(self, kind: HashKind, value: str) -> Verdict | None:
        if kind is HashKind.PIXELS:
            return await self._newest({"pixels_sha256": value})
        if kind is HashKind.PDQ:
            # Its own index would be as large as the hashes; one band leaves a few to compare.
            return await self._newest({"bands": band_keys(value)[0], "document.picture.pdq": value})
        with self._failures_told():
            links = await self._picture_bytes.find({"sha256": value}).to_list(None)
        return await self._newest({"_id": {"$in": [link["verdict_id"] for link in links]}})

    async def link_bytes(self, picture: PictureFacts, verdict: Verdict) -> None:
        if await self.get(verdict.id) is not None:
            await self._lead(picture, verdict)

    async def quarantine(self, verdict_id: str) -> None:
        with self._failures_told():
            await self._verdicts.update_one({"_id": verdict_id}, {"$set": {"quarantined": True}})
            await let_wait(self._database, Reason.QUARANTINED, verdict_id)

    async def forget_before(self, moment: datetime) -> int:
        older = {"checked_at": {"$lt": moment}}
        forgotten = 0
        with self._failures_told():
            while ids := await _ids(self._verdicts, older):
                gone = {"verdict_id": {"$in": ids}}
                await self._verdicts.update_many(
                    {"relatives.verdict_id": {"$in": ids}}, {"$pull": {"relatives": gone}}
                )
                deleted = await self._verdicts.delete_many({"_id": {"$in": ids}})
                forgotten += deleted.deleted_count
            # By their own age: what a put or a sighting leaves just now goes the next time.
            for collection in (self._picture_bytes, self._addresses, self._external_names):
                while ids := await _ids(collection, older):
                    await collection.delete_many({"_id": {"$in": ids}})
            await self._remarks.delete_many({"at": {"$lt": microseconds(moment)}})
            await self._known_hashes.update_many(
                {"noted_at": {"$lt": microseconds(moment)}},
                {"$set": {"document.note": ""}, "$unset": {"noted_at": ""}},
            )
        return forgotten

    async def all_verdicts(self) -> AsyncIterator[Verdict]:
        after: Document = {}
        while True:
            with self._failures_told():
                cursor = self._verdicts.find(after, {"document": 1}).sort("_id", 1).limit(PAGE)
                page = [
                    Verdict.model_validate(found["document"])
                    for found in await cursor.to_list(None)
                ]
            if not page:
                return
            for verdict in page:
                yield verdict
            after = {"_id": {"$gt": page[-1].id}}

    async def _find(self, query: Document, of_file: Document | None = None) -> Verdict | None:
        """What is stored, with the facts of one file laid over those of the first."""
        with self._failures_told():
            found = await self._verdicts.find_one(query, {"document": 1})
            if found is None:
                return None
            verdict = Verdict.model_validate(found["document"])
        picture = verdict.picture.model_copy(update=of_file)
        return verdict.model_copy(update={"picture": picture})

    async def _newest(self, query: Document) -> Verdict | None:
        # Compared here, to the microsecond: asked to sort, MongoDB might walk the index by age.
        with self._failures_told():
            found = await self._verdicts.find(query, {"document.checked_at": 1}).to_list(None)
        if not found:
            return None
        newest = min(found, key=lambda one: newest_first(one["document"]["checked_at"]))
        return await self.get(newest["_id"])

    async def _lead(self, picture: PictureFacts, verdict: Verdict) -> None:
        key = {"sha256": picture.sha256, "model_id": verdict.model.id}
        told = {
            "verdict_id": verdict.id,
            "format": picture.format,
            "frames": picture.frames,
            "checked_at": verdict.checked_at,
        }
        change = {"$set": told}
        with self._failures_told():
            try:
                await self._picture_bytes.update_one(key, change, upsert=True)
            except DuplicateKeyError:
                # Two upserts of a new key: the one that lost finds it the second time.
                await self._picture_bytes.update_one(key, change, upsert=True)


async def _ids(collection: Collection, query: Document) -> list[object]:
    page = await collection.find(query, {"_id": 1}).limit(PAGE).to_list(None)
    return [found["_id"] for found in page]
