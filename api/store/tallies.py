"""Sightings added up before they are written, so that a busy picture costs one write a batch.

Both stores write a `Tally`; neither looks at single sightings.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from api.store.records import Seen, Sighting
from api.verdict import Label

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Tally:
    """What a batch of sightings adds.

    Attributes:
        batch: Names the batch by what is in it, so that one told twice can be counted once.
        verdicts: By id.
        hosts: Sightings by host, day (UTC) and label.
        addresses: The last sighting at each address, by the digest of the address.
    """

    batch: str
    verdicts: dict[str, Seen]
    hosts: Counter[tuple[str, date, Label]]
    addresses: dict[str, Sighting]


def tally(sightings: Sequence[Sighting]) -> Tally:
    """Add sightings up. Their times must be aware of their zone."""
    verdicts: dict[str, Seen] = {}
    hosts: Counter[tuple[str, date, Label]] = Counter()
    addresses: dict[str, Sighting] = {}
    for sighting in sightings:
        verdicts[sighting.verdict_id] = _with(sighting, verdicts.get(sighting.verdict_id))
        if sighting.host is not None:
            hosts[sighting.host, sighting.at.astimezone(UTC).date(), sighting.label] += 1
        if (address := sighting.address_sha256) is not None:
            last = addresses.get(address)
            addresses[address] = sighting if last is None or sighting.at >= last.at else last
    batch = hashlib.sha256(repr(list(sightings)).encode()).hexdigest()[:32]
    return Tally(batch, verdicts, hosts, addresses)


def microseconds(moment: datetime) -> int:
    """Since 1970, UTC: what a database keeps exactly, unlike seconds or BSON's milliseconds."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(microseconds: int) -> datetime:
    """What `microseconds` was made of, in UTC."""
    return EPOCH + timedelta(microseconds=microseconds)


def _with(sighting: Sighting, seen: Seen | None) -> Seen:
    return Seen(
        times=(seen.times if seen else 0) + (not sighting.near),
        times_near=(seen.times_near if seen else 0) + sighting.near,
        first=min(seen.first, sighting.at) if seen else sighting.at,
        last=max(seen.last, sighting.at) if seen else sighting.at,
    )
