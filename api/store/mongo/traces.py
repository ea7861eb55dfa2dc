"""What tells alike pictures apart, in MongoDB: perceptual hashes, witnesses, links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from api.store.bands import band_keys, distance, near_keys
from api.store.mongo.connection import Collection, Document, MongoDatabase
from api.store.records import (
    MOST_LINKS,
    PDQ_QUALITY,
    PDQ_RADIUS,
    IndexedHash,
    Link,
    Neighbour,
    Trace,
)
from api.verdict import Verdict

SETTLING = timedelta(seconds=60)
"""How long after the time that the server wrote into it an entry may still appear, and by how much
the clock of a new primary may be behind."""


class Traces(MongoDatabase):
    """The part of `api.store.Store` about pictures that look like each other."""

    async def near(self, pdq: str, model_id: str | None, limit: int) -> list[Neighbour]:
        fields = {"model_id": 1, "document.picture.pdq": 1, "document.checked_at": 1}
        query = {"bands": {"$in": near_keys(pdq)}}
        with self._failures_told():
            met = await self._verdicts.find(query, fields).to_list(None)
        found = [
            (bits, newest_first(one["document"]["checked_at"]), one["_id"])
            for one in met
            if (bits := distance(pdq, one["document"]["picture"]["pdq"])) <= PDQ_RADIUS
            and model_id in (None, one["model_id"])
        ]
        return await self.neighbours([(name, bits) for bits, _, name in sorted(found)[:limit]])

    async def neighbours(self, found: Sequence[tuple[str, int]]) -> list[Neighbour]:
        documents = await self._documents([verdict_id for verdict_id, _ in found])
        with self._failures_told():
            return [
                Neighbour(
                    verdict=Verdict.model_validate(one["document"]),
                    distance=bits,
                    witness=one.get("witness"),
                    quarantined=one.get("quarantined", False),
                )
                for verdict_id, bits in found
                if (one := documents.get(verdict_id)) is not None
            ]

    async def hashes_since(self, cursor: str, limit: int) -> tuple[list[IndexedHash], str]:
        """As promised. The cursor is the time of arrival, then the id, of the last entry.

        Writers overlap, so an entry may appear among those that were read already. The cursor that
        comes with the end of the list therefore stands `SETTLING` before the last entry: whoever
        polls reads these again.
        """
        query: Document = {"came": {"$exists": True}}
        if cursor:
            came, _, verdict_id = cursor.partition(" ")
            then = datetime.fromisoformat(came)
            later = [{"came": {"$gt": then}}, {"_id": {"$gt": verdict_id}}]
            query = {"came": {"$gte": then}, "$or": later}
        fields = {"came": 1, "document.picture.pdq": 1}
        order = [("came", 1), ("_id", 1)]
        with self._failures_told():
            found = self._verdicts.find(query, fields).sort(order).limit(limit)
            page = await found.to_list(None)
        if page:
            entries = [IndexedHash(one["_id"], one["document"]["picture"]["pdq"]) for one in page]
            return entries, _cursor(page[-1]["came"], page[-1]["_id"])
        return [], cursor and _cursor(then - SETTLING, "")

    async def links(self, verdict_id: str) -> tuple[tuple[Verdict, Link], ...]:
        with self._failures_told():
            own = await self._verdicts.find_one({"_id": verdict_id}, {"relatives": 1})
            later = await self._verdicts.find(
                {"relatives.verdict_id": verdict_id}, {"relatives.$": 1}
            ).to_list(None)
        leading = [
            *(Link(**relative) for relative in (own or {}).get("relatives", ())),
            *(Link(**{**one["relatives"][0], "verdict_id": one["_id"]}) for one in later),
        ]
        nearest = sorted(leading, key=lambda link: link.distance)[:MOST_LINKS]
        documents = await self._documents([link.verdict_id for link in nearest])
        with self._failures_told():
            linked = [
                (Verdict.model_validate(documents[link.verdict_id]["document"]), link)
                for link in nearest
                if link.verdict_id in documents
            ]
        return tuple(
            sorted(linked, key=lambda one: (one[1].distance, -one[0].checked_at.timestamp()))
        )

    async def _documents(self, ids: list[str]) -> dict[str, Document]:
        fields = {"document": 1, "witness": 1, "quarantined": 1}
        with self._failures_told():
            found = await self._verdicts.find({"_id": {"$in": ids}}, fields).to_list(None)
        return {one["_id"]: one for one in found}


async def relatives_of(verdicts: Collection, verdict_id: str, trace: Trace) -> list[Document]:
    """Those of a trace that are stored, and are not the verdict itself."""
    if not trace.relatives:
        return []
    # Of one that is named twice, the first stays.
    links = {link.verdict_id: link for link in reversed(trace.relatives)}
    links.pop(verdict_id, None)
    stored = await verdicts.find({"_id": {"$in": list(links)}}, {"_id": 1}).to_list(None)
    return [
        {
            "verdict_id": link.verdict_id,
            "distance": link.distance,
            "same_picture": link.same_picture,
        }
        for link in (links[one["_id"]] for one in stored)
    ]


def trace_fields(verdict: Verdict, trace: Trace, relatives: list[Document]) -> Document:
    """What a verdict's document carries to be told from pictures like it; nothing that is empty."""
    pdq, quality = verdict.picture.pdq, verdict.picture.pdq_quality
    indexed = pdq is not None and quality is not None and quality >= PDQ_QUALITY
    fields = {
        "bands": band_keys(pdq) if indexed and pdq else None,
        "witness": trace.witness,
        "relatives": relatives or None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def newest_first(checked_at: str) -> float:
    """Sorts the newest first, to the microsecond, which a BSON date would not."""
    return -datetime.fromisoformat(checked_at).timestamp()


def _cursor(came: datetime, verdict_id: str) -> str:
    return f"{came.isoformat()} {verdict_id}"
