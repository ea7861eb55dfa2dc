"""What is remembered of a picture, told from memory alone: nothing is fetched, nothing scored.

`Reputations` looks up; it knows nothing of HTTP. Who asks brings a hash or an address, so an answer
says what is known of that hash, not that anybody's picture has it. No address of a picture is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

from api.cache import Nearby
from api.errors import InvalidRequest, shown
from api.reputation_answer import (
    Asked,
    Counts,
    DayCounts,
    HostReputation,
    Key,
    LookAlike,
    Reputation,
    Review,
    Summary,
)
from api.sightings import address_digest, host_key
from api.store import Store
from api.store.records import PDQ_QUALITY, REVIEW, HashKind, HostDay, KnownHash
from api.verdict import Label, Verdict

TOLD_AT_MOST = 20
"""Relatives, and labels, in one answer."""
LOOKED_AT = 100
"""Near verdicts looked at for one answer: several may be on the same pixels, by other models."""

DIGEST = re.compile(r"[0-9a-fA-F]{64}")
WEB_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)


ONE_OF = (
    "Give exactly one of sha256 (of the file), pixels (digest of the decoded picture), pdq and url."
)


class Reputations:
    """Answers from a store.

    Args:
        nearby: Where look-alikes are found; the store itself unless given.
    """

    def __init__(self, store: Store, nearby: Nearby | None = None) -> None:
        self._store = store
        self._nearby = nearby or store

    async def of(self, asked: Asked) -> Reputation:
        """What is remembered of a picture.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        exact = await self._exact(asked)
        relatives = await self._relatives(asked, exact)
        reviews = await self._reviews(asked, exact)
        seen = await self._store.seen(exact.id) if exact else None
        summary = _summary(exact, reviews) if exact else None
        labels = {one.label for one in relatives} | {one.label for one in reviews}
        if summary:
            labels.add(summary.label)
        return Reputation(
            asked=asked,
            known=exact is not None or any(review.distance == 0 for review in reviews),
            verdict=summary,
            relatives=relatives,
            reviews=reviews,
            conflict={Label.REAL, Label.FAKE} <= labels,
            times_seen=seen.times if seen else 0,
            times_seen_near=seen.times_near if seen else 0,
            first_seen=seen.first if seen else None,
            last_seen=seen.last if seen else None,
        )

    async def of_host(self, host: str, days: int, today: date) -> HostReputation:
        """How checks of pictures from a host ended.

        Args:
            days: That many, today included.

        Raises:
            InvalidRequest: It is not the name of a host.
            StoreUnavailable: The store cannot be reached.
        """
        name, since = host_key(host), today - timedelta(days=days - 1)
        found = await self._store.host(name, since)
        by_day: dict[date, list[HostDay]] = {}
        for entry in found:
            by_day.setdefault(entry.day, []).append(entry)
        return HostReputation(
            host=name,
            since=since,
            total=Counts(**_counted(found)),
            days=tuple(DayCounts(day=day, **_counted(some)) for day, some in by_day.items()),
        )

    async def _exact(self, asked: Asked) -> Verdict | None:
        if asked.kind is Key.URL:
            return await self._store.at_address(asked.value)
        return await self._store.latest(HashKind(asked.kind), asked.value)

    async def _relatives(self, asked: Asked, exact: Verdict | None) -> tuple[LookAlike, ...]:
        pdq = _looked_for(asked, exact)
        near = await self._nearby.near(pdq, None, LOOKED_AT) if pdq else []
        links = await self._store.links(exact.id) if exact else ()
        same = {one.picture.pixels_sha256: link.same_picture for one, link in links}
        newest: dict[str, LookAlike] = {}
        found = [(one.verdict, one.distance) for one in near]
        for one, distance in found + [(one, link.distance) for one, link in links]:
            pixels = one.picture.pixels_sha256
            known = newest.get(pixels)
            if exact and pixels == exact.picture.pixels_sha256:
                continue
            if known is None or known.checked_at < one.checked_at:
                newest[pixels] = _look_alike(one, distance, same.get(pixels))
        latest_first = sorted(newest.values(), key=lambda one: one.checked_at, reverse=True)
        return tuple(sorted(latest_first, key=lambda one: one.distance)[:TOLD_AT_MOST])

    async def _reviews(self, asked: Asked, exact: Verdict | None) -> tuple[Review, ...]:
        """Labels on these bytes and pixels first, then on PDQ hashes, the nearest first."""
        keys = set() if asked.kind is Key.URL else {(HashKind(asked.kind), asked.value)}
        if exact:
            keys |= {
                (HashKind.SHA256, exact.picture.sha256),
                (HashKind.PIXELS, exact.picture.pixels_sha256),
            }
        found = [
            (known, 0)
            for kind, value in sorted(keys)
            if kind is not HashKind.PDQ
            for known in await self._store.known(kind, value)
        ]
        pdq = _looked_for(asked, exact)
        if pdq:
            found += await self._store.known_near(pdq, TOLD_AT_MOST)
        return tuple(_review(known, distance) for known, distance in found[:TOLD_AT_MOST])


def asked_for(given: Iterable[tuple[str, object]]) -> Asked:
    """The one thing that a stranger asked for.

    Args:
        given: Names and values as they came.

    Raises:
        InvalidRequest: There are more or fewer than one, or the value is not of its kind.
    """
    pairs = list(given)
    if len(pairs) != 1:
        names = ", ".join(shown(name) for name, _ in pairs[:5])
        raise InvalidRequest(f"Asked for {names or 'nothing'}. {ONE_OF}")
    name, value = pairs[0]
    if name not in list(Key):
        raise InvalidRequest(f"{shown(name)} is nothing to ask for. {ONE_OF}")
    if not isinstance(value, str):
        raise InvalidRequest(f"{name} is {shown(str(value))}, which is not a string. {ONE_OF}")
    kind = Key(name)
    if kind is Key.URL:
        return Asked(kind=kind, value=address_digest(value))
    if not DIGEST.fullmatch(value):
        raise InvalidRequest(
            f"{name} is {shown(value)}, of {len(value)} characters. Give 64 hexadecimal digits."
        )
    return Asked(kind=kind, value=value.lower())


def _looked_for(asked: Asked, exact: Verdict | None) -> str | None:
    """The PDQ hash to look around, if it says enough. The quality of one that came is unknown."""
    if asked.kind is Key.PDQ:
        return asked.value
    told = exact and (exact.picture.pdq_quality or 0) >= PDQ_QUALITY
    return exact.picture.pdq if exact and told else None


def _summary(verdict: Verdict, reviews: Iterable[Review]) -> Summary:
    ours = (one for one in reviews if (one.kind, one.source) == (HashKind.PIXELS, REVIEW))
    review = next(ours, None)
    return Summary(
        verdict_id=verdict.id,
        label=review.label if review else verdict.label,
        model_label=verdict.label,
        fake_probability=verdict.fake_probability,
        model_id=verdict.model.id,
        checked_at=verdict.checked_at,
    )


def _look_alike(verdict: Verdict, distance: int, same_picture: bool | None) -> LookAlike:
    return LookAlike(
        verdict_id=verdict.id,
        label=verdict.label,
        fake_probability=verdict.fake_probability,
        checked_at=verdict.checked_at,
        distance=distance,
        same_picture=same_picture,
    )


def _review(known: KnownHash, distance: int) -> Review:
    return Review(
        kind=known.kind,
        label=known.label,
        source=known.source,
        # What a reviewer or a list wrote may name where the picture stands.
        note=WEB_ADDRESS.sub("[address]", known.note),
        added_at=known.added_at,
        distance=distance,
    )


def _counted(entries: Iterable[HostDay]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry.label] = counts.get(entry.label, 0) + entry.times
    return counts
