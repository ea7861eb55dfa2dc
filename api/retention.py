"""Forgets verdicts that are older than the settings allow, every hour while the service runs."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from api.errors import StoreUnavailable
from api.store import Store

EVERY_S = 3600.0

logger = logging.getLogger("candor")


class Retention:
    """Deletes what was checked more than `days` ago; 0 keeps all."""

    def __init__(self, store: Store, days: int) -> None:
        self._store = store
        self._days = days
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin, with a first round now. Needs an open store."""
        if self._days:
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
                count = await self._store.forget_before(
                    datetime.now(UTC) - timedelta(days=self._days)
                )
                if count:
                    logger.info("%d verdicts older than %d days were forgotten", count, self._days)
            except StoreUnavailable as error:
                logger.warning("old verdicts are not forgotten yet: %s", error)
            await asyncio.sleep(EVERY_S)
