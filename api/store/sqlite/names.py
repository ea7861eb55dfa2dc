"""What callers call pictures, in the embedded store."""

from __future__ import annotations

from api.audit import Entry
from api.naming import Name
from api.store.sqlite.audit import write_down
from api.store.sqlite.file import SqliteFile, fetched
from api.verdict import Verdict

GIVE = """
    INSERT INTO external_name (caller, external_id, pixels_sha256, verdict_id)
    SELECT ?, ?, ?, id FROM verdict WHERE id = ?
    ON CONFLICT DO UPDATE
    SET pixels_sha256 = excluded.pixels_sha256, verdict_id = excluded.verdict_id
"""

NAMED = """
    SELECT document FROM external_name JOIN verdict ON verdict.id = verdict_id
    WHERE caller = ? AND external_id = ?
"""

IDS_NAMED = """
    SELECT DISTINCT verdict.id FROM external_name AS name JOIN verdict ON verdict.id = verdict_id
    WHERE external_id = ? AND name.pixels_sha256 = verdict.pixels_sha256
"""

FORGET = "DELETE FROM external_name WHERE external_id = ? RETURNING 1"


class ExternalNames(SqliteFile):
    """The part of `api.store.Store` about names."""

    async def give_name(self, name: Name, verdict: Verdict) -> None:
        row = (name.caller, name.external_id, verdict.picture.pixels_sha256, verdict.id)
        async with self._transaction() as connection:
            await fetched(connection, GIVE, row)

    async def named(self, name: Name) -> Verdict | None:
        return await self._read_one(
            Verdict.model_validate_json, NAMED, name.caller, name.external_id
        )

    async def ids_named(self, external_id: str) -> tuple[str, ...]:
        return tuple(await self._read(str, IDS_NAMED, external_id))

    async def forget_name(self, external_id: str, entry: Entry) -> int:
        async with self._transaction() as connection:
            await write_down(connection, entry)
            return len(await fetched(connection, FORGET, (external_id,)))
