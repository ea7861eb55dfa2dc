"""The memory of verdicts: what it promises, and which one a service uses.

`Store` is the contract; `sqlite` keeps it in one file without a server, `mongo` in MongoDB,
and `tests/api/store` holds both to it. When a remembered verdict may answer is the caller's
question, not the store's. No picture is ever kept, only digests and witnesses: blurred copies of a
few kB by which `api.witness` knows a picture again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import Protocol

from api.audit import Audit, Entry
from api.jobs import Jobs
from api.keys import Keys
from api.naming import Names
from api.replays import Replays
from api.reviews import Reviews
from api.settings import Settings
from api.store.records import (
    HashKind,
    HostDay,
    IndexedHash,
    KnownHash,
    Link,
    Neighbour,
    Seen,
    Sighting,
    Trace,
)
from api.verdict import PictureFacts, Verdict
from api.video.keeping import KeptClips


class Store(Keys, Replays, Jobs, Reviews, Names, Audit, KeptClips, Protocol):
    """One verdict per picture and model, found again by id, by bytes or by pixels.

    Many files may hold one picture. A verdict keeps the `picture` of the file it was first
    stored with, and `get` and `by_pixels` return that; only `by_bytes` speaks of the file asked.

    Every method but `close` raises `StoreUnavailable` when the store cannot be reached, is
    full, damaged or not open. One that failed may be called again; all are idempotent.
    """

    async def open(self) -> None:
        """Connect, and create what is missing. After a failure it may be called again."""

    async def close(self) -> None:
        """Let go of everything. Closing twice, or what was never open, does nothing."""

    async def ping(self) -> None:
        """Return if the store answers now and, as far as can be told, has room for more."""

    async def put(self, verdict: Verdict, trace: Trace | None = None) -> Verdict:
        """Remember `verdict.stored()` and return what is kept for its pixels and model.

        The first verdict of (`picture.pixels_sha256`, `model.id`) stays: who comes later is
        given that one, with the `picture` that came later. Either way the given
        `picture.sha256` leads to it from now on, and its `format` and `frames` are kept with
        the digest. When this returns, all of it survives the death of this process and of the
        store's.

        The trace is kept with the verdict, all or nothing, if this verdict is the one that is
        kept; else it is dropped. A verdict whose `picture.pdq_quality` is at least `PDQ_QUALITY`
        is then found by `near`. Relatives that the store does not know are passed over.

        Raises:
            ValueError: The id belongs to a verdict on other pixels or of another model.
        """
        ...

    async def get(self, verdict_id: str) -> Verdict | None:
        """The verdict of this id, as it was first stored."""
        ...

    async def by_bytes(self, sha256: str, model_id: str) -> Verdict | None:
        """The verdict of this model on a picture that came as bytes of this digest.

        Its `picture` describes these bytes: `sha256` is the one asked for, `format` and
        `frames` are as they were given when it was linked, the last time if there were many.
        """
        ...

    async def by_pixels(self, pixels_sha256: str, model_id: str) -> Verdict | None:
        """The verdict of this model on a picture with exactly these pixels, as first stored."""
        ...

    async def link_bytes(self, picture: PictureFacts, verdict: Verdict) -> None:
        """Let further bytes, that decode to the same pixels, lead to this verdict.

        `picture` describes them: its `sha256` is their digest, its `format` and `frames` are
        kept. Its dimensions and `pixels_sha256` are taken to be the verdict's.

        Does nothing when the store no longer knows the verdict.
        """

    async def near(self, pdq: str, model_id: str | None, limit: int) -> list[Neighbour]:
        """All verdicts of this model, or of any, within `PDQ_RADIUS` bits of a PDQ hash.

        The nearest first, the newest first among equals, at most `limit`. Complete: none within
        the radius is missed, other than those beyond `limit`.

        Args:
            pdq: 64 hexadecimal digits.
        """
        ...

    async def neighbours(self, found: Sequence[tuple[str, int]]) -> list[Neighbour]:
        """The same for verdicts that an index outside the store found, (id, distance) each.

        Those that are gone are passed over; the order is kept.
        """
        ...

    async def hashes_since(self, cursor: str, limit: int) -> tuple[list[IndexedHash], str]:
        """What `near` could find, in the order in which it came, to fill an index elsewhere.

        Args:
            cursor: Empty for the beginning, else what the last call gave.

        Returns:
            At most `limit` entries, none at the end, and the next cursor. An entry may come
            twice; none is left out, even when writers overlap.
        """
        ...

    async def links(self, verdict_id: str) -> tuple[tuple[Verdict, Link], ...]:
        """The `MOST_LINKS` nearest relatives of a verdict, nearest first, and what leads to each.

        A relative that was put after this verdict is here as well.
        """
        ...

    async def quarantine(self, verdict_id: str) -> None:
        """Never let this verdict answer for other files again. For good; unknown ids do nothing.

        It waits for a person, unless its picture was reviewed.
        """

    async def forget_before(self, moment: datetime) -> int:
        """Delete verdicts checked before a moment, with all that hangs on them; how many.

        What people said before that moment goes too, but for the labels that they gave: these
        stay, without their notes.
        """
        ...

    async def ids_of(self, kind: HashKind, value: str) -> tuple[str, ...]:
        """Verdicts, of all models, on these bytes or pixels. PDQ hashes lead to none."""
        ...

    async def delete_verdict(self, verdict_id: str, entry: Entry) -> bool:
        """Delete a verdict with all that hangs on it, and say whether there was one.

        That is the bytes and names that lead to it, its witness, hash and links, its sightings and
        addresses, and the results of jobs. With the last verdict on a picture goes what people said
        of it. Counts of hosts, labels that were imported, and the audit log stay.
        """
        ...

    async def forget_said(self, pixels_sha256: str, entry: Entry) -> bool:
        """Delete what people said of a picture, the review's label too, and whether they did.

        Without any, nothing is written into the audit log.
        """
        ...

    async def record(self, sightings: Sequence[Sighting]) -> None:
        """Count sightings, all or none. Those of verdicts that are gone count for hosts only.

        The same sequence told again soon, as after a failure, counts once.
        """

    async def seen(self, verdict_id: str) -> Seen | None:
        """How often a verdict was asked for."""
        ...

    async def host(self, host: str, since: date) -> list[HostDay]:
        """What was found on a host, by day and label, oldest first."""
        ...

    async def latest(self, kind: HashKind, value: str) -> Verdict | None:
        """The newest verdict, of whatever model, on exactly these bytes, pixels or PDQ hash.

        A PDQ hash is 64 hexadecimal digits, and is looked for among those that `near` could find.
        """
        ...

    async def at_address(self, address_sha256: str) -> Verdict | None:
        """The verdict on what was last fetched from an address."""
        ...

    async def add_known(self, hashes: Sequence[KnownHash]) -> None:
        """Keep labels from elsewhere, all or none."""

    async def known(self, kind: HashKind, value: str) -> tuple[KnownHash, ...]:
        """Labels on exactly this hash, newest first."""
        ...

    async def known_near(self, pdq: str, limit: int) -> list[tuple[KnownHash, int]]:
        """Labels on PDQ hashes within `PDQ_RADIUS` bits of this one, with the distance, as `near`.

        All of them, whatever their source; the hash itself, at distance 0, too.
        """
        ...

    def all_known(self) -> AsyncIterator[KnownHash]:
        """Every label from elsewhere, by (kind, value, source)."""
        ...

    def all_verdicts(self) -> AsyncIterator[Verdict]:
        """Every verdict, as first stored, by id. One that is put meanwhile may be missed."""
        ...


def store_for(settings: Settings) -> Store:
    """The store that the settings name, not yet open."""
    retention_days = settings.retention_days or None
    if settings.mongodb_url is not None:
        # Motor and PyMongo take 0.2 s to import, which the embedded store need not pay.
        from api.store.mongo import MongoStore

        return MongoStore(settings.mongodb_url.get_secret_value(), retention_days)
    from api.store.sqlite import SqliteStore

    return SqliteStore(settings.data_dir / "candor.db", retention_days)
