"""What every store promises of the audit log, asked of each of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from api.audit import Action, Entry, entry, place_of
from api.store import Store

NOW = datetime(2026, 3, 29, 12, 0, 0, 123457, tzinfo=UTC)


def done(minute: int, caller: str = "a key", subject: str = "one", number: int = 0) -> Entry:
    at = NOW + timedelta(minutes=minute)
    name = f"{minute:016x}{number:016x}"
    return Entry(id=name, at=at, caller=caller, action=Action.REVIEW, subject=subject)


async def test_entries_come_newest_first_and_page(store: Store, another: Store) -> None:
    entries = [done(minute, number=number) for minute in range(3) for number in range(3)]
    for one in entries:
        await store.add_entry(one)
        await store.add_entry(one)
    newest_first = tuple(reversed(entries))
    assert await another.entries(None, 20) == newest_first

    met: tuple[Entry, ...] = ()
    cursor = None
    while page := await store.entries(place_of(cursor), 2):
        met += page
        cursor = page[-1].cursor
    assert met == newest_first


async def test_entries_are_found_by_caller_and_by_subject(store: Store) -> None:
    mine, yours = done(0), done(1, "another key")
    other = done(2, subject="{'$gt': ''}")
    for one in (mine, yours, other):
        await store.add_entry(one)
    assert await store.entries(None, 9, caller="a key") == (other, mine)
    assert await store.entries(None, 9, subject="one") == (yours, mine)
    assert await store.entries(None, 9, subject="one", caller="another key") == (yours,)
    assert await store.entries((yours.at, yours.id), 9, subject="one") == (mine,)
    assert await store.entries(None, 9, subject="{'$gt': ''}") == (other,)
    assert await store.entries(None, 9, caller="") == ()


async def test_old_entries_are_forgotten(store: Store) -> None:
    for minute in range(3):
        await store.add_entry(done(minute))
    assert await store.forget_entries(NOW + timedelta(minutes=2)) == 2
    assert await store.entries(None, 9) == (done(2),)
    assert await store.forget_entries(NOW + timedelta(minutes=2)) == 0


def test_a_new_entry_says_now() -> None:
    before = datetime.now(UTC)
    one, two = entry("me", Action.EXPORT), entry("me", Action.EXPORT)
    assert one.id != two.id
    assert before <= one.at <= datetime.now(UTC)
    assert place_of(one.cursor) == (one.at, one.id)
