"""Jobs in MongoDB.

Without transactions, a job is hidden while its items are written or deleted; a process that dies
then leaves what `forget_jobs` clears. An item is open while it has a `ready_at`, see
`api.store.sqlite.jobs`. To cancel a job is to say so, then to let go of its items, then to end it;
whoever finishes the job goes on where another stopped.
"""

from __future__ import annotations

from collections.abc import Collection as Some
from collections.abc import Sequence
from datetime import datetime

from pymongo import ReturnDocument, UpdateOne
from pymongo.errors import DuplicateKeyError

from api.jobs import (
    ClaimedItem,
    Delivery,
    ItemResult,
    Job,
    JobItem,
    JobState,
    OpenJob,
    Outcome,
    Result,
    Tally,
    Webhook,
    deleted_result,
)
from api.store.mongo.connection import Collection, Document, MongoDatabase
from api.store.mongo.job_documents import (
    claimed,
    item_document,
    job_of,
    result_document,
    result_of,
)
from api.store.tallies import microseconds

ITEMS = 100
"""Items that are written or deleted at once: a slow server has done far more in the time that it
may take to answer."""

SHOWN = {"hidden_since": None}


class JobCollections(MongoDatabase):
    """The part of `api.store.Store` about jobs."""

    async def add_job(self, job: Job, items: Sequence[JobItem]) -> bool:
        began = microseconds(job.created_at)
        known: Document = {
            "caller": job.caller,
            "total": job.total,
            "created_at": began,
            "state": JobState.QUEUED.value,
        }
        if job.webhook:
            known["webhook"] = job.webhook.model_dump(mode="json")
        with self._failures_told():
            try:
                # What is hidden was never told to anybody, and is written anew.
                await self._jobs.update_one(
                    {"_id": job.id, "hidden_since": {"$gte": 0}},
                    {"$set": {**known, "hidden_since": began}},
                    upsert=True,
                )
            except DuplicateKeyError:
                return False
            await self._delete_items(job.id)
            for start in range(0, len(items), ITEMS):
                page = items[start : start + ITEMS]
                await self._items.insert_many(
                    [item_document(job.id, start + place, item) for place, item in enumerate(page)],
                    ordered=False,
                )
            ready = {"$set": {"open_since": began}, "$unset": {"hidden_since": ""}}
            await self._jobs.update_one({"_id": job.id}, ready)
            return True

    async def job(self, job_id: str) -> Job | None:
        with self._failures_told():
            found = await self._jobs.find_one({"_id": job_id, **SHOWN})
            return await self._counted(found) if found else None

    async def jobs_of(
        self, caller: str, before: tuple[datetime, str] | None, limit: int
    ) -> tuple[Job, ...]:
        query: Document = {"caller": caller, "created_at": {"$gte": 0}, **SHOWN}
        if before:
            at, job_id = microseconds(before[0]), before[1]
            query["created_at"] = {"$lte": at}
            query["$or"] = [{"created_at": {"$lt": at}}, {"_id": {"$lt": job_id}}]
        newest_first = [("created_at", -1), ("_id", -1)]
        with self._failures_told():
            found = await self._jobs.find(query).sort(newest_first).limit(limit).to_list(None)
            return tuple([await self._counted(one) for one in found])

    async def open_jobs(self) -> tuple[OpenJob, ...]:
        with self._failures_told():
            cursor = self._jobs.find(
                {"open_since": {"$gte": 0}, **SHOWN}, {"caller": 1, "total": 1}
            ).sort("open_since", 1)
            return tuple(
                OpenJob(one["_id"], one["caller"], one["total"])
                for one in await cursor.to_list(None)
            )

    async def claim_item(
        self, job_id: str, claimant: str, now: datetime, until: datetime
    ) -> ClaimedItem | None:
        with self._failures_told():
            found = await self._items.find_one_and_update(
                {"job_id": job_id, "ready_at": {"$lte": microseconds(now)}},
                {
                    "$set": {"claimant": claimant, "ready_at": microseconds(until)},
                    "$inc": {"tries": 1},
                },
                sort=[("ready_at", 1)],
                return_document=ReturnDocument.BEFORE,
            )
            if found is None:
                return None
            lost = found["lost"] + (found["claimant"] is not None)
            item = ClaimedItem(
                job_id=job_id,
                number=found["number"],
                claimant=claimant,
                url=found["url"],
                tries=found["tries"] + 1,
                lost=lost,
                external_id=found["external_id"],
            )
            if lost != found["lost"]:
                await self._items.update_one(claimed(item), {"$set": {"lost": lost}})
            await self._jobs.update_one(
                {"_id": job_id, "state": JobState.QUEUED.value},
                {"$set": {"state": JobState.RUNNING.value, "started_at": microseconds(now)}},
            )
            return item

    async def hold_items(self, items: Some[ClaimedItem], until: datetime) -> None:
        later = {"$set": {"ready_at": microseconds(until)}}
        if items:
            with self._failures_told():
                await self._items.bulk_write([UpdateOne(claimed(item), later) for item in items])

    async def release_item(self, item: ClaimedItem, ready_at: datetime) -> None:
        change = {"$set": {"ready_at": microseconds(ready_at), "claimant": None}}
        with self._failures_told():
            await self._items.update_one(claimed(item), change)

    async def record_item(self, item: ClaimedItem, result: Result) -> bool:
        change = {"$set": {"claimant": None, **result_document(result)}, "$unset": {"ready_at": ""}}
        with self._failures_told():
            changed = await self._items.update_one(claimed(item), change)
            return bool(changed.modified_count)

    async def finish_job(self, job_id: str, now: datetime) -> bool:
        with self._failures_told():
            found = await self._jobs.find_one({"_id": job_id, "open_since": {"$gte": 0}, **SHOWN})
            if found is None:
                return False
            if found["state"] == JobState.CANCELLED:
                return await self._let_go(job_id, now)
            if await self._any_open(job_id):
                return False
            return await self._end(job_id, {"$ne": JobState.CANCELLED.value}, JobState.DONE, now)

    async def cancel_job(self, job_id: str, reason: str, now: datetime) -> bool:
        unended = {
            "_id": job_id,
            "open_since": {"$gte": 0},
            "state": {"$ne": JobState.CANCELLED.value},
        }
        change = {"$set": {"state": JobState.CANCELLED.value, "reason": reason}}
        with self._failures_told():
            changed = await self._jobs.update_one(unended, change)
            await self._let_go(job_id, now)
            return bool(changed.modified_count)

    async def delete_job(self, job_id: str) -> bool:
        gone = {"open_since": "", "finished_at": "", "delivery_at": ""}
        with self._failures_told():
            hidden = await self._jobs.update_one(
                {"_id": job_id, **SHOWN}, {"$set": {"hidden_since": 0}, "$unset": gone}
            )
            if not hidden.modified_count:
                return False
            await self._clear(job_id)
            return True

    async def job_results(self, job_id: str, after: int, limit: int) -> tuple[ItemResult, ...]:
        query = {"job_id": job_id, "number": {"$gt": after}}
        with self._failures_told():
            cursor = self._items.find(query).sort("number", 1).limit(limit)
            return tuple(map(result_of, await cursor.to_list(None)))

    async def forget_job_results(self, verdict_id: str) -> int:
        with self._failures_told():
            found = await self._items.find({"verdict_id": verdict_id}, {"job_id": 1}).to_list(None)
            change = {"$set": result_document(deleted_result()), "$unset": {"verdict_id": ""}}
            replaced = await self._items.update_many({"verdict_id": verdict_id}, change)
            for job_id in {one["job_id"] for one in found}:
                tally = (await self._tally(job_id)).model_dump()
                await self._jobs.update_one(
                    {"_id": job_id, "finished_at": {"$gte": 0}}, {"$set": {"tally": tally}}
                )
            return replaced.modified_count

    async def forget_jobs(self, before: datetime) -> int:
        at, forgotten = microseconds(before), 0
        with self._failures_told():
            while found := await self._jobs.find_one({"finished_at": {"$lt": at}}, {"_id": 1}):
                forgotten += await self.delete_job(found["_id"])
            # Of processes that died while they wrote or deleted.
            while found := await self._jobs.find_one({"hidden_since": {"$lt": at}}, {"_id": 1}):
                await self._clear(found["_id"])
        return forgotten

    async def claim_delivery(
        self, claimant: str, now: datetime, until: datetime, not_of: Some[str]
    ) -> Delivery | None:
        with self._failures_told():
            found = await self._jobs.find_one_and_update(
                {"delivery_at": {"$lte": microseconds(now)}, "caller": {"$nin": list(not_of)}},
                {"$set": {"delivery_at": microseconds(until), "delivery_claimant": claimant}},
                sort=[("delivery_at", 1)],
                return_document=ReturnDocument.AFTER,
            )
            job = job_of(found) if found else None
        if job is None or job.webhook is None:
            return None
        return Delivery(job, job.webhook, claimant)

    async def end_delivery(self, delivery: Delivery, webhook: Webhook) -> None:
        claimed = {"_id": delivery.job.id, "delivery_claimant": delivery.claimant}
        kept: Document = {"webhook": webhook.model_dump(mode="json"), "delivery_claimant": None}
        change: Document = {"$set": kept}
        if webhook.next_attempt_at:
            kept["delivery_at"] = microseconds(webhook.next_attempt_at)
        else:
            change["$unset"] = {"delivery_at": ""}
        with self._failures_told():
            await self._jobs.update_one(claimed, change)

    async def _let_go(self, job_id: str, now: datetime) -> bool:
        """End what was cancelled, once none of its items can be claimed or recorded."""
        change = {
            "$set": {"claimant": None, "outcome": Outcome.CANCELLED.value},
            "$unset": {"ready_at": ""},
        }
        while page := await self._page({"job_id": job_id, "ready_at": {"$gte": 0}}):
            await self._items.update_many({"_id": {"$in": page}, "ready_at": {"$gte": 0}}, change)
        cancelled = JobState.CANCELLED
        return await self._end(job_id, cancelled.value, cancelled, now)

    async def _end(self, job_id: str, was: object, state: JobState, now: datetime) -> bool:
        at = microseconds(now)
        ended = {
            "state": state.value,
            "finished_at": at,
            "tally": (await self._tally(job_id)).model_dump(),
        }
        query = {"_id": job_id, "open_since": {"$gte": 0}, "state": was}
        unset = {"$unset": {"open_since": ""}}
        told = await self._jobs.update_one(
            {**query, "webhook": {"$exists": True}}, {"$set": {**ended, "delivery_at": at}, **unset}
        )
        if told.modified_count:
            return True
        silent = await self._jobs.update_one(query, {"$set": ended, **unset})
        return bool(silent.modified_count)

    async def _clear(self, job_id: str) -> None:
        await self._delete_items(job_id)
        await self._jobs.delete_one({"_id": job_id, "hidden_since": {"$gte": 0}})

    async def _delete_items(self, job_id: str) -> None:
        while page := await self._page({"job_id": job_id, "number": {"$gte": 0}}):
            await self._items.delete_many({"_id": {"$in": page}})

    async def _page(self, query: Document) -> list[str]:
        found = await self._items.find(query, {"_id": 1}).limit(ITEMS).to_list(None)
        return [one["_id"] for one in found]

    async def _any_open(self, job_id: str) -> bool:
        query = {"job_id": job_id, "ready_at": {"$gte": 0}}
        return await self._items.find_one(query, {"_id": 1}) is not None

    async def _counted(self, found: Document) -> Job:
        job = job_of(found)
        if job.finished_at is not None:
            return job
        return job.model_copy(update={"tally": await self._tally(job.id)})

    async def _tally(self, job_id: str) -> Tally:
        counted = [outcome.value for outcome in Outcome if outcome is not Outcome.CANCELLED]
        steps = [
            {"$match": {"job_id": job_id, "outcome": {"$in": counted}}},
            {"$group": {"_id": "$outcome", "items": {"$sum": 1}}},
        ]
        found = await self._items.aggregate(steps).to_list(None)
        return Tally(**{one["_id"]: one["items"] for one in found})

    @property
    def _jobs(self) -> Collection:
        return self._database["jobs"]

    @property
    def _items(self) -> Collection:
        return self._database["job_items"]
