"""What the service tells of a picture or a host from memory: the shapes of these answers.

`api.reputation` fills them. No HTTP and no store here, and no address of a picture.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from api.store.records import HashKind
from api.verdict import Label, Part, Probability, Sha256


class Key(StrEnum):
    """By what a picture can be asked for."""

    SHA256 = "sha256"
    PIXELS = "pixels"
    PDQ = "pdq"
    URL = "url"


class Asked(Part):
    """What was asked for. Of a URL, `value` is a digest: the address itself is not repeated."""

    kind: Key
    value: Sha256


class Summary(Part):
    """The newest verdict on what was asked for; `/v1/verdicts/{verdict_id}` has all of it.

    Where a person looked at exactly that picture, `label` is theirs; `model_label` is the model's.
    """

    verdict_id: str
    label: Label
    model_label: Label
    fake_probability: Probability
    model_id: str
    checked_at: datetime


class LookAlike(Part):
    """A picture that was scored and looks much like the one asked for, and need not be the same.

    `distance` is between their PDQ hashes, in bits of 256. `same_picture` says whether the witness
    took both for one picture; null where nobody compared them. A face swap and its original are
    look-alikes and not the same.
    """

    verdict_id: str
    label: Label
    fake_probability: Probability
    checked_at: datetime
    distance: int
    same_picture: bool | None


class Review(Part):
    """A label that somebody gave: a reviewer (`source` is "review"), or a list that was imported.

    `kind` says on what: the bytes, the pixels, or a PDQ hash that is `distance` bits away. Only one
    on bytes or pixels is on exactly this picture.
    """

    kind: HashKind
    label: Label
    source: str
    note: str
    added_at: datetime
    distance: int


class Reputation(Part):
    """What is remembered of a picture.

    `known` says that exactly this was scored or labelled; look-alikes may be told all the same.
    For a PDQ hash, `verdict` is on a picture with exactly this hash, which need not be the same
    picture, and for a URL on what was last fetched from it. `times_seen` counts checks that this
    verdict answered, `times_seen_near` those in which it answered for a copy; both may lag by
    seconds. `conflict` says that among verdict, look-alikes and labels one is `real` and another
    `fake`.

    `verified` is false: the hash came from whoever asks and was not computed here, so nothing says
    that any picture they hold has it. To be sure of a picture, check it.
    """

    asked: Asked
    known: bool
    verified: bool = False
    verdict: Summary | None
    relatives: tuple[LookAlike, ...]
    reviews: tuple[Review, ...]
    conflict: bool
    times_seen: int
    times_seen_near: int
    first_seen: datetime | None
    last_seen: datetime | None


class Counts(Part):
    """Checks, by the label that answered."""

    real: int = 0
    fake: int = 0
    uncertain: int = 0


class DayCounts(Counts):
    """Checks of one day, in UTC."""

    day: date


class HostReputation(Part):
    """How checks of pictures from one host ended, by day, since a day; days without are left out.

    A check counts each time, and only of this very host name, not of those below it.
    """

    host: str
    since: date
    total: Counts
    days: tuple[DayCounts, ...]
