"""What every store promises of names, and of what is left of a deleted verdict: nothing."""

from __future__ import annotations

from datetime import UTC, datetime

from store_jobs import ITEMS, job, recorded
from store_verdicts import MODEL, digest, saved_again, scored, witness

from api.audit import Action, entry
from api.naming import Name
from api.reviews import BEGINNING, Kind, Remark
from api.store import Store
from api.store.records import HashKind, KnownHash, Link, Sighting, Trace
from api.verdict import Label

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)
NAME = Name("a key", "post-17")
DELETED = entry("an admin", Action.DELETE_VERDICT, "one")


def review(verdict_id: str, pixels: str) -> Remark:
    return Remark(
        id=f"review of {verdict_id}",
        kind=Kind.REVIEW,
        pixels_sha256=digest(f"pixels of {pixels}"),
        verdict_id=verdict_id,
        caller="a reviewer",
        label=Label.REAL,
        at=NOW,
        model_label=Label.FAKE,
    )


async def test_a_name_leads_to_the_last_verdict_and_is_its_callers(
    store: Store, another: Store
) -> None:
    one, two = scored("one"), scored("two")
    await store.put(one)
    await store.put(two)
    await store.give_name(NAME, one)
    assert await another.named(NAME) == one.stored()
    await another.give_name(NAME, two)
    assert await store.named(NAME) == two.stored()
    assert await store.named(Name("another key", "post-17")) is None
    assert await store.named(Name("a key", "{'$gt': ''}")) is None
    await store.give_name(Name("a key", "nothing"), scored("gone"))
    assert await store.named(Name("a key", "nothing")) is None


async def test_a_name_for_a_copy_does_not_name_what_was_scored(store: Store) -> None:
    one = scored("one")
    await store.put(one)
    copy = one.picture.model_copy(update={"pixels_sha256": digest("pixels of a copy")})
    await store.give_name(NAME, one.model_copy(update={"picture": copy}))
    assert await store.ids_named("post-17") == ()
    await store.give_name(Name("another key", "post-17"), one)
    assert await store.ids_named("post-17") == ("one",)
    assert await store.forget_name("post-17", DELETED) == 2
    assert await store.forget_name("post-17", DELETED) == 0
    assert await store.get("one") is not None


async def test_verdicts_are_found_by_bytes_and_by_pixels(store: Store) -> None:
    one, other = scored("one", pixels="p"), scored("two", pixels="p", model="candor-2")
    await store.put(one)
    await store.put(other)
    await store.link_bytes(saved_again(one.picture, "a copy"), one)
    assert set(await store.ids_of(HashKind.PIXELS, digest("pixels of p"))) == {"one", "two"}
    assert await store.ids_of(HashKind.SHA256, digest("bytes of a copy")) == ("one",)
    assert await store.ids_of(HashKind.SHA256, digest("unknown")) == ()
    assert await store.ids_of(HashKind.PDQ, digest("hash of one")) == ()


async def test_nothing_leads_to_a_deleted_verdict(store: Store, another: Store) -> None:
    one = scored("one")
    await store.put(one, Trace(witness("one")))
    await store.put(scored("relative"), Trace(relatives=(Link("one", 3, True),)))
    await store.give_name(NAME, one)
    address = digest("address")
    pixels = one.picture.pixels_sha256
    await store.record([Sighting("one", pixels, Label.FAKE, False, NOW, "a.example", address)])
    await store.add_remark(review("one", "one"), entry("a reviewer", Action.REVIEW, "one"))
    await store.add_job(job("ended"), ITEMS)
    await recorded(store, "ended", NOW, verdict_id="one")
    listed = KnownHash(
        kind=HashKind.PIXELS, value=pixels, label=Label.FAKE, source="a list", added_at=NOW
    )
    await store.add_known([listed])

    assert await another.delete_verdict("one", DELETED)

    assert await store.get("one") is None
    assert await store.by_bytes(one.picture.sha256, MODEL) is None
    assert await store.by_pixels(pixels, MODEL) is None
    assert await store.near(str(one.picture.pdq), None, 9) == []
    assert await store.links("relative") == ()
    assert await store.named(NAME) is None
    assert await store.at_address(address) is None
    assert await store.seen("one") is None
    assert await store.remarks([pixels]) == ()
    assert await store.known(HashKind.PIXELS, pixels) == (listed,)
    assert await store.queue(None, BEGINNING, 9) == ()
    [result] = await store.job_results("ended", -1, 1)
    assert "one" not in result.result.document
    assert {told.action for told in await store.entries(None, 9, subject="one")} == {
        Action.DELETE_VERDICT,
        Action.REVIEW,
    }
    assert not await store.delete_verdict("one", DELETED)
    assert (await store.put(one)) == one.stored()


async def test_what_was_said_goes_with_the_last_verdict_on_a_picture(store: Store) -> None:
    await store.put(scored("one", pixels="p"))
    await store.put(scored("two", pixels="p", model="candor-2"))
    await store.add_remark(review("one", "p"), entry("a reviewer", Action.REVIEW, "one"))
    pixels = digest("pixels of p")

    await store.delete_verdict("one", DELETED)
    assert await store.remarks([pixels])
    assert await store.known(HashKind.PIXELS, pixels)
    await store.delete_verdict("two", DELETED)
    assert await store.remarks([pixels]) == ()
    assert await store.known(HashKind.PIXELS, pixels) == ()


async def test_what_was_said_can_be_deleted_when_no_verdict_is_left(
    store: Store, another: Store
) -> None:
    pixels = digest("pixels of p")
    listed = KnownHash(
        kind=HashKind.PIXELS, value=pixels, label=Label.FAKE, source="a list", added_at=NOW
    )
    await store.add_known([listed])
    await store.put(scored("one", pixels="p"))
    await store.add_remark(review("one", "p"), entry("a reviewer", Action.REVIEW, "one"))
    await store.add_remark(review("two", "q"), entry("a reviewer", Action.REVIEW, "two"))
    await store.forget_before(NOW)
    assert await store.remarks([pixels])
    deleted = entry("an admin", Action.DELETE_VERDICT, f"pixels {pixels}")

    assert await another.forget_said(pixels, deleted)

    assert await store.remarks([pixels]) == ()
    assert await store.known(HashKind.PIXELS, pixels) == (listed,)
    assert await store.known(HashKind.PIXELS, digest("pixels of q"))
    assert await store.entries(None, 9, subject=f"pixels {pixels}") == (deleted,)
    assert not await store.forget_said(pixels, entry("an admin", Action.DELETE_VERDICT, "again"))
    assert await store.entries(None, 9, subject="again") == ()
