"""What every store promises, asked of each of them."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta, timezone

import pytest
from store_memory import Memory
from store_verdicts import MODEL, about, digest, saved_again, verdict

from api.errors import StoreUnavailable
from api.store import Store
from api.store.records import HashKind
from api.verdict import CacheStatus, Origin, Provenance

WEIRD = [
    "",
    "a\x00b",
    "'; DROP TABLE verdict; --",
    "$where.a/b",
    '{"$ne": null}',
    "‮ right to left, 🙂, e\N{COMBINING ACUTE ACCENT}",
    "x" * 200_000,
]


async def test_a_verdict_comes_back_as_it_was(store: Store) -> None:
    given = verdict("one")
    kept = await store.put(given)
    assert kept == given.stored()
    assert await store.get("one") == kept
    assert await store.by_bytes(given.picture.sha256, MODEL) == kept
    assert await store.by_pixels(given.picture.pixels_sha256, MODEL) == kept


@pytest.mark.parametrize("zone", [timezone.utc, timezone(timedelta(hours=-9, minutes=-30))])  # noqa: UP017
async def test_a_time_keeps_its_microseconds(store: Store, zone: timezone) -> None:
    moment = datetime(2026, 10, 25, 2, 30, 0, 999_999, tzinfo=zone)
    await store.put(verdict("timed").model_copy(update={"checked_at": moment}))
    found = await store.get("timed")
    assert found is not None
    assert found.checked_at == moment
    assert found.checked_at.tzinfo is not None


async def test_what_belongs_to_one_answer_is_not_remembered(store: Store) -> None:
    told = Provenance(origin=Origin.URL, url="https://example.org/secret?token=1")
    given = verdict("one").model_copy(update={"provenance": told, "cache": CacheStatus.MISS})
    kept = await store.put(given)
    assert (kept.provenance, kept.cache, kept.timings) == (None, None, None)
    assert await store.get("one") == kept


async def test_putting_twice_changes_nothing(store: Store) -> None:
    first = await store.put(verdict("one"))
    assert await store.put(verdict("one")) == first


async def test_the_first_verdict_on_the_same_pixels_stays(store: Store) -> None:
    first = await store.put(verdict("first", pixels="same"))
    later = verdict("later", pixels="same")
    assert (await store.put(later)).id == "first"
    assert await store.get("later") is None
    assert await store.get("first") == first
    assert await store.by_pixels(later.picture.pixels_sha256, MODEL) == first


async def test_who_comes_later_is_told_of_their_own_file(store: Store) -> None:
    first = await store.put(verdict("first", pixels="same"))
    later = verdict("later", pixels="same", format="WEBP", frames=3)
    assert await store.put(later) == about(first, later.picture)
    assert await store.by_bytes(later.picture.sha256, MODEL) == about(first, later.picture)
    assert await store.by_bytes(first.picture.sha256, MODEL) == first


async def test_of_many_writers_at_once_one_wins_for_all(store: Store, memory: Memory) -> None:
    other = memory.handle()
    await other.open()
    rivals = [verdict(f"rival-{n}", pixels="same", came_as="same") for n in range(40)]
    answers = await asyncio.gather(
        *((store, other)[n % 2].put(rival) for n, rival in enumerate(rivals))
    )
    await other.close()
    winner = await store.by_pixels(rivals[0].picture.pixels_sha256, MODEL)
    assert winner is not None
    assert {answer.id for answer in answers} == {winner.id}
    assert await store.by_bytes(rivals[0].picture.sha256, MODEL) == winner


async def test_a_cancelled_put_leaves_the_store_usable(store: Store) -> None:
    for number in range(20):
        task = asyncio.create_task(store.put(verdict(f"cancelled-{number}")))
        await asyncio.sleep(number / 5000)
        task.cancel()
    assert await store.put(verdict("after")) == verdict("after").stored()


async def test_an_id_of_another_picture_is_refused(store: Store) -> None:
    first = await store.put(verdict("one"))
    with pytest.raises(ValueError, match="'one'"):
        await store.put(verdict("one", pixels="other", came_as="other"))
    assert await store.get("one") == first
    assert await store.by_bytes(digest("bytes of other"), MODEL) is None


async def test_further_bytes_lead_to_the_verdict_and_keep_their_own_facts(store: Store) -> None:
    kept = await store.put(verdict("one"))
    webp = saved_again(kept.picture, "webp", format="WEBP", frames=1)
    gif = saved_again(kept.picture, "gif", format="GIF", frames=2**33)
    for picture in (webp, gif, webp):
        await store.link_bytes(picture, kept)
    for picture in (webp, gif):
        assert await store.by_bytes(picture.sha256, MODEL) == about(kept, picture)


async def test_further_bytes_change_nothing_that_was_stored(store: Store) -> None:
    kept = await store.put(verdict("one"))
    await store.link_bytes(saved_again(kept.picture, "again"), kept)
    assert await store.get("one") == kept
    assert await store.by_pixels(kept.picture.pixels_sha256, MODEL) == kept
    assert await store.by_bytes(kept.picture.sha256, MODEL) == kept


async def test_bytes_may_be_linked_through_a_verdict_told_of_another_file(store: Store) -> None:
    kept = await store.put(verdict("one"))
    webp, gif = saved_again(kept.picture, "webp"), saved_again(kept.picture, "gif", format="GIF")
    await store.link_bytes(gif, about(kept, webp))
    assert await store.by_bytes(gif.sha256, MODEL) == about(kept, gif)
    assert await store.by_bytes(webp.sha256, MODEL) is None


@pytest.mark.parametrize("facts", [{"format": "AVIF"}, {"frames": 7}], ids=["format", "frames"])
async def test_facts_given_again_are_the_last_ones(
    store: Store, facts: dict[str, str | int]
) -> None:
    kept = await store.put(verdict("one"))
    before = saved_again(kept.picture, "again")
    now = before.model_copy(update=facts)
    await store.link_bytes(before, kept)
    await store.link_bytes(now, kept)
    assert await store.by_bytes(now.sha256, MODEL) == about(kept, now)
    await store.put(about(kept, before))
    assert await store.by_bytes(now.sha256, MODEL) == about(kept, before)


async def test_bytes_that_decode_otherwise_now_lead_to_the_new_verdict(store: Store) -> None:
    await store.put(verdict("old", came_as="bytes"))
    new = await store.put(verdict("new", came_as="bytes"))
    assert await store.by_bytes(new.picture.sha256, MODEL) == new


async def test_bytes_are_not_linked_to_an_unknown_verdict(store: Store) -> None:
    never_put = verdict("later")
    early = saved_again(never_put.picture, "early")
    await store.link_bytes(early, never_put)
    await store.put(never_put)
    assert await store.by_bytes(early.sha256, MODEL) is None


async def test_another_model_misses_and_has_a_verdict_of_its_own(store: Store) -> None:
    old = await store.put(verdict("old", pixels="same", came_as="same"))
    picture = old.picture
    assert await store.by_bytes(picture.sha256, "candor-2") is None
    assert await store.by_pixels(picture.pixels_sha256, "candor-2") is None
    new = await store.put(verdict("new", pixels="same", came_as="same", frames=2, model="candor-2"))
    assert new.id == "new"
    assert await store.by_bytes(picture.sha256, "candor-2") == new
    assert await store.by_bytes(picture.sha256, MODEL) == old


async def test_what_is_unknown_is_none(store: Store) -> None:
    assert await store.get("unknown") is None
    assert await store.by_bytes(digest("unknown"), MODEL) is None
    assert await store.by_pixels(digest("unknown"), MODEL) is None


@pytest.mark.parametrize("text", WEIRD, ids=lambda text: repr(text[:12]))
async def test_any_text_is_only_text(store: Store, text: str) -> None:
    await store.put(verdict("bystander"))
    assert await store.get(text) is None
    assert await store.by_bytes(text, text) is None
    assert await store.by_pixels(text, text) is None
    assert await store.links(text) == ()
    assert await store.neighbours([(text, 0)]) == []
    assert await store.seen(text) is None
    assert await store.host(text, date.min) == []
    assert await store.at_address(text) is None
    assert await store.latest(HashKind.SHA256, text) is None
    await store.quarantine(text)
    kept = await store.put(verdict("weird", model=text[:500], format=text, reason=text))
    assert await store.get("weird") == kept
    assert await store.by_bytes(kept.picture.sha256, text[:500]) == kept


async def test_reopening_keeps_everything(store: Store, memory: Memory) -> None:
    kept = await store.put(verdict("one"))
    again = saved_again(kept.picture, "again")
    await store.link_bytes(again, kept)
    await store.close()
    later = memory.handle()
    await later.open()
    assert await later.get("one") == kept
    assert await later.by_bytes(again.sha256, MODEL) == about(kept, again)
    await later.close()


async def test_a_store_that_is_not_open_is_unavailable(memory: Memory) -> None:
    store = memory.handle()
    with pytest.raises(StoreUnavailable, match="not open"):
        await store.get("one")
    await store.close()
    await store.open()
    await store.open()
    await store.ping()
    await store.close()
    await store.close()
    with pytest.raises(StoreUnavailable, match="not open"):
        await store.put(verdict("one"))
