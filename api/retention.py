"""Forgets what is older than the settings allow, every hour while the service runs.

What a clock says that jumped ahead would delete everything. So the clock of the calendar is held
against the one that only counts: while they have drifted apart by more than `DRIFT`, nothing is
forgotten, and the log says so. A clock that was wrong when the service started is not noticed; and
where MongoDB keeps the verdicts, its server deletes by its own clock.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from api.errors import StoreUnavailable
from api.replays import REPLAYED_FOR_S
from api.store import Store

EVERY_S = 3600.0
DRIFT = timedelta(days=1)


logger = logging.getLogger("candor")


def uptime_s() -> float:
    """Seconds since some moment in the past. Linux also counts those for which it slept."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


class Retention:
    """Deletes what was checked more than `days` ago, 0 keeps all; jobs that ended more than
    `jobs_days` ago; what came of clips more than `video_days` ago; entries of the audit log older
    than `audit_days`; and answers that are not given again any more.

    Args:
        now: The clock of the calendar.
        elapsed_s: A clock that nobody sets. It should count while the machine sleeps.
    """

    def __init__(
        self,
        store: Store,
        days: int,
        jobs_days: int,
        audit_days: int,
        video_days: int,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        elapsed_s: Callable[[], float] = uptime_s,
    ) -> None:
        self._store = store
        self._days = days
        self._jobs_days = jobs_days
        self._audit_days = audit_days
        self._video_days = video_days
        self._now = now
        self._elapsed_s = elapsed_s
        self._origin_at_first = self._origin()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin, with a first round now. Needs an open store."""
        self._task = asyncio.create_task(self._rounds())

    async def close(self) -> None:
        """End. A round that is under way is undone or done, never half."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def forget(self) -> None:
        """One round: delete what is too old, unless the clock cannot be believed."""
        ahead = self._origin() - self._origin_at_first
        if ahead > DRIFT:
            logger.error(
                "the clock jumped %d days ahead: nothing is forgotten until it is set back, or "
                "the service is restarted because it is right",
                ahead.days,
            )
            return
        try:
            await self._round(self._now())
        except StoreUnavailable as error:
            logger.warning("what is old is not forgotten yet: %s", error)

    def _origin(self) -> datetime:
        """When the counting clock stood at 0, by the calendar: it moves if the calendar is set."""
        return self._now() - timedelta(seconds=self._elapsed_s())

    async def _rounds(self) -> None:
        while True:
            await self.forget()
            await asyncio.sleep(EVERY_S)

    async def _round(self, now: datetime) -> None:
        if self._days:
            count = await self._store.forget_before(now - timedelta(days=self._days))
            if count:
                logger.info("%d verdicts older than %d days were forgotten", count, self._days)
        count = await self._store.forget_jobs(now - timedelta(days=self._jobs_days))
        if count:
            logger.info("%d jobs older than %d days were forgotten", count, self._jobs_days)
        await self._store.forget_clips(now - timedelta(days=self._video_days))
        await self._store.forget_entries(now - timedelta(days=self._audit_days))
        await self._store.forget_replays(now - timedelta(seconds=REPLAYED_FOR_S))
