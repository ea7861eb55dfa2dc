"""Who did what and when: the entries of the audit log, and what a store promises of them.

An entry names a caller, an action and a subject: a verdict's id, a digest, a key's id. Never a
picture's address, nor a note. What changes something is written down with the change itself; what
only reads, before the answer goes out, or later where nothing can be written, see `api.backlog`.
"""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import AwareDatetime, Field

from api.errors import InvalidRequest, shown
from api.verdict import Part

CURSOR = re.compile(r"(\d{8}T\d{6}\.\d{6})-([0-9a-f]{32})", re.ASCII)
MOMENT = "%Y%m%dT%H%M%S.%f"


class Action(StrEnum):
    """What somebody did."""

    READ_VERDICT = "verdict.read"
    DELETE_VERDICT = "verdict.delete"
    REPORT = "verdict.report"
    REVIEW = "verdict.review"
    APPEAL = "verdict.appeal"
    READ_REVIEWS = "reviews.read"
    READ_QUEUE = "queue.read"
    READ_AUDIT = "audit.read"
    EXPORT = "export"
    IMPORT = "import"
    CREATE_KEY = "key.create"
    REVOKE_KEY = "key.revoke"
    RELOAD_MODEL = "model.reload"


class Entry(Part):
    """One line of the log. `caller` is a key's id, or `local`."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    at: AwareDatetime
    caller: str
    action: Action
    subject: str = ""

    @property
    def cursor(self) -> str:
        """Where the entries before this one begin."""
        return f"{self.at.astimezone(UTC).strftime(MOMENT)}-{self.id}"


Place = tuple[datetime, str]


class Audit(Protocol):
    """The part of a store that remembers who did what."""

    async def add_entry(self, entry: Entry) -> None:
        """Write an entry down. One that is told again is there once."""

    async def entries(
        self,
        before: Place | None,
        limit: int,
        *,
        caller: str | None = None,
        subject: str | None = None,
    ) -> tuple[Entry, ...]:
        """The newest entries first.

        Args:
            before: Time and id of the entry after which to go on.
            caller: Only what this caller did.
            subject: Only what was done to this.
        """
        ...

    async def forget_entries(self, before: datetime) -> int:
        """Delete what was done before a moment; how many entries."""
        ...


def entry(caller: str, action: Action, subject: str = "") -> Entry:
    """That a caller is doing something now."""
    return Entry(
        id=uuid.uuid4().hex, at=datetime.now(UTC), caller=caller, action=action, subject=subject
    )


def place_of(cursor: str | None) -> Place | None:
    """Where a cursor points; None is the beginning.

    Raises:
        InvalidRequest: It is none of ours.
    """
    if cursor is None:
        return None
    found = CURSOR.fullmatch(cursor)
    try:
        if found:
            return datetime.strptime(found[1], MOMENT).replace(tzinfo=UTC), found[2]
    except ValueError:
        pass
    raise InvalidRequest(
        f"The cursor is {shown(cursor)}. Give the `next` of the page before, or none."
    )
