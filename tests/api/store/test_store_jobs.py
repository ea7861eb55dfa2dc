"""What every store promises of jobs, asked of each of them."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import timedelta
from itertools import chain

import pytest
from store_jobs import ITEMS, LEASE, NOON, PROBLEM, claimed, job, recorded, webhook

from api.jobs import DeliveryState, Job, JobItem, JobState, Outcome, Result, Tally
from api.store import Store

FAKE = Result(Outcome.FAKE, 200, '{"id": "a verdict"}', "a verdict")
WHY = "The caller wished it."


async def known(store: Store, name: str) -> Job:
    found = await store.job(name)
    assert found is not None
    return found


async def test_a_job_comes_back_as_it_went(store: Store, another: Store) -> None:
    made = job("one", webhook=webhook())
    assert await store.add_job(made, ITEMS)
    assert await another.job("one") == made
    assert await another.job("two") is None


async def test_a_job_is_made_once(store: Store, another: Store) -> None:
    assert await store.add_job(job("one"), ITEMS)
    assert not await another.add_job(job("one", minutes=5, total=1), ITEMS[:1])
    assert (await known(store, "one")).total == 3
    assert len(await store.job_results("one", -1, 10)) == 3


async def test_items_are_claimed_in_their_order_and_by_one_alone(
    store: Store, another: Store
) -> None:
    await store.add_job(job("one"), ITEMS)
    first = await claimed(store, "one", "me")
    second = await claimed(another, "one", "you")
    third = await claimed(store, "one", "me")
    assert [one.number for one in (first, second, third)] == [0, 1, 2]
    assert [one.url for one in (first, second, third)] == [one.url for one in ITEMS]
    assert (first.tries, first.lost) == (1, 0)
    assert await another.claim_item("one", "you", NOON, NOON + LEASE) is None


async def test_claims_that_race_never_take_one_item_twice(store: Store, another: Store) -> None:
    items = [JobItem(url=f"https://example.org/{number}") for number in range(40)]
    await store.add_job(job("one", total=40), items)

    async def taken(handle: Store, name: str) -> list[int]:
        numbers = []
        while item := await handle.claim_item("one", name, NOON, NOON + LEASE):
            numbers.append(item.number)
            await handle.record_item(item, FAKE)
        return numbers

    both = await asyncio.gather(taken(store, "a"), taken(another, "b"), taken(store, "c"))
    assert Counter(chain.from_iterable(both)) == Counter(range(40))
    assert (await known(store, "one")).tally == Tally(fake=40)


async def test_a_claim_that_ended_is_anybodys_and_its_result_is_not_kept(
    store: Store, another: Store
) -> None:
    await store.add_job(job("one", total=1), ITEMS[:1])
    mine = await claimed(store, "one", "me")
    yours = await claimed(another, "one", "you", NOON + LEASE)
    assert (yours.number, yours.tries, yours.lost) == (0, 2, 1)
    assert not await store.record_item(mine, PROBLEM)
    await store.release_item(mine, NOON)
    await store.hold_items([mine], NOON)
    assert await store.claim_item("one", "me", NOON + LEASE, NOON + LEASE) is None
    assert await another.record_item(yours, FAKE)
    assert not await another.record_item(yours, PROBLEM)
    (result,) = await store.job_results("one", -1, 5)
    assert result.result == FAKE


async def test_a_claim_that_is_held_lasts(store: Store) -> None:
    await store.add_job(job("one"), ITEMS)
    items = [await claimed(store, "one"), await claimed(store, "one")]
    await store.hold_items(items, NOON + 3 * LEASE)
    later = NOON + 2 * LEASE
    assert (await claimed(store, "one", "you", later)).number == 2
    assert await store.claim_item("one", "you", later, later + LEASE) is None
    await store.hold_items([], later)


async def test_an_item_that_is_let_go_waits_as_long_as_it_should(store: Store) -> None:
    await store.add_job(job("one", total=1), ITEMS[:1])
    await store.release_item(await claimed(store, "one"), NOON + timedelta(minutes=1))
    assert await store.claim_item("one", "me", NOON, NOON + LEASE) is None
    again = await claimed(store, "one", now=NOON + timedelta(minutes=1))
    assert (again.tries, again.lost) == (2, 0)


async def test_a_job_tells_how_far_it_is(store: Store) -> None:
    await store.add_job(job("one"), ITEMS)
    assert (await known(store, "one")).state is JobState.QUEUED
    for number, result in enumerate((FAKE, PROBLEM)):
        await store.record_item(await claimed(store, "one"), result)
        assert not await store.finish_job("one", NOON)
        assert (await known(store, "one")).tally == Tally(fake=1, failed=number)
    running = await known(store, "one")
    assert (running.state, running.started_at) == (JobState.RUNNING, NOON)
    await store.record_item(await claimed(store, "one"), FAKE)

    end = NOON + timedelta(hours=1)
    assert await store.finish_job("one", end)
    assert not await store.finish_job("one", end)
    done = await known(store, "one")
    assert (done.state, done.finished_at, done.tally) == (
        JobState.DONE,
        end,
        Tally(fake=2, failed=1),
    )


async def test_results_come_in_the_order_of_the_items(store: Store) -> None:
    await store.add_job(job("one"), ITEMS)
    items = [await claimed(store, "one") for _ in ITEMS]
    await store.record_item(items[2], PROBLEM)
    await store.record_item(items[0], FAKE)
    found = await store.job_results("one", -1, 10)
    assert [one.external_id for one in found] == ["post-0", "post-1", "post-2"]
    assert [one.result for one in found] == [FAKE, None, PROBLEM]
    assert [one.open for one in found] == [False, True, False]
    assert [one.number for one in await store.job_results("one", 0, 1)] == [1]
    assert await store.job_results("one", 2, 10) == ()


async def test_a_cancelled_job_keeps_what_was_found_and_takes_no_more(store: Store) -> None:
    await store.add_job(job("one"), ITEMS)
    await recorded(store, "one")
    under_way = await claimed(store, "one")
    assert await store.cancel_job("one", WHY, NOON)
    assert not await store.cancel_job("one", "Another reason.", NOON)
    assert not await store.record_item(under_way, FAKE)
    assert await store.claim_item("one", "me", NOON + LEASE, NOON + LEASE) is None
    cancelled = await known(store, "one")
    assert (cancelled.state, cancelled.reason) == (JobState.CANCELLED, WHY)
    assert (cancelled.finished_at, cancelled.tally) == (NOON, Tally(fake=1))
    found = await store.job_results("one", -1, 5)
    assert [(one.result is None, one.open) for one in found] == [
        (False, False),
        (True, False),
        (True, False),
    ]


async def test_a_job_that_ended_or_is_unknown_cannot_be_cancelled(store: Store) -> None:
    await store.add_job(job("one", total=1), ITEMS[:1])
    await recorded(store, "one")
    assert await store.finish_job("one", NOON)
    assert not await store.cancel_job("one", WHY, NOON)
    assert not await store.cancel_job("two", WHY, NOON)
    assert (await known(store, "one")).state is JobState.DONE


async def test_a_deleted_job_is_gone_and_may_be_made_anew(store: Store) -> None:
    await store.add_job(job("one", webhook=webhook()), ITEMS)
    item = await claimed(store, "one")
    assert await store.delete_job("one")
    assert not await store.delete_job("one")
    assert await store.job("one") is None
    assert await store.job_results("one", -1, 5) == ()
    assert await store.open_jobs() == ()
    assert not await store.record_item(item, FAKE)
    assert await store.add_job(job("one", total=1), ITEMS[:1])
    assert len(await store.job_results("one", -1, 5)) == 1


async def test_a_caller_sees_its_own_jobs_newest_first(store: Store) -> None:
    for minutes in range(4):
        await store.add_job(job(f"{minutes}", minutes=minutes), ITEMS)
    await store.add_job(job("x", minutes=3), ITEMS)
    await store.add_job(job("other", caller="another"), ITEMS)
    newest = await store.jobs_of("a key", None, 3)
    assert [one.id for one in newest] == ["x", "3", "2"]
    last = newest[1]
    rest = await store.jobs_of("a key", (last.created_at, last.id), 5)
    assert [one.id for one in rest] == ["2", "1", "0"]


async def test_open_jobs_are_told_oldest_first(store: Store) -> None:
    for name, minutes in [("late", 9), ("early", 1), ("done", 2), ("cancelled", 3)]:
        await store.add_job(job(name, minutes=minutes, total=1), ITEMS[:1])
    await recorded(store, "done")
    await store.finish_job("done", NOON)
    await store.cancel_job("cancelled", WHY, NOON)
    assert [(one.id, one.total) for one in await store.open_jobs()] == [("early", 1), ("late", 1)]


async def test_results_with_a_deleted_verdict_say_so(store: Store) -> None:
    for name in ("open", "ended"):
        await store.add_job(job(name), ITEMS)
        await recorded(store, name, verdict_id="goes")
        await recorded(store, name, verdict_id="stays")
    await recorded(store, "ended", verdict_id="goes")
    await store.finish_job("ended", NOON)

    assert await store.forget_job_results("goes") == 3
    assert await store.forget_job_results("goes") == 0

    results = [one.result for one in await store.job_results("ended", -1, 5)]
    assert [one and one.verdict_id for one in results] == [None, "stays", None]
    assert results[0] is not None
    assert results[0].status == json.loads(results[0].document)["status"] == 410
    assert (await known(store, "ended")).tally == Tally(fake=1, failed=2)
    assert (await known(store, "open")).tally == Tally(fake=1, failed=1)


async def test_jobs_that_ended_long_ago_are_forgotten(store: Store) -> None:
    for minutes in range(3):
        await store.add_job(job(f"{minutes}"), ITEMS)
        await store.cancel_job(f"{minutes}", WHY, NOON + timedelta(minutes=minutes))
    await store.add_job(job("open"), ITEMS)
    assert await store.forget_jobs(NOON + timedelta(minutes=2)) == 2
    assert await store.forget_jobs(NOON + timedelta(minutes=2)) == 0
    assert {one.id for one in await store.jobs_of("a key", None, 9)} == {"2", "open"}
    assert await store.job_results("0", -1, 5) == ()


@pytest.mark.parametrize("state", DeliveryState)
async def test_the_end_of_a_job_is_told_until_it_is_said_to_be(
    store: Store, another: Store, state: DeliveryState
) -> None:
    await store.add_job(job("one", webhook=webhook()), ITEMS)
    assert await store.claim_delivery("me", NOON, NOON + LEASE, ()) is None
    await store.cancel_job("one", WHY, NOON)

    assert await store.claim_delivery("me", NOON, NOON + LEASE, ["a key"]) is None
    delivery = await store.claim_delivery("me", NOON, NOON + LEASE, ["another"])
    assert delivery is not None
    assert (delivery.job.state, delivery.webhook) == (JobState.CANCELLED, webhook())
    assert await another.claim_delivery("you", NOON, NOON + LEASE, ()) is None

    again = NOON + timedelta(minutes=5) if state is DeliveryState.PENDING else None
    told = webhook().model_copy(
        update={"state": state, "attempts": 1, "error": "It was away.", "next_attempt_at": again}
    )
    await store.end_delivery(delivery, told)
    assert (await known(another, "one")).webhook == told
    later = await another.claim_delivery("you", NOON + timedelta(hours=1), NOON, ())
    assert (later and later.webhook) == (told if again else None)


async def test_a_delivery_whose_claim_ended_is_anybodys(store: Store, another: Store) -> None:
    await store.add_job(job("one", webhook=webhook()), ITEMS)
    await store.cancel_job("one", WHY, NOON)
    mine = await store.claim_delivery("me", NOON, NOON + LEASE, ())
    yours = await another.claim_delivery("you", NOON + LEASE, NOON + 2 * LEASE, ())
    assert mine is not None
    assert yours is not None
    lost = webhook().model_copy(update={"error": "lost"})
    kept = webhook().model_copy(update={"error": "kept"})
    await another.end_delivery(yours, kept)
    await store.end_delivery(mine, lost)
    assert (await known(store, "one")).webhook == kept


async def test_a_job_without_webhook_is_told_to_nobody(store: Store) -> None:
    await store.add_job(job("one"), ITEMS)
    await store.cancel_job("one", WHY, NOON)
    assert await store.claim_delivery("me", NOON, NOON + LEASE, ()) is None


async def test_a_job_may_have_any_number_of_items(store: Store) -> None:
    items = [JobItem(url=f"https://example.org/{number}") for number in range(2_500)]
    await store.add_job(job("one", total=2_500), items)
    assert [one.number for one in await store.job_results("one", 2_496, 9)] == [2_497, 2_498, 2_499]
    assert await store.cancel_job("one", WHY, NOON)
    assert not any(one.open for one in await store.job_results("one", -1, 2_500))
    assert await store.delete_job("one")
