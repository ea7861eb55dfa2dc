"""Who read is written down in the end, and a store that takes nothing keeps nobody from reading."""

from __future__ import annotations

import asyncio
import logging

import pytest

from api.audit import Action, Entry, entry
from api.backlog import Backlog
from api.errors import StoreUnavailable


class Log:
    """An audit log that may be full, and gives way in between."""

    def __init__(self) -> None:
        self.full = False
        self.written: list[Entry] = []

    async def add_entry(self, entry: Entry) -> None:
        await asyncio.sleep(0)
        if self.full:
            raise StoreUnavailable("The disk is full.")
        if entry not in self.written:
            self.written.append(entry)


def readings(count: int) -> list[Entry]:
    return [entry("a key", Action.READ_VERDICT, f"verdict {number}") for number in range(count)]


async def test_what_could_not_be_written_is_written_before_the_next(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log, all_ = Log(), readings(4)
    backlog = Backlog(log)  # type: ignore[arg-type]
    await backlog.add(all_[0])
    log.full = True
    with caplog.at_level(logging.WARNING, "candor"):
        await backlog.add(all_[1])
        await backlog.add(all_[2])
    log.full = False
    await backlog.add(all_[3])

    assert log.written == all_
    assert "verdict.read by a key of verdict 2 waits, of 2 entries" in caplog.text


async def test_readers_beside_each_other_lose_nothing() -> None:
    log, all_ = Log(), readings(50)
    backlog = Backlog(log)  # type: ignore[arg-type]
    await asyncio.gather(*(backlog.add(one) for one in all_))
    assert sorted(one.id for one in log.written) == sorted(one.id for one in all_)
