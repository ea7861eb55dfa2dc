"""Who did what, in the embedded store."""

from __future__ import annotations

from datetime import datetime

import aiosqlite

from api.audit import Entry, Place
from api.store.sqlite.file import SqliteFile, fetched
from api.store.tallies import microseconds

ADD = """
    INSERT INTO audit (id, at, caller, subject, document) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING
"""

FORGET = "DELETE FROM audit WHERE at < ? RETURNING 1"

LAST = (2**63 - 1, "g")
"""After every entry: ids are hexadecimal digits."""


class AuditLog(SqliteFile):
    """The part of `api.store.Store` about who did what."""

    async def add_entry(self, entry: Entry) -> None:
        async with self._transaction() as connection:
            await write_down(connection, entry)

    async def entries(
        self,
        before: Place | None,
        limit: int,
        *,
        caller: str | None = None,
        subject: str | None = None,
    ) -> tuple[Entry, ...]:
        place = LAST if before is None else (microseconds(before[0]), before[1])
        only = {"caller = ?": caller, "subject = ?": subject}
        wanted = {condition: value for condition, value in only.items() if value is not None}
        conditions = " AND ".join([*wanted, "(at, id) < (?, ?)"])
        query = f"SELECT document FROM audit WHERE {conditions} ORDER BY at DESC, id DESC LIMIT ?"  # noqa: S608
        values = (*wanted.values(), *place, limit)
        return tuple(await self._read(Entry.model_validate_json, query, *values))

    async def forget_entries(self, before: datetime) -> int:
        async with self._transaction() as connection:
            return len(await fetched(connection, FORGET, (microseconds(before),)))


async def write_down(connection: aiosqlite.Connection, entry: Entry) -> None:
    """Keep an entry in the transaction that does what it tells."""
    at = microseconds(entry.at)
    row = (entry.id, at, entry.caller, entry.subject, entry.model_dump_json())
    await fetched(connection, ADD, row)
