"""What callers call pictures, in MongoDB."""

from __future__ import annotations

from pymongo import UpdateOne

from api.audit import Entry
from api.naming import Name
from api.store.mongo.audit import write_down
from api.store.mongo.connection import MongoDatabase, written
from api.verdict import Verdict


class ExternalNames(MongoDatabase):
    """The part of `api.store.Store` about names."""

    async def give_name(self, name: Name, verdict: Verdict) -> None:
        key = {"caller": name.caller, "external_id": name.external_id}
        told = {
            "verdict_id": verdict.id,
            "pixels_sha256": verdict.picture.pixels_sha256,
            "checked_at": verdict.checked_at,
        }
        with self._failures_told():
            if await self._verdicts.find_one({"_id": verdict.id}, {"_id": 1}):
                await written(self._external_names, [UpdateOne(key, {"$set": told}, upsert=True)])

    async def named(self, name: Name) -> Verdict | None:
        key = {"caller": name.caller, "external_id": name.external_id}
        with self._failures_told():
            found = await self._external_names.find_one(key)
            if found is None:
                return None
            verdict = await self._verdicts.find_one({"_id": found["verdict_id"]}, {"document": 1})
            return Verdict.model_validate(verdict["document"]) if verdict else None

    async def ids_named(self, external_id: str) -> tuple[str, ...]:
        with self._failures_told():
            names = await self._external_names.find({"external_id": external_id}).to_list(None)
            ids = [one["verdict_id"] for one in names]
            found = await self._verdicts.find({"_id": {"$in": ids}}, {"pixels_sha256": 1}).to_list(
                None
            )
        exact = {(one["_id"], one["pixels_sha256"]) for one in found}
        named = {(one["verdict_id"], one["pixels_sha256"]) for one in names}
        return tuple(sorted(verdict_id for verdict_id, _ in exact & named))

    async def forget_name(self, external_id: str, entry: Entry) -> int:
        with self._failures_told():
            await write_down(self._audit, entry)
            gone = await self._external_names.delete_many({"external_id": external_id})
            return gone.deleted_count
