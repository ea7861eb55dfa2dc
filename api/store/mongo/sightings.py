"""How often and where pictures were met, in MongoDB.

A batch of sightings is several writes. Each document remembers the last batches that it counted, so
one that failed half-way may be told again and counts once, everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pymongo import UpdateOne

from api.store.mongo.connection import Document, MongoDatabase, written
from api.store.records import HostDay, Seen, Sighting
from api.store.tallies import Tally, microseconds, moment, tally
from api.verdict import Label, Verdict

RECENT_BATCHES = 16
"""How many batches may count on one document before one that is told again counts again."""


class Sightings(MongoDatabase):
    """The part of `api.store.Store` about who asked for what."""

    async def record(self, sightings: Sequence[Sighting]) -> None:
        tallied = tally(sightings)
        named = list({last.verdict_id for last in tallied.addresses.values()})
        with self._failures_told():
            found = self._verdicts.find({"_id": {"$in": named}}, {"checked_at": 1})
            ages = {one["_id"]: one["checked_at"] for one in await found.to_list(None)}
            await written(self._verdicts, _verdict_counts(tallied))
            await written(self._host_days, _host_counts(tallied))
            await written(self._addresses, _addresses(tallied, ages))

    async def seen(self, verdict_id: str) -> Seen | None:
        with self._failures_told():
            found = await self._verdicts.find_one({"_id": verdict_id}, {"seen": 1})
        seen = (found or {}).get("seen")
        if seen is None:
            return None
        first, last = moment(seen["first_at"]), moment(seen["last_at"])
        return Seen(seen["times"], seen["times_near"], first, last)

    async def host(self, host: str, since: date) -> list[HostDay]:
        query = {"host": host, "day": {"$gte": since.isoformat()}}
        with self._failures_told():
            found = self._host_days.find(query).sort([("day", 1), ("label", 1)])
            return [
                HostDay(date.fromisoformat(one["day"]), Label(one["label"]), one["times"])
                for one in await found.to_list(None)
            ]

    async def at_address(self, address_sha256: str) -> Verdict | None:
        with self._failures_told():
            address = await self._addresses.find_one({"_id": address_sha256})
            found = address and await self._verdicts.find_one(
                {"_id": address["verdict_id"]}, {"document": 1}
            )
            return Verdict.model_validate(found["document"]) if found else None


def _counted(batch: str) -> Document:
    return {"$each": [batch], "$slice": -RECENT_BATCHES}


def _verdict_counts(tallied: Tally) -> list[UpdateOne]:
    # No upsert: what is counted lies in the verdict's document, and goes with it.
    return [
        UpdateOne(
            {"_id": verdict_id, "seen.batches": {"$ne": tallied.batch}},
            {
                "$inc": {"seen.times": seen.times, "seen.times_near": seen.times_near},
                "$min": {"seen.first_at": microseconds(seen.first)},
                "$max": {"seen.last_at": microseconds(seen.last)},
                "$push": {"seen.batches": _counted(tallied.batch)},
            },
        )
        for verdict_id, seen in tallied.verdicts.items()
    ]


def _host_counts(tallied: Tally) -> list[UpdateOne]:
    return [
        UpdateOne(
            {
                "host": host,
                "day": day.isoformat(),
                "label": label.value,
                "batches": {"$ne": tallied.batch},
            },
            {"$inc": {"times": times}, "$push": {"batches": _counted(tallied.batch)}},
            upsert=True,
        )
        for (host, day, label), times in tallied.hosts.items()
    ]


def _addresses(tallied: Tally, ages: Document) -> list[UpdateOne]:
    """What was fetched from each address, unless something was fetched from it later."""
    return [
        UpdateOne(
            {"_id": address, "fetched_at": {"$lte": microseconds(last.at)}},
            {
                "$set": {
                    "verdict_id": last.verdict_id,
                    "fetched_at": microseconds(last.at),
                    "checked_at": ages[last.verdict_id],
                }
            },
            upsert=True,
        )
        for address, last in tallied.addresses.items()
        if last.verdict_id in ages
    ]
