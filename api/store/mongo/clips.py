"""What came of clips, in MongoDB."""

from __future__ import annotations

from datetime import datetime

from api.store.mongo.connection import Collection, MongoDatabase
from api.store.tallies import microseconds
from api.video.answer import VideoCheck
from api.video.keeping import MOST_OF_ONE_CALLER

PAGE = 100


class Clips(MongoDatabase):
    """The part of `api.store.Store` about clips."""

    async def keep_clip(self, caller: str, check: VideoCheck, ended_at: datetime) -> None:
        kept = {
            "caller": caller,
            "ended_at": microseconds(ended_at),
            "document": check.model_dump(mode="json"),
        }
        with self._failures_told():
            await self._clips.update_one(
                {"_id": _id(caller, check.id)}, {"$setOnInsert": kept}, upsert=True
            )
            while surplus := await self._surplus(caller):
                await self._clips.delete_many({"_id": {"$in": surplus}})

    async def _surplus(self, caller: str) -> list[str]:
        theirs = {"caller": caller, "ended_at": {"$gte": 0}}
        found = (
            await self._clips.find(theirs, {"_id": 1})
            .sort([("ended_at", -1), ("_id", 1)])
            .skip(MOST_OF_ONE_CALLER)
            .limit(PAGE)
            .to_list(None)
        )
        return [one["_id"] for one in found]

    async def clip(self, caller: str, clip_id: str) -> VideoCheck | None:
        with self._failures_told():
            found = await self._clips.find_one({"_id": _id(caller, clip_id)})
            return VideoCheck.model_validate(found["document"]) if found else None

    async def forget_clip(self, caller: str, clip_id: str) -> bool:
        with self._failures_told():
            gone = await self._clips.delete_one({"_id": _id(caller, clip_id)})
            return bool(gone.deleted_count)

    async def forget_clips(self, before: datetime) -> int:
        with self._failures_told():
            gone = await self._clips.delete_many({"ended_at": {"$lt": microseconds(before)}})
            return gone.deleted_count

    @property
    def _clips(self) -> Collection:
        return self._database["clips"]


def _id(caller: str, clip_id: str) -> str:
    return f"{caller}:{clip_id}"
