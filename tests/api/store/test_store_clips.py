"""What every store promises of what came of clips, asked of each of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api.store import Store
from api.store.mongo import clips as mongo_clips
from api.store.sqlite import clips as sqlite_clips
from api.video.answer import VideoCheck, VideoState

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)


def ended(name: str) -> VideoCheck:
    return VideoCheck(id=name, state=VideoState.FAILED, frames=7, created_at=NOW)


async def test_what_came_of_a_clip_is_found_again_by_its_caller_alone(
    store: Store, another: Store
) -> None:
    await store.keep_clip("ann", ended("one"), NOW)
    # Told again, as after a failure.
    await store.keep_clip("ann", ended("one"), NOW)

    assert await another.clip("ann", "one") == ended("one")
    assert await another.clip("bob", "one") is None
    assert await another.clip("ann", "two") is None


async def test_it_is_forgotten_for_its_caller_alone(store: Store) -> None:
    await store.keep_clip("ann", ended("one"), NOW)

    assert not await store.forget_clip("bob", "one")
    assert await store.forget_clip("ann", "one")
    assert not await store.forget_clip("ann", "one")
    assert await store.clip("ann", "one") is None


async def test_what_is_old_is_forgotten(store: Store) -> None:
    for hours in range(3):
        await store.keep_clip("ann", ended(str(hours)), NOW + timedelta(hours=hours))

    assert await store.forget_clips(NOW + timedelta(hours=2)) == 2
    assert await store.clip("ann", "1") is None
    assert await store.clip("ann", "2") == ended("2")


async def test_of_one_caller_no_more_than_so_many_are_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (mongo_clips, sqlite_clips):
        monkeypatch.setattr(module, "MOST_OF_ONE_CALLER", 2)
    await store.keep_clip("bob", ended("his"), NOW - timedelta(days=1))
    for minutes in range(4):
        await store.keep_clip("ann", ended(str(minutes)), NOW + timedelta(minutes=minutes))

    left = [await store.clip("ann", str(minutes)) is not None for minutes in range(4)]
    assert left == [False, False, True, True]
    assert await store.clip("bob", "his") is not None
