"""What came of clips, in the embedded store."""

from __future__ import annotations

from datetime import datetime

from api.store.sqlite.file import SqliteFile, fetched
from api.store.tallies import microseconds
from api.video.answer import VideoCheck
from api.video.keeping import MOST_OF_ONE_CALLER

KEEP = """
    INSERT INTO clip (caller, id, ended_at, document) VALUES (?, ?, ?, ?)
    ON CONFLICT DO NOTHING
"""

TRIM = """
    DELETE FROM clip WHERE caller = ?1 AND id IN (
        SELECT id FROM clip WHERE caller = ?1 ORDER BY ended_at DESC, id LIMIT -1 OFFSET ?2
    )
"""

FIND = "SELECT document FROM clip WHERE caller = ? AND id = ?"

DROP = "DELETE FROM clip WHERE caller = ? AND id = ? RETURNING 1"

FORGET = "DELETE FROM clip WHERE ended_at < ? RETURNING 1"


class Clips(SqliteFile):
    """The part of `api.store.Store` about clips."""

    async def keep_clip(self, caller: str, check: VideoCheck, ended_at: datetime) -> None:
        row = (caller, check.id, microseconds(ended_at), check.model_dump_json())
        async with self._transaction() as connection:
            await fetched(connection, KEEP, row)
            await fetched(connection, TRIM, (caller, MOST_OF_ONE_CALLER))

    async def clip(self, caller: str, clip_id: str) -> VideoCheck | None:
        found = await self._read(VideoCheck.model_validate_json, FIND, caller, clip_id)
        return next(iter(found), None)

    async def forget_clip(self, caller: str, clip_id: str) -> bool:
        async with self._transaction() as connection:
            return bool(await fetched(connection, DROP, (caller, clip_id)))

    async def forget_clips(self, before: datetime) -> int:
        async with self._transaction() as connection:
            return len(await fetched(connection, FORGET, (microseconds(before),)))
