"""What people say of verdicts: reports, reviews and appeals, and the queue of what waits for one.

A report says that a verdict is wrong. A review says what the picture is, and is on the picture: on
its exact pixels, whatever file they came in and whichever model spoke. An appeal asks for another
look. `api.desk` takes them in, the stores keep them, `api.overruling` lays them over answers.

A verdict waits for each of its reasons until its picture was reviewed, even where the reason has
gone meanwhile. A picture that was reviewed waits again only when somebody appeals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from pydantic import AwareDatetime

from api.audit import Entry
from api.errors import InvalidRequest, shown
from api.verdict import Label, Part, Sha256, Verdict

CURSOR = re.compile(r"(\d)_(\d{1,12}(?:\.\d{1,9})?)_([0-9A-Za-z]{1,64})", re.ASCII)


class Reason(StrEnum):
    """Why a verdict waits for a person, the most urgent first."""

    APPEALED = "appealed"
    REPORTED = "reported"
    CONFLICTING = "conflicting"
    QUARANTINED = "quarantined"
    UNCERTAIN = "uncertain"

    @property
    def urgency(self) -> int:
        """0 for the most urgent."""
        return list(Reason).index(self)


class Kind(StrEnum):
    """What somebody said."""

    REPORT = "report"
    REVIEW = "review"
    APPEAL = "appeal"


class Remark(Part):
    """What somebody said of the picture of a verdict.

    `label` is what a reviewer found, or what who reports expected. `model_label` is what the
    verdict had said. One with an id that is known takes the place of the one before.
    """

    id: str
    kind: Kind
    pixels_sha256: Sha256
    verdict_id: str
    caller: str
    label: Label | None = None
    note: str = ""
    at: AwareDatetime
    model_label: Label


class Decision(StrEnum):
    """What became of an appeal: what was said of the picture stands, or another label does."""

    UPHELD = "upheld"
    OVERTURNED = "overturned"


class PastReview(Part):
    """A review as it is told. `overturned` says that it contradicts what was said before."""

    label: Label
    note: str
    by: str
    at: AwareDatetime
    overturned: bool


class PastAppeal(Part):
    """An appeal as it is told; without a decision it waits."""

    note: str
    by: str
    at: AwareDatetime
    decision: Decision | None = None
    decided_at: AwareDatetime | None = None


class PastReport(Part):
    """A report as it is told. `expected` is what the picture is taken for, if that was said."""

    expected: Label | None
    note: str
    by: str
    at: AwareDatetime


class History(Part):
    """All that people said of the exact picture of a verdict, oldest first; the last review counts.

    `model_label` is what the model says of it.
    """

    verdict_id: str
    model_label: Label
    reviews: tuple[PastReview, ...]
    appeals: tuple[PastAppeal, ...]
    reports: tuple[PastReport, ...]


@dataclass(frozen=True)
class Place:
    """A place in the queue, which is in the order of these three.

    Attributes:
        urgency: Of the most urgent reason, or of the one that was asked for.
        checked_at: The verdict's, in seconds since 1970.
    """

    urgency: int
    checked_at: float
    verdict_id: str

    @property
    def cursor(self) -> str:
        """As a caller carries it."""
        return f"{self.urgency}_{self.checked_at}_{self.verdict_id}"


BEGINNING = Place(0, 0.0, "")


@dataclass(frozen=True)
class Waiting:
    """A verdict that waits for a person, as it was first stored."""

    place: Place
    verdict: Verdict
    reasons: tuple[Reason, ...]


class Reviews(Protocol):
    """The part of a store that remembers what people say.

    `put` lets a verdict wait that is uncertain, or that a relative contradicts, and that relative
    with it; `quarantine` lets one wait too.
    """

    async def add_remark(self, remark: Remark, entry: Entry) -> None:
        """Keep a remark and the entry of the audit log about it, and do what follows.

        After a report the verdict waits, unless its picture was reviewed; after an appeal it waits
        in any case. A review is kept as a known hash too, and no verdict on its pixels waits now.
        """

    async def remarks(self, pixels: Sequence[str]) -> tuple[Remark, ...]:
        """What was said of pictures with any of these pixels, oldest first."""
        ...

    async def reviewed(self, verdict_ids: Sequence[str]) -> dict[str, Label]:
        """What was last found of the pictures of these verdicts, where that is anything."""
        ...

    async def queue(self, reason: Reason | None, after: Place, limit: int) -> tuple[Waiting, ...]:
        """What waits, for any reason or for one, the most urgent, then the oldest, first."""
        ...


def place_of(cursor: str | None) -> Place:
    """Where a cursor points; None is the beginning.

    Raises:
        InvalidRequest: It is none of ours.
    """
    if cursor is None:
        return BEGINNING
    found = CURSOR.fullmatch(cursor)
    if found is None:
        raise InvalidRequest(
            f"The cursor is {shown(cursor)}. Give the `next` of the page before, or none."
        )
    return Place(int(found[1]), float(found[2]), found[3])


def contrary(label: Label) -> Label | None:
    """The label that contradicts this one: an uncertain verdict contradicts nothing."""
    return {Label.REAL: Label.FAKE, Label.FAKE: Label.REAL}.get(label)


def history(verdict: Verdict, remarks: Iterable[Remark]) -> History:
    """What became of the picture of a verdict."""
    reviews: list[PastReview] = []
    appeals: list[PastAppeal] = []
    reports: list[PastReport] = []
    for one in remarks:
        note, by, at = one.note, one.caller, one.at
        if one.kind is Kind.REPORT:
            reports.append(PastReport(expected=one.label, note=note, by=by, at=at))
        elif one.kind is Kind.APPEAL:
            appeals.append(PastAppeal(note=note, by=by, at=at))
        elif one.label is not None:
            standing = reviews[-1].label if reviews else one.model_label
            overturned = one.label is not standing and standing is not Label.UNCERTAIN
            appeals = [_decided(appeal, one, standing) for appeal in appeals]
            reviews.append(
                PastReview(label=one.label, note=note, by=by, at=at, overturned=overturned)
            )
    return History(
        verdict_id=verdict.id,
        model_label=verdict.label,
        reviews=tuple(reviews),
        appeals=tuple(appeals),
        reports=tuple(reports),
    )


def _decided(appeal: PastAppeal, review: Remark, standing: Label) -> PastAppeal:
    if appeal.decision:
        return appeal
    decision = Decision.UPHELD if review.label is standing else Decision.OVERTURNED
    return appeal.model_copy(update={"decision": decision, "decided_at": review.at})
