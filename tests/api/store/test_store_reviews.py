"""What every store promises of reports, reviews, appeals and the queue, asked of each of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from store_verdicts import digest, scored

from api.audit import Action, entry
from api.reviews import BEGINNING, Kind, Reason, Remark
from api.store import Store
from api.store.records import REVIEW, HashKind, KnownHash, Link, Trace
from api.verdict import Label, Verdict

NOW = datetime(2026, 3, 30, 12, 0, 0, 123457, tzinfo=UTC)


def labelled(name: str, label: Label, minutes: int = 0, **given: Any) -> Verdict:
    return scored(name, minutes=minutes, **given).model_copy(update={"label": label})


def remark(
    verdict: str, kind: Kind = Kind.REPORT, *, pixels: str = "", minute: int = 0, **given: Any
) -> Remark:
    facts = {
        "id": f"{kind} {verdict} {minute}",
        "caller": "a key",
        "model_label": Label.FAKE,
        "label": None if kind is Kind.APPEAL else Label.REAL,
        "at": NOW + timedelta(minutes=minute),
        **given,
    }
    pixels_sha256 = digest(f"pixels of {pixels or verdict}")
    return Remark(kind=kind, verdict_id=verdict, pixels_sha256=pixels_sha256, **facts)


async def said(store: Store, *remarks: Remark) -> None:
    for one in remarks:
        await store.add_remark(one, entry(one.caller, Action[one.kind.name], one.verdict_id))


async def queued(store: Store, reason: Reason | None = None) -> list[tuple[str, set[Reason]]]:
    waiting = await store.queue(reason, BEGINNING, 50)
    return [(one.verdict.id, set(one.reasons)) for one in waiting]


async def test_what_was_said_comes_oldest_first_and_survives(store: Store, another: Store) -> None:
    await store.put(scored("one"))
    await store.put(scored("two"))
    first, second = remark("one", note="‮ {$weird} '; text\x00"), remark("one", minute=1)
    elsewhere = remark("two", Kind.APPEAL)
    await said(store, second, elsewhere, first)

    pixels = [first.pixels_sha256, elsewhere.pixels_sha256, digest("unknown"), first.pixels_sha256]
    assert await another.remarks(pixels[:1]) == (first, second)
    assert set(await another.remarks(pixels)) == {first, second, elsewhere}
    assert await another.remarks([]) == ()
    told = await another.entries(None, 10)
    assert {(one.action, one.subject) for one in told} == {
        (Action.REPORT, "one"),
        (Action.APPEAL, "two"),
    }


async def test_of_one_id_the_last_remark_stays(store: Store) -> None:
    await store.put(scored("one"))
    last = remark("one", note="last", id="same", minute=1)
    await said(store, remark("one", id="same"), last)
    assert await store.remarks([last.pixels_sha256]) == (last,)


async def test_an_uncertain_verdict_waits_from_the_beginning(store: Store) -> None:
    await store.put(labelled("clear", Label.REAL))
    await store.put(labelled("new", Label.UNCERTAIN, 1))
    await store.put(labelled("old", Label.UNCERTAIN))
    assert await queued(store) == [("old", {Reason.UNCERTAIN}), ("new", {Reason.UNCERTAIN})]


async def test_verdicts_that_contradict_each_other_wait_both(store: Store) -> None:
    await store.put(labelled("real", Label.REAL))
    await store.put(labelled("also real", Label.REAL, 1))
    await store.put(labelled("unsure", Label.UNCERTAIN, 2))
    links = [Link(name, 3, False) for name in ("real", "unsure", "gone")]
    await store.put(labelled("fake", Label.FAKE, 3), Trace(relatives=tuple(links)))
    assert await queued(store, Reason.CONFLICTING) == [
        ("real", {Reason.CONFLICTING}),
        ("fake", {Reason.CONFLICTING}),
    ]


async def test_the_queue_goes_by_urgency_then_age_and_pages(store: Store) -> None:
    for minute, name in enumerate(("a", "b", "c", "d", "e")):
        await store.put(labelled(name, Label.UNCERTAIN, minute))
    await store.quarantine("d")
    await said(store, remark("c"), remark("b"), remark("e", Kind.APPEAL), remark("e"))
    expected = ["e", "b", "c", "d", "a"]

    assert [name for name, _ in await queued(store)] == expected
    assert dict(await queued(store))["e"] == {Reason.APPEALED, Reason.REPORTED, Reason.UNCERTAIN}
    assert [name for name, _ in await queued(store, Reason.REPORTED)] == ["b", "c", "e"]
    assert [name for name, _ in await queued(store, Reason.QUARANTINED)] == ["d"]
    for reason, all_ in ((None, expected), (Reason.UNCERTAIN, ["a", "b", "c", "d", "e"])):
        place, met = BEGINNING, []
        while page := await store.queue(reason, place, 2):
            met += [one.verdict.id for one in page]
            place = page[-1].place
        assert met == all_


async def test_a_review_is_a_label_and_takes_all_verdicts_on_the_pixels_out(store: Store) -> None:
    await store.put(labelled("one", Label.UNCERTAIN, pixels="p"))
    await store.put(labelled("other model", Label.UNCERTAIN, pixels="p", model="candor-2"))
    review = remark("one", Kind.REVIEW, pixels="p", note="The ear.")
    await said(store, review)

    assert await queued(store) == []
    assert await store.known(HashKind.PIXELS, review.pixels_sha256) == (
        KnownHash(
            kind=HashKind.PIXELS,
            value=review.pixels_sha256,
            label=Label.REAL,
            source=REVIEW,
            note="The ear.",
            added_at=review.at,
        ),
    )
    assert await store.reviewed(["one", "other model", "gone"]) == {
        "one": Label.REAL,
        "other model": Label.REAL,
    }


async def test_a_reviewed_picture_waits_again_only_after_an_appeal(store: Store) -> None:
    await store.put(labelled("one", Label.FAKE, pixels="p"))
    await said(store, remark("one", Kind.REVIEW, pixels="p"))
    await said(store, remark("one", pixels="p", minute=1))
    await store.quarantine("one")
    await store.put(labelled("later model", Label.UNCERTAIN, pixels="p", model="candor-2"))
    await store.put(labelled("real", Label.REAL), Trace(relatives=(Link("one", 3, False),)))
    assert await queued(store) == [("real", {Reason.CONFLICTING})]

    await said(store, remark("one", Kind.APPEAL, pixels="p", minute=2))
    assert (await queued(store))[0] == ("one", {Reason.APPEALED})
    await said(store, remark("one", Kind.REVIEW, pixels="p", minute=3, label=Label.FAKE))
    assert [name for name, _ in await queued(store)] == ["real"]
    assert (await store.reviewed(["one"])) == {"one": Label.FAKE}


async def test_labels_of_others_are_no_reviews(store: Store) -> None:
    await store.put(labelled("one", Label.UNCERTAIN))
    pixels = digest("pixels of one")
    await store.add_known(
        [
            KnownHash(
                kind=HashKind.PIXELS, value=pixels, label=Label.FAKE, source="a list", added_at=NOW
            )
        ]
    )
    assert await store.reviewed(["one"]) == {}
    assert len(await queued(store)) == 1


async def test_a_remark_on_what_is_gone_lets_nothing_wait(store: Store) -> None:
    await said(store, remark("gone"), remark("gone", Kind.APPEAL))
    assert await queued(store) == []


@pytest.mark.parametrize("age", [timedelta(days=1), timedelta(days=-1)])
async def test_what_was_said_is_forgotten_by_age_but_for_labels(
    store: Store, age: timedelta
) -> None:
    await store.put(scored("one"))
    review = remark("one", Kind.REVIEW, note="The ear.")
    await said(store, review)
    listed = KnownHash(
        kind=HashKind.PIXELS, value=review.pixels_sha256, label=Label.FAKE, source="a list",
        note="Of a campaign.", added_at=NOW,
    )  # fmt: skip
    await store.add_known([listed])
    await store.forget_before(NOW + age)
    stays = age < timedelta(0)
    assert bool(await store.remarks([review.pixels_sha256])) == stays
    found = {one.source: one for one in await store.known(HashKind.PIXELS, review.pixels_sha256)}
    label = found.pop(REVIEW)
    assert (label.label, label.added_at) == (Label.REAL, review.at)
    assert label.note == ("The ear." if stays else "")
    assert found == {"a list": listed}


async def test_a_note_is_forgotten_however_its_label_came_and_one_of_later_stays(
    store: Store,
) -> None:
    taken_over = KnownHash(
        kind=HashKind.PIXELS, value=digest("p"), label=Label.FAKE, source=REVIEW,
        note="The ear.", added_at=NOW,
    )  # fmt: skip
    later = remark("one", Kind.REVIEW, note="The other ear.", minute=2)
    await store.add_known([taken_over])
    await said(store, remark("one", Kind.REVIEW, note="The ear."), later)
    await store.forget_before(NOW + timedelta(minutes=1))
    notes = [
        one.note
        for value in (digest("p"), later.pixels_sha256)
        for one in await store.known(HashKind.PIXELS, value)
    ]
    assert notes == ["", "The other ear."]
