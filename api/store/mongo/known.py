"""Labels from elsewhere, in MongoDB."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from pymongo import ReplaceOne

from api.store.bands import band_keys, distance, near_keys
from api.store.mongo.connection import PAGE, Document, MongoDatabase, written
from api.store.records import PDQ_RADIUS, REVIEW, HashKind, KnownHash
from api.store.tallies import microseconds

WRITES = 1000
"""Labels in one write, so that it is answered in time."""


class KnownHashes(MongoDatabase):
    """The part of `api.store.Store` about labels that somebody else gave."""

    async def add_known(self, hashes: Sequence[KnownHash]) -> None:
        """As promised, but for all or none: what failed half-way is whole when told again."""
        documents = {label_id(known): label_document(known) for known in hashes}
        writes = [
            ReplaceOne({"_id": name}, document, upsert=True) for name, document in documents.items()
        ]
        with self._failures_told():
            for start in range(0, len(writes), WRITES):
                await written(self._known_hashes, writes[start : start + WRITES])

    async def known(self, kind: HashKind, value: str) -> tuple[KnownHash, ...]:
        # All ids that start with both; ";" comes after ":".
        start = f"{kind.value}:{value}"
        found = await self._known(
            {"_id": {"$gte": f"{start}:", "$lt": f"{start};"}, "value": value}
        )
        return tuple(sorted(found, key=_newest_first))

    async def known_near(self, pdq: str, limit: int) -> list[tuple[KnownHash, int]]:
        met = await self._known({"bands": {"$in": near_keys(pdq)}})
        found = [(known, distance(pdq, known.value)) for known in met]
        found = [(known, bits) for known, bits in found if bits <= PDQ_RADIUS]
        return sorted(found, key=lambda one: (one[1], *_newest_first(one[0])))[:limit]

    async def all_known(self) -> AsyncIterator[KnownHash]:
        after: Document = {}
        while page := await self._known(after, [("_id", 1)], PAGE):
            for known in page:
                yield known
            after = {"_id": {"$gt": label_id(page[-1])}}

    async def _known(
        self, query: Document, order: list[tuple[str, int]] | None = None, limit: int = 0
    ) -> list[KnownHash]:
        """In no order if none is named; a limit of 0 is none."""
        with self._failures_told():
            cursor = self._known_hashes.find(query, {"document": 1}, sort=order, limit=limit)
            found = await cursor.to_list(None)
            return [KnownHash.model_validate(one["document"]) for one in found]


def label_id(known: KnownHash) -> str:
    """Sorts as (kind, value, source): no kind begins another, and all values are as long."""
    return f"{known.kind.value}:{known.value}:{known.source}"


def label_document(known: KnownHash) -> Document:
    bands = {"bands": band_keys(known.value)} if known.kind is HashKind.PDQ else {}
    noted = known.source == REVIEW and known.note
    age = {"noted_at": microseconds(known.added_at)} if noted else {}
    return {"value": known.value, **bands, **age, "document": known.model_dump(mode="json")}


def _newest_first(known: KnownHash) -> tuple[float, str]:
    return -known.added_at.timestamp(), known.source
