"""Keys of callers, in the embedded store."""

from __future__ import annotations

from datetime import datetime

from api.keys import ApiKey
from api.store.sqlite.file import SqliteFile, fetched

ADD = "INSERT INTO api_key (id, document) VALUES (?, ?)"
KEY = "SELECT document FROM api_key WHERE id = ?"
KEYS = "SELECT document FROM api_key ORDER BY rowid"
CHANGE = "UPDATE api_key SET document = ? WHERE id = ?"


class ApiKeys(SqliteFile):
    """The part of `api.store.Store` about keys."""

    async def add_key(self, key: ApiKey) -> None:
        async with self._transaction() as connection:
            await fetched(connection, ADD, (key.id, key.model_dump_json()))

    async def key(self, key_id: str) -> ApiKey | None:
        return await self._look_up_one(ApiKey.model_validate_json, KEY, key_id)

    async def keys(self) -> tuple[ApiKey, ...]:
        return tuple(await self._read(ApiKey.model_validate_json, KEYS))

    async def revoke_key(self, key_id: str, at: datetime) -> bool:
        async with self._transaction() as connection:
            found = await fetched(connection, KEY, (key_id,))
            key = ApiKey.model_validate_json(found[0][0]) if found else None
            if key is None or key.revoked_at is not None:
                return False
            revoked = key.model_copy(update={"revoked_at": at})
            await fetched(connection, CHANGE, (revoked.model_dump_json(), key_id))
            return True
