"""Several processes that work on the jobs of one store, whichever store it is."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest
from store_jobs import job

from api import working
from api.fetching import Fetcher
from api.job_runner import JobRunner
from api.jobs import JobItem, JobState, Tally
from api.limiting import Limiter
from api.moderation import Moderator
from api.settings import Settings
from api.store import Store

from engines import GatedEngine
from pictures import encoded, noise

ITEMS = 24


async def test_two_processes_share_a_job_and_check_each_picture_once(
    store: Store, another: Store, sites, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "POLL_S", 0.05)
    site = await sites.serving(encoded(noise(40, 40)))
    names = frozenset({site.name})
    items = [JobItem(url=f"{site.url}/{number}") for number in range(ITEMS)]
    made = job("shared", total=ITEMS, caller="local", created_at=datetime.now(UTC))
    async with AsyncExitStack() as stack:
        fetcher = Fetcher(max_bytes=100_000, deadline_s=30, private_hosts=names)
        await stack.enter_async_context(fetcher)
        await store.add_job(made, items)
        for handle in (store, another):
            moderator = Moderator(fetcher, GatedEngine(), handle, Settings())
            runner = JobRunner(moderator, handle, Limiter("pictures"), 2)
            stack.push_async_callback(runner.close)
            await runner.open()
        async with asyncio.timeout(120):
            while await store.open_jobs():  # noqa: ASYNC110 - only the store tells
                await asyncio.sleep(0.02)
    found = await store.job("shared")
    assert found is not None
    assert (found.state, found.tally) == (JobState.DONE, Tally(fake=ITEMS))
    assert len(site.requests) == ITEMS
