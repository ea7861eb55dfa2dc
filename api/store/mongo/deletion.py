"""A verdict with all that hangs on it, deleted from MongoDB."""

from __future__ import annotations

from api.audit import Entry
from api.store.mongo.audit import write_down
from api.store.mongo.connection import Document
from api.store.mongo.jobs import JobCollections
from api.store.mongo.reviews import review_id
from api.store.records import HashKind


class Deletion(JobCollections):
    """The part of `api.store.Store` about deletion."""

    async def ids_of(self, kind: HashKind, value: str) -> tuple[str, ...]:
        with self._failures_told():
            if kind is HashKind.PIXELS:
                found = await self._verdicts.find({"pixels_sha256": value}, {"_id": 1}).to_list(
                    None
                )
                return tuple(one["_id"] for one in found)
            if kind is HashKind.SHA256:
                links = await self._picture_bytes.find({"sha256": value}).to_list(None)
                return tuple(sorted({one["verdict_id"] for one in links}))
            return ()

    async def delete_verdict(self, verdict_id: str, entry: Entry) -> bool:
        with self._failures_told():
            found = await self._verdicts.find_one({"_id": verdict_id}, {"pixels_sha256": 1})
            if found is None:
                return False
            await write_down(self._audit, entry)
            await self._forget_what_leads_to(verdict_id)
            # The verdict late, so that whoever is told that this failed finds it again; and what
            # leads to it once more, for checks that ran beside.
            await self._verdicts.delete_one({"_id": verdict_id})
            await self._forget_what_leads_to(verdict_id)
            pixels = found["pixels_sha256"]
            if not await self._verdicts.find_one({"pixels_sha256": pixels}, {"_id": 1}):
                await self._remarks.delete_many({"pixels_sha256": pixels})
                await self._known_hashes.delete_one({"_id": review_id(pixels)})
            return True

    async def forget_said(self, pixels_sha256: str, entry: Entry) -> bool:
        said, review = {"pixels_sha256": pixels_sha256}, {"_id": review_id(pixels_sha256)}
        with self._failures_told():
            if not (
                await self._remarks.find_one(said, {"_id": 1})
                or await self._known_hashes.find_one(review, {"_id": 1})
            ):
                return False
            await write_down(self._audit, entry)
            await self._remarks.delete_many(said)
            await self._known_hashes.delete_one(review)
            return True

    async def _forget_what_leads_to(self, verdict_id: str) -> None:
        leading: Document = {"verdict_id": verdict_id}
        for collection in (self._picture_bytes, self._addresses, self._external_names):
            await collection.delete_many(leading)
        await self._verdicts.update_many(
            {"relatives.verdict_id": verdict_id}, {"$pull": {"relatives": leading}}
        )
        await self.forget_job_results(verdict_id)
