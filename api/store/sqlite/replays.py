"""Answers to be given again, in the embedded store."""

from __future__ import annotations

from datetime import datetime

from api.replays import Answer, Claim, Replay
from api.store.sqlite.file import SqliteFile, fetched
from api.store.tallies import microseconds

FIND = "SELECT fingerprint, answer, claimed_until FROM replay WHERE caller = ? AND key = ?"

BEGIN = """
    INSERT INTO replay (caller, key, claimant, fingerprint, began_at, claimed_until)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (caller, key) DO UPDATE SET
        claimant = excluded.claimant, fingerprint = excluded.fingerprint,
        began_at = excluded.began_at, claimed_until = excluded.claimed_until
"""

HOLD = """
    UPDATE replay SET claimed_until = ?
    WHERE caller = ? AND key = ? AND claimant = ? AND answer IS NULL
"""

KEEP = """
    UPDATE replay SET answer = ?
    WHERE caller = ? AND key = ? AND claimant = ? AND answer IS NULL
"""

DROP = "DELETE FROM replay WHERE caller = ? AND key = ? AND claimant = ? AND answer IS NULL"

FORGET = "DELETE FROM replay WHERE began_at < ? RETURNING 1"


class Replays(SqliteFile):
    """The part of `api.store.Store` about answers to be given again."""

    async def begin_replay(
        self, claim: Claim, fingerprint: str, now: datetime, until: datetime
    ) -> Replay | None:
        async with self._transaction() as connection:
            found = await fetched(connection, FIND, (claim.caller, claim.key))
            if found:
                known, answer, claimed_until = found[0]
                if answer is not None:
                    return Replay(known, Answer.model_validate_json(answer))
                if claimed_until > microseconds(now):
                    return Replay(known, None)
            times = (microseconds(now), microseconds(until))
            await fetched(connection, BEGIN, (*_key(claim), fingerprint, *times))
            return None

    async def hold_replay(self, claim: Claim, until: datetime) -> None:
        async with self._transaction() as connection:
            await fetched(connection, HOLD, (microseconds(until), *_key(claim)))

    async def end_replay(self, claim: Claim, answer: Answer | None) -> None:
        async with self._transaction() as connection:
            if answer is None:
                await fetched(connection, DROP, _key(claim))
            else:
                await fetched(connection, KEEP, (answer.model_dump_json(), *_key(claim)))

    async def forget_replays(self, before: datetime) -> int:
        async with self._transaction() as connection:
            return len(await fetched(connection, FORGET, (microseconds(before),)))


def _key(claim: Claim) -> tuple[str, str, str]:
    return claim.caller, claim.key, claim.claimant
