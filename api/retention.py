"""Forgets what is older than the settings allow, every hour while the service runs."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from api.errors import StoreUnavailable
from api.replays import REPLAYED_FOR_S
from api.store import Store

EVERY_S = 3600.0

logger = logging.getLogger("candor")


class Retention:
    """Deletes what was checked more than `days` ago, 0 keeps all; jobs that ended more than
    `jobs_days` ago; and answers that are not given again any more.
    """

    def __init__(self, store: Store, days: int, jobs_days: int) -> None:
        self._store = store
        self._days = days
        self._jobs_days = jobs_days
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

    async def _rounds(self) -> None:
        while True:
            try:
                await self._round(datetime.now(UTC))
            except StoreUnavailable as error:
                logger.warning("what is old is not forgotten yet: %s", error)
            await asyncio.sleep(EVERY_S)

    async def _round(self, now: datetime) -> None:
        if self._days:
            count = await self._store.forget_before(now - timedelta(days=self._days))
            if count:
                logger.info("%d verdicts older than %d days were forgotten", count, self._days)
        count = await self._store.forget_jobs(now - timedelta(days=self._jobs_days))
        if count:
            logger.info("%d jobs older than %d days were forgotten", count, self._jobs_days)
        await self._store.forget_replays(now - timedelta(seconds=REPLAYED_FOR_S))
