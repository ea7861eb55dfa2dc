"""What is told to those who speak about verdicts and look at what waits: the shapes of the answers.

`api.desk` fills them.
"""

from __future__ import annotations

from pydantic import AwareDatetime

from api.audit import Entry
from api.reviews import History, Kind, Reason, Remark
from api.verdict import Label, Part, Verdict


class Said(Part):
    """What was kept of a report, a review or an appeal."""

    kind: Kind
    verdict_id: str
    label: Label | None
    note: str
    at: AwareDatetime


class Log(Part):
    """A page of the audit log; `next` is the cursor of the page behind it, null at the end."""

    entries: tuple[Entry, ...]
    next: str | None


class Deleted(Part):
    """How many verdicts are gone now, with all that hung on them."""

    verdicts: int


class QueueItem(Part):
    """A verdict that waits for a person, why, and what was said of its picture so far."""

    reasons: tuple[Reason, ...]
    verdict: Verdict
    history: History


class Queue(Part):
    """A page of what waits; `next` is the cursor of the page behind it, null at the end."""

    items: tuple[QueueItem, ...]
    next: str | None


def said(remark: Remark) -> Said:
    """A remark as its author is told it."""
    return Said(
        kind=remark.kind,
        verdict_id=remark.verdict_id,
        label=remark.label,
        note=remark.note,
        at=remark.at,
    )
