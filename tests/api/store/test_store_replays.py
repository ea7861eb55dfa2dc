"""What every store promises of answers to be given again, asked of each of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from api.replays import Answer, Claim, Replay
from api.store import Store

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)
SOON = NOW + timedelta(seconds=30)
LATER = NOW + timedelta(seconds=31)
ANSWER = Answer(status=200, headers=(("content-type", "text/plain"),), body=b"\x00\xff{}")


def claim(claimant: str = "one", key: str = "k", caller: str = "local") -> Claim:
    return Claim(caller, key, claimant)


async def test_the_first_is_to_answer_and_the_rest_are_told(store: Store, another: Store) -> None:
    assert await store.begin_replay(claim(), "print", NOW, SOON) is None
    assert await another.begin_replay(claim("two"), "other", NOW, SOON) == Replay("print", None)

    await store.end_replay(claim(), ANSWER)
    assert await another.begin_replay(claim("two"), "print", LATER, LATER) == Replay(
        "print", ANSWER
    )


async def test_of_many_at_once_one_is_to_answer(store: Store, another: Store) -> None:
    found = await asyncio.gather(
        *(
            (store, another)[number % 2].begin_replay(claim(str(number)), "print", NOW, SOON)
            for number in range(20)
        )
    )

    assert sorted(found, key=bool) == [None, *[Replay("print", None)] * 19]


async def test_callers_and_keys_do_not_meet(store: Store) -> None:
    for other in (claim(), claim(key="other"), claim(caller="a key"), claim(key="K")):
        assert await store.begin_replay(other, "print", NOW, SOON) is None


async def test_what_was_let_go_may_be_begun_again(store: Store) -> None:
    await store.begin_replay(claim(), "print", NOW, SOON)
    await store.end_replay(claim(), None)

    assert await store.begin_replay(claim("two"), "other", NOW, SOON) is None


async def test_a_claim_that_nobody_holds_is_taken_over(store: Store) -> None:
    await store.begin_replay(claim(), "print", NOW, SOON)
    await store.hold_replay(claim(), LATER)
    assert await store.begin_replay(claim("two"), "print", SOON, LATER) == Replay("print", None)
    assert await store.begin_replay(claim("two"), "print", LATER, LATER) is None

    # Who lost the claim cannot end or hold what is another's now.
    await store.end_replay(claim(), ANSWER)
    await store.end_replay(claim(), None)
    await store.hold_replay(claim(), LATER + timedelta(days=1))
    assert await store.begin_replay(claim("three"), "print", LATER, LATER) is None


async def test_old_answers_are_forgotten(store: Store) -> None:
    for number in range(3):
        one = claim(key=str(number))
        await store.begin_replay(one, "print", NOW + timedelta(hours=number), LATER)
        await store.end_replay(one, ANSWER)

    assert await store.forget_replays(NOW + timedelta(hours=2)) == 2
    assert await store.begin_replay(claim("two", "0"), "print", LATER, LATER) is None
    assert await store.begin_replay(claim("two", "2"), "print", LATER, LATER) is not None
