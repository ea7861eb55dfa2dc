"""Keys of callers, in MongoDB."""

from __future__ import annotations

from datetime import datetime

from api.keys import ApiKey
from api.store.mongo.connection import Collection, Document, MongoDatabase


class ApiKeys(MongoDatabase):
    """The part of `api.store.Store` about keys."""

    async def add_key(self, key: ApiKey) -> None:
        with self._failures_told():
            await self._api_keys.insert_one({"_id": key.id, **_document(key)})

    async def key(self, key_id: str) -> ApiKey | None:
        with self._failures_told():
            found = await self._api_keys.find_one({"_id": key_id})
            return ApiKey.model_validate(found["document"]) if found else None

    async def keys(self) -> tuple[ApiKey, ...]:
        with self._failures_told():
            found = await self._api_keys.find({}).to_list(None)
            keys = [ApiKey.model_validate(one["document"]) for one in found]
            return tuple(sorted(keys, key=lambda key: (key.created_at, key.id)))

    async def revoke_key(self, key_id: str, at: datetime) -> bool:
        with self._failures_told():
            changed = await self._api_keys.update_one(
                {"_id": key_id, "document.revoked_at": None},
                {"$set": {"document.revoked_at": at.isoformat()}},
            )
            return bool(changed.modified_count)

    @property
    def _api_keys(self) -> Collection:
        return self._database["api_keys"]


def _document(key: ApiKey) -> Document:
    return {"document": key.model_dump(mode="json")}
