"""What is old is forgotten, each kind at its age, and a clock that jumps takes nothing along."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from remembered import NOON, opened, verdict

from api.jobs import Job, JobItem
from api.replays import Claim
from api.retention import Retention
from api.store import Store

DAY_MINUTES = 24 * 60


@dataclass
class Clocks:
    """The calendar, and the clock that only counts; both are moved by hand."""

    calendar: datetime = NOON
    counted_s: float = 500.0

    def pass_(self, time: timedelta) -> None:
        self.calendar += time
        self.counted_s += time.total_seconds()


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Holds a verdict of 29 days ago and one of today."""
    async with opened(tmp_path) as store:
        await store.put(verdict("old", minutes=-29 * DAY_MINUTES))
        await store.put(verdict("new"))
        yield store


@pytest.fixture
def retention(store: Store, clocks: Clocks) -> Retention:
    """Keeps 30 days."""
    return keeping(store, clocks, days=30, jobs_days=7)


def keeping(store: Store, clocks: Clocks, *, days: int, jobs_days: int) -> Retention:
    return Retention(
        store,
        days,
        jobs_days,
        365,
        7,
        now=lambda: clocks.calendar,
        elapsed_s=lambda: clocks.counted_s,
    )


async def left(retention: Retention, store: Store) -> set[str]:
    """What is there after a round."""
    await retention.forget()
    return {one.id async for one in store.all_verdicts()}


async def test_a_verdict_is_forgotten_when_its_time_has_passed(
    retention: Retention, store: Store, clocks: Clocks
) -> None:
    assert await left(retention, store) == {"old", "new"}
    clocks.pass_(timedelta(days=2))
    assert await left(retention, store) == {"new"}
    clocks.pass_(timedelta(days=60))
    assert await left(retention, store) == set()


async def test_a_clock_that_jumps_ahead_forgets_nothing_until_it_is_set_back(
    retention: Retention, store: Store, clocks: Clocks, caplog: pytest.LogCaptureFixture
) -> None:
    clocks.calendar += timedelta(days=3650)
    assert await left(retention, store) == {"old", "new"}
    assert "jumped 3650 days ahead" in caplog.text
    clocks.calendar -= timedelta(days=3650)
    clocks.pass_(timedelta(days=2))
    assert await left(retention, store) == {"new"}


async def test_a_clock_that_is_set_back_forgets_less(
    retention: Retention, store: Store, clocks: Clocks
) -> None:
    clocks.calendar -= timedelta(days=20_000)
    assert await left(retention, store) == {"old", "new"}


async def test_a_small_correction_is_no_jump(
    retention: Retention, store: Store, clocks: Clocks
) -> None:
    clocks.pass_(timedelta(days=2))
    clocks.calendar += timedelta(hours=2)
    assert await left(retention, store) == {"new"}


async def fill(store: Store) -> None:
    """A job and a request of two days ago, beside the verdict that is there."""
    then = NOON - timedelta(days=2)
    item = JobItem(url="https://example.org/a.jpg")
    await store.add_job(Job(id="old", caller="a", total=1, created_at=then), [item])
    await store.cancel_job("old", "The test says so.", then)
    await store.begin_replay(Claim("a", "key", "me"), "it", then, then)


async def known(store: Store) -> tuple[bool, bool, bool]:
    """Whether the verdict, the job and the request are remembered."""
    return (
        await store.get("old") is not None,
        await store.job("old") is not None,
        await store.begin_replay(Claim("a", "key", "you"), "it", NOON - timedelta(days=9), NOON)
        is not None,
    )


@pytest.mark.parametrize(
    ("days", "jobs_days", "left"),
    [
        (0, 7, (True, True, False)),
        (1, 7, (False, True, False)),
        (30, 1, (True, False, False)),
    ],
)
async def test_each_kind_is_forgotten_at_its_age(
    store: Store, clocks: Clocks, days: int, jobs_days: int, left: tuple[bool, bool, bool]
) -> None:
    await fill(store)
    await keeping(store, clocks, days=days, jobs_days=jobs_days).forget()
    assert await known(store) == left
