"""What is old is forgotten while the service runs, each kind at its own age."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from remembered import opened, verdict

from api.jobs import Job, JobItem
from api.replays import Claim
from api.retention import Retention
from api.store import Store

NOW = datetime.now(UTC)


async def fill(store: Store) -> None:
    """A job, a verdict and a request of two days ago."""
    then = NOW - timedelta(days=2)
    old = verdict("old").model_copy(update={"checked_at": then})
    await store.put(old)
    await store.add_job(
        Job(id="old", caller="a", total=1, created_at=then), [JobItem(url="https://example.org")]
    )
    await store.cancel_job("old", "The test says so.", then)
    await store.begin_replay(Claim("a", "key", "me"), "it", then, then)


async def remembered(store: Store) -> tuple[bool, bool, bool]:
    """Whether the verdict, the job and the request are known."""
    return (
        await store.get("old") is not None,
        await store.job("old") is not None,
        await store.begin_replay(Claim("a", "key", "you"), "it", NOW - timedelta(days=9), NOW)
        is not None,
    )


@pytest.mark.parametrize(
    ("days", "jobs_days", "known"),
    [
        (0, 7, (True, True, False)),
        (1, 7, (False, True, False)),
        (7, 1, (True, False, False)),
    ],
)
async def test_each_kind_is_forgotten_at_its_age(
    tmp_path: Path, days: int, jobs_days: int, known: tuple[bool, bool, bool]
) -> None:
    async with opened(tmp_path) as store:
        await fill(store)
        await Retention(store, days, jobs_days)._round(NOW)
        assert await remembered(store) == known
