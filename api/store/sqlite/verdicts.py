"""Verdicts in the embedded store, and the bytes that lead to them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from api.reviews import Reason
from api.store.bands import band_keys
from api.store.records import REVIEW, HashKind, Trace
from api.store.sqlite.file import PAGE, SqliteFile, fetched
from api.store.sqlite.reviews import let_new_wait, let_wait
from api.store.sqlite.traces import keep_trace
from api.store.tallies import microseconds
from api.verdict import PictureFacts, Verdict

BY_ID = "SELECT document FROM verdict WHERE id = ?"

BY_PIXELS = "SELECT document FROM verdict WHERE pixels_sha256 = ? AND model_id = ?"

BY_BYTES = """
    SELECT json_set(
        document, '$.picture.sha256', sha256, '$.picture.format', format, '$.picture.frames', frames
    )
    FROM picture_bytes JOIN verdict ON verdict.id = verdict_id
    WHERE sha256 = ? AND picture_bytes.model_id = ?
"""

LATEST = {
    HashKind.SHA256: """
        SELECT document FROM picture_bytes JOIN verdict ON verdict.id = verdict_id
        WHERE sha256 = ? ORDER BY checked_at DESC LIMIT 1
    """,
    HashKind.PIXELS: """
        SELECT document FROM verdict WHERE pixels_sha256 = ? ORDER BY checked_at DESC LIMIT 1
    """,
    # Its own index would be as large as the hashes; one band leaves a few of them to compare.
    HashKind.PDQ: """
        SELECT document
        FROM band
        JOIN perceptual_hash USING (entry)
        JOIN verdict ON verdict.id = verdict_id
        WHERE pdq = ? AND key = ? ORDER BY checked_at DESC LIMIT 1
    """,
}

REMEMBER = """
    INSERT INTO verdict (id, pixels_sha256, model_id, checked_at, document, witness)
    VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id
"""

LINK_BYTES = """
    INSERT INTO picture_bytes (sha256, format, frames, model_id, verdict_id)
    SELECT ?, ?, ?, model_id, id FROM verdict WHERE id = ?
    ON CONFLICT DO UPDATE
    SET verdict_id = excluded.verdict_id, format = excluded.format, frames = excluded.frames
    WHERE (verdict_id, format, frames)
        <> (excluded.verdict_id, excluded.format, excluded.frames)
"""

QUARANTINE = "UPDATE verdict SET quarantined = 1 WHERE id = ? AND NOT quarantined"

OUTDATED = """
    SELECT id, entry, pdq FROM verdict LEFT JOIN perceptual_hash ON verdict_id = id
    WHERE checked_at < ? LIMIT ?
"""

FORGET_BAND = "DELETE FROM band WHERE key = ? AND entry = ?"

FORGET = "DELETE FROM verdict WHERE id = ?"

FORGET_REMARKS = "DELETE FROM remark WHERE at < ?"

BLANK_NOTES = f"""
    UPDATE known_hash SET document = json_set(document, '$.note', '')
    WHERE source = '{REVIEW}' AND json_extract(document, '$.note') <> '' AND added_at < ?
"""  # noqa: S608

AFTER_ID = "SELECT document FROM verdict WHERE id > ? ORDER BY id LIMIT ?"


class Verdicts(SqliteFile):
    """The part of `api.store.Store` about verdicts themselves."""

    async def put(self, verdict: Verdict, trace: Trace | None = None) -> Verdict:
        stored = verdict.stored()
        trace = trace or Trace()
        key = (stored.picture.pixels_sha256, stored.model.id)
        checked_at, document = stored.checked_at.timestamp(), stored.model_dump_json()
        row = (stored.id, *key, checked_at, document, trace.witness)
        async with self._transaction() as connection:
            if await fetched(connection, REMEMBER, row):
                await keep_trace(connection, stored, trace)
                await let_new_wait(connection, stored, trace)
            documents = await fetched(connection, BY_PIXELS, key)
            if not documents:
                raise ValueError(f"verdict id {stored.id!r} belongs to another picture or model")
            kept = Verdict.model_validate_json(documents[0][0])
            await connection.execute_fetchall(LINK_BYTES, _link(stored.picture, kept))
        return kept.model_copy(update={"picture": stored.picture})

    async def get(self, verdict_id: str) -> Verdict | None:
        return await self._look_up_one(Verdict.model_validate_json, BY_ID, verdict_id)

    async def by_bytes(self, sha256: str, model_id: str) -> Verdict | None:
        return await self._look_up_one(Verdict.model_validate_json, BY_BYTES, sha256, model_id)

    async def by_pixels(self, pixels_sha256: str, model_id: str) -> Verdict | None:
        return await self._look_up_one(
            Verdict.model_validate_json, BY_PIXELS, pixels_sha256, model_id
        )

    async def latest(self, kind: HashKind, value: str) -> Verdict | None:
        band = band_keys(value)[:1] if kind is HashKind.PDQ else []
        return await self._read_one(Verdict.model_validate_json, LATEST[kind], value, *band)

    async def link_bytes(self, picture: PictureFacts, verdict: Verdict) -> None:
        async with self._transaction() as connection:
            await connection.execute_fetchall(LINK_BYTES, _link(picture, verdict))

    async def quarantine(self, verdict_id: str) -> None:
        async with self._transaction() as connection:
            await connection.execute_fetchall(QUARANTINE, (verdict_id,))
            await let_wait(connection, Reason.QUARANTINED, [verdict_id])

    async def forget_before(self, moment: datetime) -> int:
        forgotten = 0
        # Page by page, each with its bands: who wants to write gets a turn in between.
        while some := await self._forget_some(moment.timestamp()):
            forgotten += some
        async with self._transaction() as connection:
            await fetched(connection, FORGET_REMARKS, (microseconds(moment),))
            await fetched(connection, BLANK_NOTES, (microseconds(moment),))
        return forgotten

    async def all_verdicts(self) -> AsyncIterator[Verdict]:
        last_id = ""
        while page := await self._read(Verdict.model_validate_json, AFTER_ID, last_id, PAGE):
            for verdict in page:
                yield verdict
            last_id = page[-1].id

    async def _forget_some(self, before: float) -> int:
        async with self._transaction() as connection:
            outdated = await fetched(connection, OUTDATED, (before, PAGE))
            hashes = [(entry, pdq) for _, entry, pdq in outdated if pdq is not None]
            bands = [(key, entry) for entry, pdq in hashes for key in band_keys(pdq)]
            await connection.executemany(FORGET_BAND, bands)
            await connection.executemany(FORGET, [(verdict_id,) for verdict_id, *_ in outdated])
        return len(outdated)


def _link(picture: PictureFacts, verdict: Verdict) -> tuple[str, str, int, str]:
    """The values of `LINK_BYTES`."""
    return picture.sha256, picture.format, picture.frames, verdict.id
