"""The index in memory answers as the store does that it is filled from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from remembered import NOON, digest, flipped, verdict

from api import nearby
from api.errors import StoreUnavailable
from api.nearby import MemoryIndex, nearby_for
from api.settings import Settings
from api.store.records import IndexedHash, Neighbour, Trace
from api.store.sqlite import SqliteStore

MODEL = "candor-1"
PDQ = digest("a hash")


class Watched(SqliteStore):
    """The real store, which can be made to hang, fail and repeat itself when it is read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.reads = 0
        self.asked: list[str] = []
        self.read = asyncio.Event()
        self.read_from_the_start = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails = self.repeats = False

    async def hashes_since(self, cursor: str, limit: int) -> tuple[list[IndexedHash], str]:
        self.reads += 1
        self.read.set()
        if not cursor:
            self.read_from_the_start.set()
        entries, after = await super().hashes_since(cursor, limit)
        await self.gate.wait()
        if self.fails:
            raise StoreUnavailable("The disk is gone.")
        if self.repeats and not entries:
            return [], ""
        return entries, after

    async def neighbours(self, found: Sequence[tuple[str, int]]) -> list[Neighbour]:
        self.asked += [verdict_id for verdict_id, _ in found]
        return await super().neighbours(found)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Watched]:
    store = Watched(tmp_path / "candor.db")
    await store.open()
    yield store
    await store.close()


@asynccontextmanager
async def index_over(store: SqliteStore, fresh_s: float = 0) -> AsyncIterator[MemoryIndex]:
    index = MemoryIndex(store, fresh_s)
    await index.open()
    try:
        await asyncio.wait_for(index.filled(), 5)
        yield index
    finally:
        await index.close()


async def happens(event: asyncio.Event) -> None:
    """Wait until it happens again."""
    event.clear()
    await asyncio.wait_for(event.wait(), 5)


async def ids(index: MemoryIndex, pdq: str = PDQ, model: str | None = MODEL) -> list[str]:
    return [one.verdict.id for one in await index.near(pdq, model, 10)]


async def test_it_answers_as_the_store_does(
    store: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearby, "READ_AT_ONCE", 7)
    chance = np.random.default_rng(3)
    for number in range(90):
        flips = chance.choice(256, chance.integers(26), replace=False).tolist()
        bits = sum(1 << bit for bit in flips)
        pdq = f"{int(digest(f'centre {number % 3}'), 16) ^ bits:064x}"
        model, minutes = f"candor-{number % 2}", int(chance.integers(10))
        given = verdict(f"{number:032}", pdq=pdq, model=model, minutes=minutes)
        await store.put(given, Trace(witness=b"seen"))
    async with index_over(store) as index:
        for centre, limit in [(0, 100), (1, 100), (2, 8)]:
            for model in ("candor-0", "candor-1", "candor-2", None):
                asked = flipped(digest(f"centre {centre}"), centre)
                found = await index.near(asked, model, limit)
                expected = await store.near(asked, model, limit)
                assert [one.distance for one in found] == [one.distance for one in expected]
                if limit == 100:
                    assert found == expected


async def test_whoever_wrote_a_verdict_it_is_found_at_once(store: Watched, tmp_path: Path) -> None:
    other_process = SqliteStore(tmp_path / "candor.db")
    await other_process.open()
    async with index_over(store) as index:
        assert await ids(index) == []
        await other_process.put(verdict("theirs", pdq=PDQ))
        assert await ids(index) == ["theirs"]
        await store.put(verdict("ours", pdq=flipped(PDQ, 31)))
        await store.put(verdict("too far", pdq=flipped(PDQ, 32)))
        assert await ids(index) == ["theirs", "ours"]
    await other_process.close()


async def test_the_store_is_not_read_for_every_query(store: Watched) -> None:
    async with index_over(store, fresh_s=60) as index:
        reads = store.reads
        await store.put(verdict("new", pdq=PDQ))
        assert await ids(index) == []
        assert store.reads == reads


async def test_until_it_is_filled_the_store_answers(store: Watched) -> None:
    await store.put(verdict("one", pdq=PDQ))
    store.gate.clear()
    index = MemoryIndex(store)
    await index.open()
    assert await ids(index) == ["one"]
    store.gate.set()
    await asyncio.wait_for(index.filled(), 5)
    assert await ids(index) == ["one"]
    assert store.asked == ["one"]
    await index.close()


async def test_a_store_that_fails_at_first_is_read_later(
    store: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearby, "TURN_S", 0.01)
    await store.put(verdict("one", pdq=PDQ))
    store.fails = True
    index = MemoryIndex(store)
    await index.open()
    for _ in range(3):
        await happens(store.read)
    assert await ids(index) == ["one"]
    store.fails = False
    await asyncio.wait_for(index.filled(), 5)
    assert await ids(index) == ["one"]
    await index.close()


async def test_a_store_that_fails_later_is_told_and_asked_again(store: Watched) -> None:
    async with index_over(store) as index:
        store.fails = True
        await store.put(verdict("one", pdq=PDQ))
        with pytest.raises(StoreUnavailable):
            await ids(index)
        store.fails = False
        assert await ids(index) == ["one"]


async def test_those_that_are_gone_do_not_take_the_place_of_others(store: Watched) -> None:
    for bits in range(9):
        await store.put(verdict(f"{bits}", pdq=flipped(PDQ, bits), minutes=bits))
    async with index_over(store) as index:
        await store.forget_before(NOON + timedelta(minutes=8))
        (found,) = await index.near(PDQ, MODEL, 1)
        assert (found.verdict.id, found.distance) == ("8", 8)


async def test_nor_do_those_of_other_models(store: Watched) -> None:
    for bits in range(8):
        await store.put(verdict(f"{bits}", pdq=flipped(PDQ, bits), model="candor-0"))
    await store.put(verdict("ours", pdq=flipped(PDQ, 8)))
    async with index_over(store) as index:
        assert [one.verdict.id for one in await index.near(PDQ, MODEL, 1)] == ["ours"]


@pytest.mark.parametrize("recent", [0, 100])
async def test_entries_that_come_twice_are_found_once(
    store: Watched, monkeypatch: pytest.MonkeyPatch, recent: int
) -> None:
    monkeypatch.setattr(nearby, "RECENT", recent)
    store.repeats = True
    async with index_over(store) as index:
        for bits in range(5):
            await store.put(verdict(f"{bits}", pdq=flipped(PDQ, bits)))
            assert await ids(index) == [f"{bit}" for bit in range(bits + 1)]
        found = [one.verdict.id for one in await index.near(PDQ, MODEL, 3)]
        assert found == ["0", "1", "2"]


async def test_what_the_store_forgot_is_shed_when_all_is_read_anew(
    store: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearby, "TURN_S", 0.01)
    monkeypatch.setattr(nearby, "TURNS_PER_FILL", 2)
    await store.put(verdict("old", pdq=PDQ))
    await store.put(verdict("new", pdq=PDQ, minutes=2))
    async with index_over(store) as index:
        await store.forget_before(NOON + timedelta(minutes=1))

        # What was read after that is in use when it begins the second time.
        await happens(store.read_from_the_start)
        await happens(store.read_from_the_start)
        assert await ids(index) == ["new"]
        assert store.asked == ["new"]


async def test_queries_and_writers_at_once_lose_nothing(
    store: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearby, "TURN_S", 0.001)
    monkeypatch.setattr(nearby, "UNSORTED_AT_MOST", 0)
    hashes = [digest(f"hash {number}") for number in range(60)]

    async def put_and_find(pdq: str) -> None:
        await store.put(verdict(pdq, pdq=pdq))
        assert await ids(index, flipped(pdq, 31)) == [pdq]

    async with index_over(store) as index:
        await asyncio.gather(*map(put_and_find, hashes))
        found = await asyncio.gather(*(ids(index, pdq) for pdq in hashes))
        assert found == [[pdq] for pdq in hashes]


async def test_a_query_that_is_given_up_loses_nothing(store: Watched) -> None:
    async with index_over(store) as index:
        await store.put(verdict("one", pdq=PDQ))
        store.gate.clear()
        query = asyncio.create_task(ids(index))
        await happens(store.read)
        query.cancel()
        with suppress(asyncio.CancelledError):
            await query
        store.gate.set()
        assert await ids(index) == ["one"]


async def test_it_may_be_closed_at_any_time_and_the_store_answers(store: Watched) -> None:
    await store.put(verdict("one", pdq=PDQ))
    index = MemoryIndex(store)
    await index.close()
    await index.open()
    await index.close()
    await index.close()
    assert await ids(index) == ["one"]


@pytest.mark.parametrize(("setting", "kind"), [("memory", MemoryIndex), ("store", type(None))])
def test_the_settings_say_where_to_look(store: Watched, setting: str, kind: type) -> None:
    assert isinstance(nearby_for(Settings(near_index=setting), store), kind)
