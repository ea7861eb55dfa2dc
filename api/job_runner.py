"""Checks the pictures of jobs, a few at a time, beside whatever else the service does.

Any number of processes may run over one store. An item is claimed for a short while, which is
made longer as long as its process lives; a result is kept only while the claim is ours. So a
process that is killed loses nothing, and no item has two results.

Of what a key may have checked in a minute, jobs leave half to whoever waits for an answer.
"""

from __future__ import annotations

import asyncio
import uuid
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from api.errors import (
    Abandoned,
    CandorError,
    Overloaded,
    StoreUnavailable,
    TooManyRequests,
)
from api.jobs import ClaimedItem, OpenJob, Result, problem_result, verdict_result
from api.keys import LOCAL
from api.limiting import Limiter
from api.moderation import Address, Moderator
from api.naming import Name
from api.problem import mistake, problem_of
from api.store import Store
from api.turns import Turns
from api.working import Workers

LEASE_S = 15.0
"""After so long without word of its process, an item is another's."""
BACK_OFF_AT_MOST_S = 300
LOST_AT_MOST = 3
"""Processes that may die at one item before it is taken for the cause."""
RECORD_AGAIN_S = 1.0
BEFORE_ALL = datetime.fromtimestamp(0, UTC)
"""From when on an item may be claimed that is to be the next."""
REVOKED = "The key that made this job was revoked."


class JobRunner:
    """Works on jobs while it is open.

    Args:
        pictures: Counts what each caller has checked.
        at_once: Pictures that are checked beside each other; with 0, none are.
    """

    def __init__(self, moderator: Moderator, store: Store, pictures: Limiter, at_once: int) -> None:
        self._moderator = moderator
        self._store = store
        self._pictures = pictures
        self._turns = Turns()
        self._workers = Workers("jobs", self._step, at_once)
        self._held: dict[str, ClaimedItem] = {}
        self._holding: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin. Needs an open store, engine and fetcher."""
        self._workers.start()
        self._holding = asyncio.create_task(self._hold())

    async def close(self) -> None:
        """End, and let others have what is not done."""
        await self._workers.stop()
        if self._holding is not None:
            self._holding.cancel()
            with suppress(asyncio.CancelledError):
                await self._holding
            self._holding = None
        # Where the store is away, the claims end by themselves.
        with suppress(StoreUnavailable):
            for item in list(self._held.values()):
                await self._store.release_item(item, BEFORE_ALL)
        self._held.clear()

    def wake(self) -> None:
        """There is a new job."""
        self._workers.wake()

    async def _hold(self) -> None:
        while True:
            await asyncio.sleep(LEASE_S / 3)
            if self._held:
                with suppress(StoreUnavailable):
                    until = datetime.now(UTC) + timedelta(seconds=LEASE_S)
                    await self._store.hold_items(tuple(self._held.values()), until)

    async def _step(self) -> bool:
        """Check one picture, if there is one whose caller may have it checked now."""
        waiting: set[str] = set()
        for job in self._turns.order(await self._store.open_jobs()):
            if job.caller in waiting:
                continue
            per_minute = await self._per_minute(job)
            if per_minute is None or not self._has_room(job.caller, per_minute):
                waiting.add(job.caller)
            elif item := await self._claimed(job, per_minute):
                self._turns.took(job)
                await self._work(item, job.caller)
                return True
        return False

    async def _per_minute(self, job: OpenJob) -> int | None:
        """Pictures that the caller may have checked; None if that is none, and ends the job."""
        if job.caller == LOCAL:
            return 0
        key = await self._store.key(job.caller)
        if key is not None and key.revoked_at is None:
            return key.pictures_per_minute
        for one in await self._store.open_jobs():
            if one.caller == job.caller:
                await self._store.cancel_job(one.id, REVOKED, datetime.now(UTC))
        return None

    def _has_room(self, caller: str, per_minute: int) -> bool:
        # With one more than half of a bucket left, the other half stays.
        return not per_minute or not self._pictures.wait_s(caller, per_minute, per_minute // 2 + 1)

    async def _claimed(self, job: OpenJob, per_minute: int) -> ClaimedItem | None:
        now = datetime.now(UTC)
        until = now + timedelta(seconds=LEASE_S)
        item = await self._store.claim_item(job.id, uuid.uuid4().hex, now, until)
        if item is None:
            await self._store.finish_job(job.id, now)
            return None
        self._held[item.claimant] = item
        try:
            if per_minute:
                self._pictures.take(job.caller, per_minute)
        except TooManyRequests:
            # Somebody was faster, between our question and the claim.
            await self._let_go(item, 0)
            return None
        return item

    async def _work(self, item: ClaimedItem, caller: str) -> None:
        try:
            result = await self._result(item, caller)
        except (Overloaded, StoreUnavailable):
            await self._let_go(item, min(2**item.tries, BACK_OFF_AT_MOST_S))
            return
        while not await self._recorded(item, result):  # noqa: ASYNC110 - no event tells of a store
            await asyncio.sleep(RECORD_AGAIN_S)
        await self._store.finish_job(item.job_id, datetime.now(UTC))

    async def _recorded(self, item: ClaimedItem, result: Result) -> bool:
        """Whether there is nothing left to keep: it is kept, or the claim was another's."""
        try:
            await self._store.record_item(item, result)
        except StoreUnavailable:
            return False
        except Exception:
            del self._held[item.claimant]
            raise
        del self._held[item.claimant]
        return True

    async def _result(self, item: ClaimedItem, caller: str) -> Result:
        try:
            if item.lost >= LOST_AT_MOST:
                raise Abandoned(
                    f"The service stopped {item.lost} times while it was at this picture, so it "
                    "is not tried again. Check the picture by itself, or leave it out."
                )
            name = Name(caller, item.external_id) if item.external_id else None
            return verdict_result(await self._moderator.check(Address(item.url), name=name))
        except (Overloaded, StoreUnavailable):
            raise
        except CandorError as error:
            return problem_result(problem_of(error))
        except Exception as error:
            return problem_result(mistake(error))

    async def _let_go(self, item: ClaimedItem, seconds: float) -> None:
        # First: if the store is away, the claim is to end by itself.
        del self._held[item.claimant]
        await self._store.release_item(item, datetime.now(UTC) + timedelta(seconds=seconds))
