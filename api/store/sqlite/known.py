"""Labels from elsewhere, in the embedded store."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence

from api.store.bands import band_keys, near_keys
from api.store.records import PDQ_RADIUS, HashKind, KnownHash
from api.store.sqlite.file import PAGE, SqliteFile
from api.store.tallies import microseconds

ADD = """
    INSERT INTO known_hash (kind, value, source, added_at, document) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (kind, value, source)
    DO UPDATE SET added_at = excluded.added_at, document = excluded.document
"""

ADD_BANDS = """
    INSERT INTO known_band (key, entry)
    SELECT bands.value, entry FROM known_hash CROSS JOIN json_each(?) AS bands
    WHERE kind = 'pdq' AND known_hash.value = ? AND source = ?
    ON CONFLICT DO NOTHING
"""

KNOWN = """
    SELECT document FROM known_hash WHERE kind = ? AND value = ? ORDER BY added_at DESC, source
"""

NEAR = f"""
    SELECT document, pdq_distance(value, ?1) AS distance FROM known_hash
    WHERE entry IN (
        SELECT entry FROM known_band WHERE key IN (SELECT value FROM json_each(?2))
    ) AND distance <= {PDQ_RADIUS}
    ORDER BY distance, added_at DESC, source LIMIT ?3
"""  # noqa: S608

AFTER = """
    SELECT document FROM known_hash WHERE (kind, value, source) > (?, ?, ?)
    ORDER BY kind, value, source LIMIT ?
"""


class KnownHashes(SqliteFile):
    """The part of `api.store.Store` about labels that somebody else gave."""

    async def add_known(self, hashes: Sequence[KnownHash]) -> None:
        rows = [
            (*_key(known), microseconds(known.added_at), known.model_dump_json())
            for known in hashes
        ]
        bands = [
            (json.dumps(band_keys(known.value)), known.value, known.source)
            for known in hashes
            if known.kind is HashKind.PDQ
        ]
        async with self._transaction() as connection:
            await connection.executemany(ADD, rows)
            await connection.executemany(ADD_BANDS, bands)

    async def known(self, kind: HashKind, value: str) -> tuple[KnownHash, ...]:
        return tuple(await self._look_up(KnownHash.model_validate_json, KNOWN, kind.value, value))

    async def known_near(self, pdq: str, limit: int) -> list[tuple[KnownHash, int]]:
        return await self._read(_at_distance, NEAR, pdq, json.dumps(near_keys(pdq)), limit)

    async def all_known(self) -> AsyncIterator[KnownHash]:
        last = ("", "", "")
        while page := await self._read(KnownHash.model_validate_json, AFTER, *last, PAGE):
            for known in page:
                yield known
            last = _key(page[-1])


def _key(known: KnownHash) -> tuple[str, str, str]:
    return known.kind.value, known.value, known.source


def _at_distance(document: str, distance: int) -> tuple[KnownHash, int]:
    return KnownHash.model_validate_json(document), distance
