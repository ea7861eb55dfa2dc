"""Writes down who read what, even if the store takes nothing for a while.

A full disk must not keep anybody from reading what is there. Entries that cannot be written wait in
memory and are written before the next one; each is in the service's log meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from api.audit import Audit, Entry
from api.errors import StoreUnavailable

WAITING_AT_MOST = 10_000

logger = logging.getLogger("candor")


class Backlog:
    """Between readers and the audit log."""

    def __init__(self, log: Audit) -> None:
        self._log = log
        self._waiting: deque[Entry] = deque(maxlen=WAITING_AT_MOST)
        self._writing = asyncio.Lock()

    async def add(self, entry: Entry) -> None:
        """Write an entry down now, or as soon as that is possible."""
        self._waiting.append(entry)
        try:
            async with self._writing:
                while self._waiting:
                    # Taken out only when it is written: one that is told twice is there once.
                    await self._log.add_entry(self._waiting[0])
                    self._waiting.popleft()
        except StoreUnavailable:
            logger.warning(
                "the audit log cannot be written; %s by %s of %s waits, of %d entries",
                entry.action,
                entry.caller,
                entry.subject or "no subject",
                len(self._waiting),
            )
