"""What every store promises of labels from elsewhere, asked of each of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from store_verdicts import digest, flipped, scored

from api.store import Store
from api.store.records import HashKind, KnownHash
from api.verdict import Label

PDQ = digest("a hash")


def known(value: str, source: str = "a list", days: int = 0, **given: Any) -> KnownHash:
    added_at = datetime(2026, 3, 29, 12, 0, 0, 123457, tzinfo=UTC) + timedelta(days=days)
    facts = {"kind": HashKind.PDQ, "label": Label.FAKE, "added_at": added_at, **given}
    return KnownHash(value=value, source=source, **facts)


@pytest.mark.parametrize("kind", HashKind)
async def test_labels_on_a_hash_come_newest_first(store: Store, kind: HashKind) -> None:
    old = known(PDQ, "old", kind=kind, note="‮ a note: with {$weird} text\x00")
    new = known(PDQ, "new", 1, kind=kind, label=Label.REAL)
    same_time = known(PDQ, "even", kind=kind)
    await store.add_known([old, new, same_time, known(digest("other"), kind=kind)])
    assert await store.known(kind, PDQ) == (new, same_time, old)
    assert await store.known(kind, digest("unknown")) == ()
    for other in set(HashKind) - {kind}:
        assert await store.known(other, PDQ) == ()


async def test_of_one_source_the_last_label_stays(store: Store) -> None:
    first, last = known(PDQ, note="first"), known(PDQ, days=-1, label=Label.REAL, note="last")
    await store.add_known([first])
    await store.add_known([known(PDQ, note="between"), last])
    await store.add_known([last])
    assert await store.known(HashKind.PDQ, PDQ) == (last,)
    assert await store.known_near(PDQ, 10) == [(last, 0)]


async def test_known_hashes_are_found_within_the_radius(store: Store) -> None:
    same, near = known(PDQ), known(flipped(PDQ, range(0, 248, 8)))
    newer = known(near.value, "another list", 1)
    beyond = known(flipped(PDQ, range(32)))
    of_pixels = known(PDQ, kind=HashKind.PIXELS)
    await store.add_known([beyond, near, of_pixels, newer, same])
    assert await store.known_near(PDQ, 10) == [(same, 0), (newer, 31), (near, 31)]
    assert await store.known_near(PDQ, 1) == [(same, 0)]


async def test_known_hashes_and_verdicts_are_not_mixed_up(store: Store) -> None:
    await store.add_known([known(PDQ)])
    await store.put(scored("one", digest("another hash")))
    assert await store.near(PDQ, None, 10) == []
    assert await store.known_near(digest("another hash"), 10) == []
    assert await store.latest(HashKind.PDQ, PDQ) is None


async def test_all_labels_come_by_kind_value_and_source(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.store.sqlite.known.PAGE", 2)
    monkeypatch.setattr("api.store.mongo.known.PAGE", 2)
    labels = [
        known(digest(value), source, kind=kind)
        for kind in HashKind
        for value in ("a", "b")
        for source in ("B", "a", "a:b", "ß")
    ]
    assert [one async for one in store.all_known()] == []
    await store.add_known(labels)
    in_order = sorted(labels, key=lambda one: (one.kind.value, one.value, one.source))
    assert [one async for one in store.all_known()] == in_order


async def test_labels_are_kept_all_or_none(store: Store) -> None:
    broken = known(PDQ).model_copy(update={"value": "no hash"})
    with pytest.raises(ValueError, match="no PDQ hash"):
        await store.add_known([known(digest("fine")), broken])
    assert await store.known(HashKind.PDQ, digest("fine")) == ()


@pytest.mark.parametrize("text", ["", "a\x00b", "'; DROP TABLE known_hash; --", "$where.a/b", ":"])
async def test_any_text_is_only_text(store: Store, text: str) -> None:
    await store.add_known([known(PDQ, source="x:" + text)])
    for kind in HashKind:
        assert await store.known(kind, text) == ()
        assert await store.known(kind, PDQ + ":x") == ()
