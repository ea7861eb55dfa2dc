"""What tells alike pictures apart, in the embedded store: perceptual hashes, witnesses, links."""

from __future__ import annotations

import json
from collections.abc import Sequence

import aiosqlite

from api.store.bands import band_keys, near_keys
from api.store.records import (
    MOST_LINKS,
    PDQ_QUALITY,
    PDQ_RADIUS,
    IndexedHash,
    Link,
    Neighbour,
    Trace,
)
from api.store.sqlite.file import SqliteFile, fetched
from api.verdict import Verdict

KEEP_HASH = "INSERT INTO perceptual_hash (verdict_id, pdq) VALUES (?, ?) RETURNING entry"

KEEP_BANDS = "INSERT INTO band (key, entry) SELECT value, ? FROM json_each(?)"

KEEP_LINK = """
    INSERT INTO link (verdict_id, relative_id, distance, same_picture)
    SELECT ?, id, ?, ? FROM verdict WHERE id = ? AND id <> ? ON CONFLICT DO NOTHING
"""

# CROSS JOIN keeps the order: bands, then hashes, and verdicts only of hashes within the radius.
# Documents and witnesses are joined outside, so that the sort does not carry them along.
NEAR = f"""
    SELECT document, distance, witness, quarantined
    FROM (
        SELECT verdict_id, checked_at, pdq_distance(pdq, ?1) AS distance
        FROM perceptual_hash CROSS JOIN verdict ON id = verdict_id
        WHERE entry IN (SELECT entry FROM band WHERE key IN (SELECT value FROM json_each(?2)))
            AND pdq_distance(pdq, ?1) <= {PDQ_RADIUS}
            AND (?3 IS NULL OR model_id = ?3)
        ORDER BY distance, checked_at DESC, verdict_id LIMIT ?4
    ) AS found CROSS JOIN verdict ON id = verdict_id
    ORDER BY distance, found.checked_at DESC, verdict_id
"""  # noqa: S608

NEIGHBOURS = """
    SELECT document, json_extract(found.value, '$[1]'), witness, quarantined
    FROM json_each(?) AS found CROSS JOIN verdict ON verdict.id = json_extract(found.value, '$[0]')
    ORDER BY found.key
"""

SINCE = "SELECT verdict_id, pdq, entry FROM perceptual_hash WHERE entry > ? ORDER BY entry LIMIT ?"

LINKS = """
    SELECT document, linked.id, distance, same_picture
    FROM (
        SELECT relative_id AS id, distance, same_picture FROM link WHERE verdict_id = ?1
        UNION ALL
        SELECT verdict_id, distance, same_picture FROM link WHERE relative_id = ?1
    ) AS linked CROSS JOIN verdict USING (id)
    ORDER BY distance, checked_at DESC LIMIT ?2
"""


class Traces(SqliteFile):
    """The part of `api.store.Store` about pictures that look like each other."""

    async def near(self, pdq: str, model_id: str | None, limit: int) -> list[Neighbour]:
        keys = json.dumps(near_keys(pdq))
        return await self._read(_neighbour, NEAR, pdq, keys, model_id, limit)

    async def neighbours(self, found: Sequence[tuple[str, int]]) -> list[Neighbour]:
        return await self._read(_neighbour, NEIGHBOURS, json.dumps(found))

    async def hashes_since(self, cursor: str, limit: int) -> tuple[list[IndexedHash], str]:
        rows = await self._read(_entry, SINCE, int(cursor or 0), limit)
        return [indexed for indexed, _ in rows], str(rows[-1][1]) if rows else cursor

    async def links(self, verdict_id: str) -> tuple[tuple[Verdict, Link], ...]:
        return tuple(await self._look_up(_linked, LINKS, verdict_id, MOST_LINKS))


async def keep_trace(connection: aiosqlite.Connection, verdict: Verdict, trace: Trace) -> None:
    """Write what hangs on a verdict that this transaction has just inserted."""
    pdq, quality = verdict.picture.pdq, verdict.picture.pdq_quality
    if pdq is not None and quality is not None and quality >= PDQ_QUALITY:
        ((entry,),) = await fetched(connection, KEEP_HASH, (verdict.id, pdq))
        await fetched(connection, KEEP_BANDS, (entry, json.dumps(band_keys(pdq))))
    links = [
        (verdict.id, link.distance, link.same_picture, link.verdict_id, verdict.id)
        for link in trace.relatives
    ]
    await connection.executemany(KEEP_LINK, links)


def _neighbour(document: str, distance: int, witness: bytes | None, quarantined: int) -> Neighbour:
    verdict = Verdict.model_validate_json(document)
    return Neighbour(verdict, distance, witness, bool(quarantined))


def _entry(verdict_id: str, pdq: str, entry: int) -> tuple[IndexedHash, int]:
    return IndexedHash(verdict_id, pdq), entry


def _linked(
    document: str, verdict_id: str, distance: int, same_picture: int
) -> tuple[Verdict, Link]:
    return Verdict.model_validate_json(document), Link(verdict_id, distance, bool(same_picture))
