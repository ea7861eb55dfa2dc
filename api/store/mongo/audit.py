"""Who did what, in MongoDB."""

from __future__ import annotations

from datetime import datetime

from api.audit import Entry, Place
from api.store.mongo.connection import Collection, Document, MongoDatabase
from api.store.tallies import microseconds


class AuditLog(MongoDatabase):
    """The part of `api.store.Store` about who did what."""

    async def add_entry(self, entry: Entry) -> None:
        with self._failures_told():
            await write_down(self._audit, entry)

    async def entries(
        self,
        before: Place | None,
        limit: int,
        *,
        caller: str | None = None,
        subject: str | None = None,
    ) -> tuple[Entry, ...]:
        only = {"caller": caller, "subject": subject}
        query: Document = {name: value for name, value in only.items() if value is not None}
        query["at"] = {"$gte": 0}
        if before is not None:
            at = microseconds(before[0])
            query["at"] = {"$lte": at}
            query["$or"] = [{"at": {"$lt": at}}, {"_id": {"$lt": before[1]}}]
        order = [("at", -1), ("_id", -1)]
        with self._failures_told():
            found = (
                await self._audit.find(query, {"document": 1})
                .sort(order)
                .limit(limit)
                .to_list(None)
            )
            return tuple(Entry.model_validate(one["document"]) for one in found)

    async def forget_entries(self, before: datetime) -> int:
        with self._failures_told():
            gone = await self._audit.delete_many({"at": {"$lt": microseconds(before)}})
            return gone.deleted_count


async def write_down(audit: Collection, entry: Entry) -> None:
    """Keep an entry, before what it tells is done."""
    kept = {
        "at": microseconds(entry.at),
        "caller": entry.caller,
        "subject": entry.subject,
        "document": entry.model_dump(mode="json"),
    }
    await audit.replace_one({"_id": entry.id}, kept, upsert=True)
