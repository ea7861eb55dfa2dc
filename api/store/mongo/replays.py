"""Answers to be given again, in MongoDB."""

from __future__ import annotations

from datetime import datetime

from pymongo.errors import DuplicateKeyError

from api.replays import Answer, Claim, Replay
from api.store.mongo.connection import Collection, Document, MongoDatabase


class Replays(MongoDatabase):
    """The part of `api.store.Store` about answers to be given again."""

    async def begin_replay(
        self, claim: Claim, fingerprint: str, now: datetime, until: datetime
    ) -> Replay | None:
        ours = {
            "fingerprint": fingerprint,
            "claimant": claim.claimant,
            "began_at": now,
            "claimed_until": until,
        }
        stale = {"_id": _id(claim), "answer": None, "claimed_until": {"$lte": now}}
        with self._failures_told():
            try:
                # A stale claim is taken over; of two who try, the one that lost finds the key.
                await self._replays.update_one(stale, {"$set": ours}, upsert=True)
                return None
            except DuplicateKeyError:
                found = await self._replays.find_one({"_id": _id(claim)})
            if found is None:
                # It was let go in between: whoever asks again may have it.
                return Replay(fingerprint, None)
            answer = found.get("answer")
            return Replay(found["fingerprint"], Answer.model_validate(answer) if answer else None)

    async def hold_replay(self, claim: Claim, until: datetime) -> None:
        with self._failures_told():
            await self._replays.update_one(_held(claim), {"$set": {"claimed_until": until}})

    async def end_replay(self, claim: Claim, answer: Answer | None) -> None:
        with self._failures_told():
            if answer is None:
                await self._replays.delete_one(_held(claim))
            else:
                kept = {"$set": {"answer": answer.model_dump()}}
                await self._replays.update_one(_held(claim), kept)

    async def forget_replays(self, before: datetime) -> int:
        with self._failures_told():
            gone = await self._replays.delete_many({"began_at": {"$lt": before}})
            return gone.deleted_count

    @property
    def _replays(self) -> Collection:
        return self._database["replays"]


def _id(claim: Claim) -> str:
    return f"{claim.caller}:{claim.key}"


def _held(claim: Claim) -> Document:
    return {"_id": _id(claim), "claimant": claim.claimant, "answer": None}
