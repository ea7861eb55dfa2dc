"""What people say of verdicts, and what waits for them, in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from api.audit import Entry
from api.reviews import Kind, Place, Reason, Remark, Waiting, contrary
from api.store.labels import known_label
from api.store.mongo.audit import write_down
from api.store.mongo.connection import Collection, Document, MongoDatabase
from api.store.mongo.known import label_document, label_id
from api.store.records import REVIEW, HashKind
from api.store.tallies import microseconds
from api.verdict import Label, Verdict


class Remarks(MongoDatabase):
    """The part of `api.store.Store` about what people say.

    The remark is kept before what follows from it: who is told that this failed says it again.
    """

    async def add_remark(self, remark: Remark, entry: Entry) -> None:
        kept = {
            "pixels_sha256": remark.pixels_sha256,
            "at": microseconds(remark.at),
            "document": remark.model_dump(mode="json"),
        }
        with self._failures_told():
            await write_down(self._audit, entry)
            await self._remarks.replace_one({"_id": remark.id}, kept, upsert=True)
            if remark.kind is Kind.REPORT:
                await let_wait(self._database, Reason.REPORTED, remark.verdict_id)
            elif remark.kind is Kind.APPEAL:
                await let_wait(self._database, Reason.APPEALED, remark.verdict_id)
            elif label := known_label(remark):
                await self._known_hashes.replace_one(
                    {"_id": label_id(label)}, label_document(label), upsert=True
                )
                await self._verdicts.update_many(
                    {"pixels_sha256": remark.pixels_sha256}, {"$unset": {"waits": ""}}
                )

    async def remarks(self, pixels: Sequence[str]) -> tuple[Remark, ...]:
        with self._failures_told():
            found = await self._remarks.find({"pixels_sha256": {"$in": list(pixels)}}).to_list(None)
            found.sort(key=lambda one: (one["at"], one["_id"]))
            return tuple(Remark.model_validate(one["document"]) for one in found)

    async def reviewed(self, verdict_ids: Sequence[str]) -> dict[str, Label]:
        with self._failures_told():
            found = await self._verdicts.find(
                {"_id": {"$in": list(verdict_ids)}}, {"pixels_sha256": 1}
            ).to_list(None)
            names = [review_id(one["pixels_sha256"]) for one in found]
            labels = await self._known_hashes.find(
                {"_id": {"$in": names}}, {"document.label": 1}
            ).to_list(None)
        told = {one["_id"]: Label(one["document"]["label"]) for one in labels}
        return {
            one["_id"]: told[name]
            for one in found
            if (name := review_id(one["pixels_sha256"])) in told
        }

    async def queue(self, reason: Reason | None, after: Place, limit: int) -> tuple[Waiting, ...]:
        later: list[Document] = [
            {"waits.checked_at": {"$gt": after.checked_at}},
            {"waits.checked_at": after.checked_at, "_id": {"$gt": after.verdict_id}},
        ]
        order = [("waits.checked_at", 1), ("_id", 1)]
        if reason is None:
            query: Document = {
                "waits.checked_at": {"$exists": True},
                "waits.urgency": {"$gte": after.urgency},
                "$or": [
                    {"waits.urgency": {"$gt": after.urgency}},
                    *({"waits.urgency": after.urgency, **one} for one in later),
                ],
            }
            order = [("waits.urgency", 1), *order]
        else:
            query = {
                "waits.reasons": reason.value,
                "waits.checked_at": {"$gte": after.checked_at},
                "$or": later,
            }
        with self._failures_told():
            found = (
                await self._verdicts.find(query, {"document": 1, "waits": 1})
                .sort(order)
                .limit(limit)
                .to_list(None)
            )
            return tuple(_waiting(one, reason) for one in found)


async def let_wait(database: Any, reason: Reason, verdict_id: str) -> None:
    """Let a verdict wait, if there is one and its picture was not reviewed.

    The database is typed `Any`, since only `connection` knows Motor.
    """
    verdicts = database["verdicts"]
    fields = {"pixels_sha256": 1, "document.checked_at": 1}
    found = await verdicts.find_one({"_id": verdict_id}, fields)
    if found is None:
        return
    pixels = found["pixels_sha256"]
    if reason is not Reason.APPEALED and await _is_reviewed(database["known_hashes"], pixels):
        return
    change = {
        "$addToSet": {"waits.reasons": reason.value},
        "$min": {"waits.urgency": reason.urgency},
        "$set": {"waits.checked_at": _seconds(found["document"]["checked_at"])},
    }
    await verdicts.update_one({"_id": verdict_id}, change)


async def contradicted(
    verdicts: Collection, verdict: Verdict, relatives: Sequence[Document]
) -> list[str]:
    """Those of its relatives that say the contrary."""
    opposite = contrary(verdict.label)
    if opposite is None or not relatives:
        return []
    ids = [one["verdict_id"] for one in relatives]
    query = {"_id": {"$in": ids}, "document.label": opposite.value}
    return [one["_id"] for one in await verdicts.find(query, {"_id": 1}).to_list(None)]


async def first_wait(
    known_hashes: Collection, verdict: Verdict, against: Sequence[str]
) -> Document:
    """What a new verdict's document carries if it waits from the beginning."""
    uncertain = verdict.label is Label.UNCERTAIN
    if not (uncertain or against):
        return {}
    if await _is_reviewed(known_hashes, verdict.picture.pixels_sha256):
        return {}
    reason = Reason.UNCERTAIN if uncertain else Reason.CONFLICTING
    return {
        "waits": {
            "reasons": [reason.value],
            "urgency": reason.urgency,
            "checked_at": verdict.checked_at.timestamp(),
        }
    }


async def _is_reviewed(known_hashes: Collection, pixels_sha256: str) -> bool:
    found = await known_hashes.find_one({"_id": review_id(pixels_sha256)}, {"_id": 1})
    return found is not None


def review_id(pixels_sha256: str) -> str:
    """Under which a review is kept among the labels."""
    return f"{HashKind.PIXELS.value}:{pixels_sha256}:{REVIEW}"


def _seconds(written: str) -> float:
    return datetime.fromisoformat(written).timestamp()


def _waiting(found: Document, reason: Reason | None) -> Waiting:
    waits = found["waits"]
    urgency = waits["urgency"] if reason is None else reason.urgency
    reasons = sorted(map(Reason, waits["reasons"]), key=lambda one: one.urgency)
    place = Place(urgency, waits["checked_at"], found["_id"])
    return Waiting(place, Verdict.model_validate(found["document"]), tuple(reasons))
