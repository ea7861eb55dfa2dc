"""What every store promises of pictures that look like each other, asked of each of them."""

from __future__ import annotations

import asyncio

import pytest
from store_verdicts import MODEL, digest, flipped, saved_again, scored, verdict, witness

from api.store import Store
from api.store.records import MOST_LINKS, IndexedHash, Link, Neighbour, Trace
from api.verdict import Label, Relative

PDQ = digest("a hash")
HANG_S = 60
"""Ends a test that hangs. How long the answer takes is not tested."""


def spread(bits: int) -> range:
    """So many places, far apart, of 256."""
    return range(0, 256, 256 // bits)[:bits] if bits else range(0)


def ids(neighbours: list[Neighbour]) -> list[str]:
    return [neighbour.verdict.id for neighbour in neighbours]


async def every_hash(store: Store, cursor: str = "", limit: int = 3) -> tuple[list[str], str]:
    found: list[IndexedHash] = []
    while True:
        page, cursor = await store.hashes_since(cursor, limit)
        if not page:
            return [entry.verdict_id for entry in found], cursor
        assert len(page) <= limit
        found += page


async def test_a_near_picture_comes_with_its_witness_and_the_distance(store: Store) -> None:
    kept = await store.put(scored("one", PDQ), Trace(witness=witness("one")))
    (found,) = await store.near(flipped(PDQ, spread(31)), MODEL, 10)
    assert (found.verdict, found.distance) == (kept, 31)
    assert (found.witness, found.quarantined) == (witness("one"), False)


async def test_beyond_the_radius_nothing_is_near(store: Store) -> None:
    await store.put(scored("one", PDQ))
    assert await store.near(flipped(PDQ, range(32)), MODEL, 10) == []
    assert ids(await store.near(flipped(PDQ, range(31)), MODEL, 10)) == ["one"]


async def test_a_picture_without_a_witness_is_near_all_the_same(store: Store) -> None:
    await store.put(scored("one", PDQ), Trace())
    (found,) = await store.near(PDQ, MODEL, 10)
    assert found.witness is None


@pytest.mark.parametrize(("quality", "is_near"), [(49, False), (50, True)])
async def test_only_a_hash_of_some_quality_is_looked_for(
    store: Store, quality: int, is_near: bool
) -> None:
    await store.put(scored("one", PDQ, quality=quality))
    await store.put(verdict("without a hash"))
    assert ids(await store.near(PDQ, None, 10)) == ["one"] * is_near
    assert (await every_hash(store))[0] == ["one"] * is_near


async def test_the_nearest_come_first_and_the_newest_among_equals(store: Store) -> None:
    for name, bits, minutes in [("b", 4, 1), ("c", 4, 2), ("far", 20, 9), ("a", 0, 0), ("d", 4, 0)]:
        await store.put(scored(name, flipped(PDQ, spread(bits)), minutes=minutes))
    assert ids(await store.near(PDQ, MODEL, 10)) == ["a", "c", "b", "d", "far"]
    assert ids(await store.near(PDQ, MODEL, 2)) == ["a", "c"]


async def test_near_asks_for_one_model_or_for_any(store: Store) -> None:
    await store.put(scored("old", PDQ, pixels="same"))
    await store.put(scored("new", PDQ, pixels="same", model="candor-2", minutes=1))
    assert ids(await store.near(PDQ, MODEL, 10)) == ["old"]
    assert ids(await store.near(PDQ, "candor-2", 10)) == ["new"]
    assert ids(await store.near(PDQ, "candor-3", 10)) == []
    assert ids(await store.near(PDQ, None, 10)) == ["new", "old"]


async def test_near_speaks_of_the_file_that_was_stored_first(store: Store) -> None:
    kept = await store.put(scored("one", PDQ))
    await store.link_bytes(saved_again(kept.picture, "again"), kept)
    (found,) = await store.near(PDQ, MODEL, 10)
    assert found.verdict == kept


async def test_the_trace_of_who_comes_later_is_dropped(store: Store) -> None:
    await store.put(scored("other"))
    await store.put(scored("first", PDQ, pixels="same"), Trace(witness("first")))
    later = Trace(witness("later"), (Link("other", 3, False),))
    await store.put(scored("later", PDQ, pixels="same"), later)
    await store.put(scored("first", PDQ, pixels="same"), later)
    (found,) = await store.near(PDQ, MODEL, 10)
    assert (found.verdict.id, found.witness) == ("first", witness("first"))
    assert await store.links("first") == ()
    assert len((await every_hash(store))[0]) == 2


async def test_neighbours_keep_the_order_and_pass_over_what_is_gone(store: Store) -> None:
    for name in ("one", "two"):
        await store.put(scored(name), Trace(witness(name)))
    found = await store.neighbours([("two", 7), ("gone", 1), ("one", 9)])
    told = [(one.verdict.id, one.distance, one.witness) for one in found]
    assert told == [("two", 7, witness("two")), ("one", 9, witness("one"))]
    assert await store.neighbours([]) == []


async def test_a_quarantined_verdict_says_so_for_good(store: Store, another: Store) -> None:
    kept = await store.put(scored("one", PDQ))
    await store.put(scored("two", PDQ))
    await store.quarantine("one")
    await store.quarantine("one")
    await store.quarantine("unknown")
    await another.put(scored("one", PDQ))
    for found in (
        await another.near(PDQ, MODEL, 10),
        await another.neighbours([("one", 0), ("two", 0)]),
    ):
        assert {one.verdict.id: one.quarantined for one in found} == {"one": True, "two": False}
    assert await another.get("one") == kept


async def test_relatives_are_found_from_both_ends(store: Store) -> None:
    old, older = await store.put(scored("old")), await store.put(scored("older"))
    relatives = (Link("old", 12, True), Link("unknown", 1, False), Link("older", 3, False))
    new = await store.put(scored("new"), Trace(relatives=relatives))
    assert await store.links("new") == ((older, relatives[2]), (old, relatives[0]))
    assert await store.links("old") == ((new, Link("new", 12, True)),)
    assert await store.links("older") == ((new, Link("new", 3, False)),)
    assert await store.links("unknown") == ()


async def test_a_relative_unknown_at_first_is_not_linked_later(store: Store) -> None:
    await store.put(scored("one"), Trace(relatives=(Link("later", 1, False),)))
    await store.put(scored("later"))
    assert await store.links("one") == await store.links("later") == ()


async def test_a_verdict_is_no_relative_of_itself_and_no_relative_counts_twice(
    store: Store,
) -> None:
    old = await store.put(scored("old"))
    relatives = (Link("one", 0, True), Link("old", 5, True), Link("old", 6, False))
    one = await store.put(scored("one"), Trace(relatives=relatives))
    assert await store.links("one") == ((old, Link("old", 5, True)),)
    assert await store.links("old") == ((one, Link("one", 5, True)),)


async def test_of_many_relatives_the_nearest_are_told(store: Store) -> None:
    await store.put(scored("everybody's"))
    for number in range(MOST_LINKS + 2):
        link = Link("everybody's", (number * 7) % (MOST_LINKS + 2), False)
        await store.put(scored(f"copy-{number}"), Trace(relatives=(link,)))
    told = [link.distance for _, link in await store.links("everybody's")]
    assert told == list(range(MOST_LINKS))


async def test_relatives_of_an_answer_are_not_what_is_linked(store: Store) -> None:
    await store.put(scored("old"))
    told = Relative(
        verdict_id="old", label=Label.REAL, fake_probability=0.1, distance=1, same_picture=False
    )
    kept = await store.put(scored("one").model_copy(update={"related": (told,), "conflict": True}))
    assert (kept.related, kept.conflict) == ((), False)
    assert await store.links("one") == ()


async def test_hashes_come_in_the_order_of_their_arrival(store: Store) -> None:
    assert await store.hashes_since("", 3) == ([], "")
    names = [f"entry-{number}" for number in (5, 3, 8, 1, 9, 2, 4)]
    for name in names:
        await store.put(scored(name, minutes=-len(name)))
    found, cursor = await every_hash(store)
    assert found == names
    (first, *_), _ = await store.hashes_since("", 1)
    assert first == IndexedHash(names[0], digest(f"hash of {names[0]}"))
    await store.put(scored("late", minutes=-1000))
    found, again = await every_hash(store, cursor)
    assert found[-1] == "late"
    assert (await every_hash(store, again))[1] == again


async def test_no_hash_is_left_out_while_writers_overlap(store: Store, another: Store) -> None:
    names = [f"entry-{number}" for number in range(40)]
    writing = asyncio.gather(
        *((store, another)[n % 2].put(scored(name)) for n, name in enumerate(names))
    )
    found: set[str] = set()
    cursor = ""
    async with asyncio.timeout(HANG_S):
        while found != set(names):
            page, cursor = await store.hashes_since(cursor, 3)
            found |= {entry.verdict_id for entry in page}
    await writing


async def test_of_many_writers_at_once_one_keeps_its_trace(store: Store, another: Store) -> None:
    rivals = [scored(f"rival-{n}", PDQ, pixels="same") for n in range(20)]
    await asyncio.gather(
        *(
            (store, another)[n % 2].put(rival, Trace(witness(rival.id)))
            for n, rival in enumerate(rivals)
        )
    )
    (found,) = await store.near(PDQ, None, 10)
    assert found.witness == witness(found.verdict.id)
    assert (await every_hash(store))[0] == [found.verdict.id]


async def test_a_cancelled_put_keeps_all_of_it_or_nothing(store: Store) -> None:
    await store.put(scored("old"))
    trace = Trace(witness("any"), (Link("old", 5, False),))
    for number in range(20):
        task = asyncio.create_task(store.put(scored(f"cancelled-{number}"), trace))
        await asyncio.sleep(number / 5000)
        task.cancel()
        await asyncio.wait([task])
    await store.put(scored("after"), trace)
    linked = {verdict.id for verdict, _ in await store.links("old")}
    for name in [*(f"cancelled-{number}" for number in range(20)), "after"]:
        near = await store.near(digest(f"hash of {name}"), MODEL, 10)
        is_kept = await store.get(name) is not None
        assert [(one.verdict.id, one.witness) for one in near] == [(name, witness("any"))] * is_kept
        assert (name in linked) is is_kept
    assert "after" in linked


async def test_what_is_no_hash_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="no PDQ hash"):
        await store.near("'; DROP TABLE verdict; --", MODEL, 10)


async def test_every_verdict_comes_by_id(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.store.sqlite.verdicts.PAGE", 3)
    monkeypatch.setattr("api.store.mongo.verdicts.PAGE", 3)
    kept = {name: await store.put(scored(name)) for name in "fbdaceg"}
    assert [one async for one in store.all_verdicts()] == [kept[name] for name in "abcdefg"]
