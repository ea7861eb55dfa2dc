"""What the memory holds beside verdicts: traces, sightings, and hashes from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from api.verdict import Label, Part, Sha256, Verdict

PDQ_BITS = 256
PDQ_RADIUS = 31
"""Bits in which two PDQ hashes may differ and still be called alike, the industry's threshold
(https://github.com/facebook/ThreatExchange/blob/main/hashing/hashing.pdf, section 6)."""
PDQ_QUALITY = 50
"""A hash of lower quality says next to nothing, and is not looked for."""
REVIEW = "review"
"""The source of labels that a person gave here."""
MOST_LINKS = 100
"""Relatives told of one verdict: a picture that everybody shares may have any number."""


class HashKind(StrEnum):
    """What a hash is of."""

    SHA256 = "sha256"
    PIXELS = "pixels"
    PDQ = "pdq"


@dataclass(frozen=True)
class Trace:
    """What is kept beside a verdict so that its picture can be told from pictures like it.

    Attributes:
        witness: As `api.witness` wrote it; None where the picture cannot have one.
        relatives: Scored pictures that look like this one, to be linked both ways.
    """

    witness: bytes | None = None
    relatives: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Link:
    """Leads from one verdict to another on a picture that looks like it."""

    verdict_id: str
    distance: int
    same_picture: bool


@dataclass(frozen=True)
class Neighbour:
    """A scored picture whose PDQ hash is near the one that was asked for.

    Attributes:
        verdict: As first stored.
        distance: Bits of 256.
        witness: As it was put.
        quarantined: Whether this verdict may no longer answer for other files.
    """

    verdict: Verdict
    distance: int
    witness: bytes | None
    quarantined: bool


@dataclass(frozen=True)
class Sighting:
    """Somebody asked for a check of a picture, and was answered.

    Attributes:
        verdict_id: The verdict that answered.
        pixels_sha256: Of the picture that was asked about, which for a near answer is not the
            verdict's own.
        label: That the answer bore.
        near: Whether a verdict on another copy answered.
        at: When.
        host: That the picture was fetched from; None for an upload.
        address_sha256: Digest of the address it was fetched from. No address is ever kept.
    """

    verdict_id: str
    pixels_sha256: str
    label: Label
    near: bool
    at: datetime
    host: str | None = None
    address_sha256: str | None = None


@dataclass(frozen=True)
class Seen:
    """How often a verdict was asked for, with its own pixels and through near copies."""

    times: int
    times_near: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class HostDay:
    """Pictures of one host that were checked on one day (UTC), by label."""

    day: date
    label: Label
    times: int


class KnownHash(Part):
    """A label that somebody else gave: a reviewer, or a list that was imported.

    One of (kind, value, source) is kept, the last that came.
    """

    kind: HashKind
    value: Sha256
    label: Label
    source: Annotated[str, Field(min_length=1, max_length=200)]
    note: Annotated[str, Field(max_length=2000)] = ""
    added_at: AwareDatetime


@dataclass(frozen=True)
class IndexedHash:
    """An entry for an index outside the store."""

    verdict_id: str
    pdq: str
