"""What every store promises of what is old, asked of each of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from store_verdicts import MODEL, digest, scored, verdict, witness

from api.store import Store
from api.store.records import HashKind, Link, Sighting, Trace
from api.verdict import Label

BEGINNING = verdict("any").checked_at
"""When a verdict is checked that is zero minutes late."""


async def test_what_is_old_goes_with_all_that_hangs_on_it(store: Store) -> None:
    old = await store.put(scored("old"), Trace(witness("old")))
    link = Link("old", 4, False)
    new = await store.put(scored("new", minutes=10), Trace(witness("new"), (link,)))
    asked = [
        Sighting(
            one.id, one.picture.pixels_sha256, one.label, False, BEGINNING, "a.example", one.id
        )
        for one in (old, new)
    ]
    await store.record(asked)

    assert await store.forget_before(BEGINNING + timedelta(minutes=1)) == 1

    pdq = digest("hash of old")
    assert await store.get("old") is None
    assert await store.by_bytes(old.picture.sha256, MODEL) is None
    assert await store.near(pdq, None, 10) == []
    assert await store.neighbours([("old", 0)]) == []
    assert await store.links("old") == await store.links("new") == ()
    assert await store.seen("old") is None
    assert await store.at_address("old") is None
    assert await store.latest(HashKind.PDQ, pdq) is None
    assert [entry.verdict_id for entry in (await store.hashes_since("", 10))[0]] == ["new"]
    (day,) = await store.host("a.example", date.min)
    assert day.times == 2

    assert await store.get("new") == new
    assert await store.by_bytes(new.picture.sha256, MODEL) == new
    assert [one.witness for one in await store.near(digest("hash of new"), None, 10)] == [
        witness("new")
    ]
    assert await store.seen("new") is not None
    assert await store.at_address("new") == new


async def test_what_is_forgotten_may_be_put_again(store: Store) -> None:
    await store.put(scored("old"), Trace(witness("then")))
    assert await store.forget_before(BEGINNING + timedelta(seconds=1)) == 1
    await store.put(scored("old", minutes=1), Trace(witness("now")))
    (found,) = await store.near(digest("hash of old"), MODEL, 10)
    assert (found.witness, found.quarantined) == (witness("now"), False)
    assert await store.seen("old") is None


async def test_forgetting_takes_any_number(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.store.sqlite.verdicts.PAGE", 3)
    monkeypatch.setattr("api.store.mongo.verdicts.PAGE", 3)
    for number in range(10):
        await store.put(scored(f"{number}", minutes=number))
    assert await store.forget_before(BEGINNING + timedelta(minutes=8)) == 8
    assert [one.id async for one in store.all_verdicts()] == ["8", "9"]
    assert await store.forget_before(BEGINNING + timedelta(minutes=8)) == 0


async def test_a_moment_may_be_of_any_zone(store: Store) -> None:
    await store.put(scored("one"))
    assert await store.forget_before(BEGINNING) == 0
    later = datetime.fromisoformat("2026-03-29T03:00:00+02:00")
    assert later.astimezone(UTC) > BEGINNING
    assert await store.forget_before(later) == 1


async def test_the_newest_on_the_same_bytes_pixels_or_hash_is_told(store: Store) -> None:
    old = await store.put(scored("old", pixels="same", came_as="same"))
    pdq = old.picture.pdq
    assert pdq is not None
    new = await store.put(
        scored("new", pdq, pixels="same", came_as="same", model="candor-2", minutes=5)
    )
    middle = scored("middle", pdq, pixels="same", came_as="same", model="candor-3", minutes=2)
    await store.put(middle)
    assert await store.latest(HashKind.SHA256, old.picture.sha256) == new
    assert await store.latest(HashKind.PIXELS, old.picture.pixels_sha256) == new
    assert await store.latest(HashKind.PDQ, pdq) == new
    assert new.label is Label.FAKE


@pytest.mark.parametrize("kind", HashKind)
async def test_of_an_unknown_hash_there_is_no_newest(store: Store, kind: HashKind) -> None:
    await store.put(scored("one"))
    assert await store.latest(kind, digest("unknown")) is None


async def test_the_newest_speaks_of_the_file_that_was_stored_first(store: Store) -> None:
    first = await store.put(scored("first", pixels="same"))
    later = scored("later", pixels="same", format="WEBP")
    await store.put(later)
    assert await store.latest(HashKind.SHA256, later.picture.sha256) == first
