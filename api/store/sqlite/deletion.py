"""A verdict with all that hangs on it, deleted from the embedded store."""

from __future__ import annotations

import aiosqlite

from api.audit import Entry
from api.store.bands import band_keys
from api.store.records import REVIEW, HashKind
from api.store.sqlite.audit import write_down
from api.store.sqlite.file import SqliteFile, fetched
from api.store.sqlite.jobs import forget_results
from api.store.sqlite.verdicts import FORGET, FORGET_BAND

IDS_OF = {
    HashKind.SHA256: "SELECT DISTINCT verdict_id FROM picture_bytes WHERE sha256 = ?",
    HashKind.PIXELS: "SELECT id FROM verdict WHERE pixels_sha256 = ?",
}

FIND = """
    SELECT pixels_sha256, entry, pdq FROM verdict LEFT JOIN perceptual_hash ON verdict_id = id
    WHERE id = ?
"""

ANOTHER = "SELECT 1 FROM verdict WHERE pixels_sha256 = ? LIMIT 1"

FORGET_REMARKS = "DELETE FROM remark WHERE pixels_sha256 = ? RETURNING 1"

FORGET_REVIEW = f"""
    DELETE FROM known_hash
    WHERE kind = '{HashKind.PIXELS}' AND value = ? AND source = '{REVIEW}' RETURNING 1
"""  # noqa: S608


class Deletion(SqliteFile):
    """The part of `api.store.Store` about deletion."""

    async def ids_of(self, kind: HashKind, value: str) -> tuple[str, ...]:
        query = IDS_OF.get(kind)
        return tuple(await self._read(str, query, value)) if query else ()

    async def delete_verdict(self, verdict_id: str, entry: Entry) -> bool:
        async with self._transaction() as connection:
            found = await fetched(connection, FIND, (verdict_id,))
            if not found:
                return False
            ((pixels_sha256, hash_entry, pdq),) = found
            await write_down(connection, entry)
            if pdq is not None:
                bands = [(key, hash_entry) for key in band_keys(pdq)]
                await connection.executemany(FORGET_BAND, bands)
            await fetched(connection, FORGET, (verdict_id,))
            await forget_results(connection, verdict_id)
            if not await fetched(connection, ANOTHER, (pixels_sha256,)):
                await _forget_said(connection, pixels_sha256)
            return True

    async def forget_said(self, pixels_sha256: str, entry: Entry) -> bool:
        async with self._transaction() as connection:
            if not await _forget_said(connection, pixels_sha256):
                return False
            await write_down(connection, entry)
            return True


async def _forget_said(connection: aiosqlite.Connection, pixels_sha256: str) -> bool:
    """Forget what people said of a picture in this transaction, and whether they said anything."""
    remarks = await fetched(connection, FORGET_REMARKS, (pixels_sha256,))
    review = await fetched(connection, FORGET_REVIEW, (pixels_sha256,))
    return bool(remarks or review)
