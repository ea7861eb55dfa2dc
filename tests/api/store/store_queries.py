"""Every question that a store asks its database, each under the name of the method that asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

from store_jobs import ITEMS, job, recorded, webhook
from store_verdicts import MODEL, digest, scored, witness

from api.audit import Action, Entry
from api.keys import ApiKey, Scope, new_key
from api.naming import Name
from api.replays import Answer, Claim
from api.reviews import BEGINNING, Kind, Reason, Remark
from api.store import Store
from api.store.records import HashKind, KnownHash, Link, Sighting, Trace
from api.verdict import Label
from api.video.answer import VideoCheck, VideoState

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)
PDQ = digest("hash of old")

KNOWN = KnownHash(
    kind=HashKind.PDQ, value=PDQ, label=Label.FAKE, source="a list", note="", added_at=NOW
)
NAME = Name("a key", "post-17")
KEY = "0" * 12
CLAIM = Claim("a key", "an idempotency key", "me")
CLIP = VideoCheck(id="c" * 32, state=VideoState.CANCELLED, created_at=NOW)
ENTRY = Entry(id="0" * 32, at=NOW, caller="a key", action=Action.REVIEW, subject="old")


async def fill(store: Store) -> None:
    """A little of everything."""
    await store.put(scored("old"), Trace(witness("old")))
    await store.put(scored("new"), Trace(witness("new"), (Link("old", 9, False),)))
    await store.put(scored("unsure").model_copy(update={"label": Label.UNCERTAIN}))
    await say(store, Kind.REPORT)
    await store.give_name(NAME, scored("old"))
    await store.add_key(key(KEY))
    await store.begin_replay(CLAIM, "a request", NOW, NOW)
    await store.record([asked()])
    await store.add_known([KNOWN])
    await store.add_job(job("open", webhook=webhook()), ITEMS)
    await store.add_job(job("ended", webhook=webhook()), ITEMS)
    await recorded(store, "ended", NOW, verdict_id="old")
    await store.cancel_job("ended", "The test says so.", NOW)
    await store.keep_clip("a key", CLIP, NOW)


def asked(minute: int = 0) -> Sighting:
    at = NOW.replace(minute=minute)
    return Sighting("old", digest("p"), Label.FAKE, False, at, "a.example", digest("address"))


async def say(store: Store, kind: Kind) -> object:
    remark = Remark(
        id="another",
        kind=kind,
        pixels_sha256=digest("pixels of old"),
        verdict_id="old",
        caller="a key",
        label=Label.REAL,
        at=NOW - timedelta(days=1),
        model_label=Label.FAKE,
    )
    return await store.add_remark(remark, ENTRY)


def key(name: str) -> ApiKey:
    made, _ = new_key("a platform", frozenset({Scope.CHECK}), 0, NOW)
    return made.model_copy(update={"id": name})


async def next_hashes(store: Store) -> object:
    _, cursor = await store.hashes_since("", 1)
    return await store.hashes_since(cursor, 1)


async def read_verdicts(store: Store) -> object:
    return [one async for one in store.all_verdicts()]


async def read_known(store: Store) -> object:
    return [one async for one in store.all_known()]


async def work(store: Store) -> object:
    item = await store.claim_item("open", "me", NOW, NOW)
    assert item is not None
    await store.hold_items([item], NOW)
    await store.release_item(item, NOW)
    return await recorded(store, "open", NOW)


async def deliver(store: Store) -> object:
    delivery = await store.claim_delivery("me", NOW, NOW, ["another"])
    assert delivery is not None
    return await store.end_delivery(delivery, delivery.webhook)


QUERIES: dict[str, Callable[[Store], Awaitable[object]]] = {
    "put": lambda store: store.put(scored("third"), Trace(relatives=(Link("old", 9, True),))),
    "get": lambda store: store.get("old"),
    "by_bytes": lambda store: store.by_bytes(digest("bytes of old"), MODEL),
    "by_pixels": lambda store: store.by_pixels(digest("pixels of old"), MODEL),
    "link_bytes": lambda store: store.link_bytes(scored("again").picture, scored("old")),
    "near": lambda store: store.near(PDQ, MODEL, 5),
    "near any model": lambda store: store.near(PDQ, None, 5),
    "neighbours": lambda store: store.neighbours([("old", 3), ("new", 4)]),
    "hashes_since": next_hashes,
    "links": lambda store: store.links("old"),
    "quarantine": lambda store: store.quarantine("old"),
    "forget_before": lambda store: store.forget_before(NOW),
    "record": lambda store: store.record([asked(1)]),
    "seen": lambda store: store.seen("old"),
    "host": lambda store: store.host("a.example", date.min),
    "latest bytes": lambda store: store.latest(HashKind.SHA256, digest("bytes of old")),
    "latest pixels": lambda store: store.latest(HashKind.PIXELS, digest("pixels of old")),
    "latest PDQ": lambda store: store.latest(HashKind.PDQ, PDQ),
    "at_address": lambda store: store.at_address(digest("address")),
    "add_known": lambda store: store.add_known([KNOWN]),
    "known": lambda store: store.known(HashKind.PDQ, PDQ),
    "known_near": lambda store: store.known_near(PDQ, 5),
    "all_known": read_known,
    "all_verdicts": read_verdicts,
    "add_job": lambda store: store.add_job(job("third"), ITEMS),
    "job": lambda store: store.job("open"),
    "jobs_of": lambda store: store.jobs_of("a key", None, 5),
    "jobs_of before": lambda store: store.jobs_of("a key", (NOW, "open"), 5),
    "open_jobs": lambda store: store.open_jobs(),
    "claim_item": work,
    "finish_job": lambda store: store.finish_job("open", NOW),
    "cancel_job": lambda store: store.cancel_job("open", "The test says so.", NOW),
    "delete_job": lambda store: store.delete_job("open"),
    "job_results": lambda store: store.job_results("ended", 0, 2),
    "forget_job_results": lambda store: store.forget_job_results("old"),
    "forget_jobs": lambda store: store.forget_jobs(NOW + timedelta(days=1)),
    "claim_delivery": deliver,
    "add_remark report": lambda store: say(store, Kind.REPORT),
    "add_remark review": lambda store: say(store, Kind.REVIEW),
    "add_remark appeal": lambda store: say(store, Kind.APPEAL),
    "remarks": lambda store: store.remarks([digest("pixels of old")]),
    "reviewed": lambda store: store.reviewed(["old"]),
    "queue": lambda store: store.queue(None, BEGINNING, 5),
    "queue of reason": lambda store: store.queue(Reason.UNCERTAIN, BEGINNING, 5),
    "give_name": lambda store: store.give_name(NAME, scored("old")),
    "named": lambda store: store.named(NAME),
    "ids_named": lambda store: store.ids_named("post-17"),
    "forget_name": lambda store: store.forget_name("post-17", ENTRY),
    "ids_of bytes": lambda store: store.ids_of(HashKind.SHA256, digest("bytes of old")),
    "ids_of pixels": lambda store: store.ids_of(HashKind.PIXELS, digest("pixels of old")),
    "delete_verdict": lambda store: store.delete_verdict("old", ENTRY),
    "forget_said": lambda store: store.forget_said(digest("pixels of old"), ENTRY),
    "add_entry": lambda store: store.add_entry(ENTRY),
    "entries": lambda store: store.entries(None, 5),
    "entries of caller": lambda store: store.entries(None, 5, caller="a key"),
    "entries of subject": lambda store: store.entries(None, 5, subject="old"),
    "forget_entries": lambda store: store.forget_entries(NOW),
    "keep_clip": lambda store: store.keep_clip("a key", CLIP, NOW),
    "clip": lambda store: store.clip("a key", CLIP.id),
    "forget_clip": lambda store: store.forget_clip("a key", CLIP.id),
    "forget_clips": lambda store: store.forget_clips(NOW),
    "key": lambda store: store.key(KEY),
    "revoke_key": lambda store: store.revoke_key(KEY, NOW),
    "begin_replay": lambda store: store.begin_replay(CLAIM, "a request", NOW, NOW),
    "hold_replay": lambda store: store.hold_replay(CLAIM, NOW),
    "end_replay": lambda store: store.end_replay(CLAIM, Answer(status=200, headers=(), body=b"")),
    "end_replay without": lambda store: store.end_replay(CLAIM, None),
    "forget_replays": lambda store: store.forget_replays(NOW),
}
