"""What every store promises of sightings, asked of each of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from store_verdicts import digest, scored

from api.store import Store
from api.store.records import HostDay, Seen, Sighting
from api.verdict import Label

NOON = datetime(2026, 3, 29, 12, 0, 0, 123457, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = date(2026, 3, 29)


def sighting(verdict_id: str, minutes: int = 0, **given: Any) -> Sighting:
    facts = {"label": Label.FAKE, "near": False, "at": NOON + minutes * MINUTE, **given}
    return Sighting(verdict_id, pixels_sha256=digest(f"pixels of {verdict_id}"), **facts)


async def test_sightings_add_up(store: Store) -> None:
    await store.put(scored("one"))
    await store.put(scored("two"))
    assert await store.seen("one") is None
    await store.record([sighting("one", 3), sighting("two", 4), sighting("one", 5, near=True)])
    await store.record([sighting("one", 1), sighting("one", 2)])
    assert await store.seen("one") == Seen(3, 1, NOON + MINUTE, NOON + 5 * MINUTE)
    assert await store.seen("two") == Seen(1, 0, NOON + 4 * MINUTE, NOON + 4 * MINUTE)
    assert await store.seen("unknown") is None
    await store.record([])


async def test_a_batch_told_again_counts_once(store: Store, another: Store) -> None:
    await store.put(scored("one"))
    batch = [sighting("one", 1, host="a.example"), sighting("one", 1, host="a.example")]
    await store.record(batch)
    await another.record(list(batch))
    await another.record([sighting("one", 2, host="a.example")])
    seen = await store.seen("one")
    assert seen is not None
    assert seen.times == 3
    assert await store.host("a.example", DAY) == [HostDay(DAY, Label.FAKE, 3)]


async def test_processes_that_count_at_once_lose_nothing(store: Store, another: Store) -> None:
    await store.put(scored("one"))
    batches = [[sighting("one", n, host="a.example")] * 2 for n in range(10)]
    await asyncio.gather(
        *((store, another)[n % 2].record(batch) for n, batch in enumerate(batches))
    )
    assert await store.seen("one") == Seen(20, 0, NOON, NOON + 9 * MINUTE)
    assert await store.host("a.example", DAY) == [HostDay(DAY, Label.FAKE, 20)]


async def test_a_host_is_told_by_day_and_label(store: Store) -> None:
    await store.put(scored("one"))
    day = 24 * 60
    west = timezone(timedelta(hours=-9))
    await store.record(
        [
            sighting("one", day, host="a.example", label=Label.REAL),
            sighting("one", day, host="a.example", label=Label.FAKE),
            sighting("one", 0, host="a.example", label=Label.UNCERTAIN),
            sighting("one", host="a.example", at=datetime(2026, 3, 30, 20, tzinfo=west)),
            sighting("one", -day, host="a.example"),
            sighting("one", 0, host="b.example"),
            sighting("one", 0),
        ]
    )
    after, later = DAY + timedelta(days=1), DAY + timedelta(days=2)
    assert await store.host("a.example", DAY) == [
        HostDay(DAY, Label.UNCERTAIN, 1),
        HostDay(after, Label.FAKE, 1),
        HostDay(after, Label.REAL, 1),
        HostDay(later, Label.FAKE, 1),
    ]
    assert await store.host("c.example", DAY) == []
    assert len(await store.host("a.example", date.min)) == 5


async def test_sightings_of_verdicts_that_are_gone_count_for_hosts_only(store: Store) -> None:
    await store.record([sighting("gone", host="a.example", address_sha256=digest("address"))])
    assert await store.host("a.example", DAY) == [HostDay(DAY, Label.FAKE, 1)]
    await store.put(scored("gone"))
    assert await store.seen("gone") is None
    assert await store.at_address(digest("address")) is None


async def test_what_was_fetched_last_is_at_an_address(store: Store) -> None:
    one, two = await store.put(scored("one")), await store.put(scored("two"))
    at = digest("address")
    await store.record(
        [sighting("two", 5, address_sha256=at), sighting("one", 3, address_sha256=at)]
    )
    assert await store.at_address(at) == two
    await store.record([sighting("one", 4, address_sha256=at)])
    assert await store.at_address(at) == two
    await store.record([sighting("one", 6, address_sha256=at)])
    assert await store.at_address(at) == one
    assert await store.at_address(digest("unknown")) is None
