"""What is noted of one request: its id, and how the pictures in it fared.

`api.watch` opens an entry before anything else sees the request, and writes it to the log when the
request is answered. Between, whoever runs on behalf of the request finds it here, without being
handed it. Nothing that came from outside is noted, no address, no name and no picture; only a
request id of a strict form.
"""

from __future__ import annotations

import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field

from api.errors import CandorError
from api.verdict import Timings, Verdict


@dataclass
class Entry:
    """One request.

    Attributes:
        request_id: Told in `X-Request-ID`, in problem documents and in every line of the log.
        problem: Slug of the problem that answered it.
        verdict: The last verdict that was given.
        checked, refused: Pictures that got a verdict, and that did not.
    """

    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    problem: str | None = None
    verdict: Verdict | None = None
    checked: int = 0
    refused: int = 0

    def fields(self) -> dict[str, object]:
        """What the log tells: one verdict in full, of several their number."""
        told: dict[str, object] = {"request_id": self.request_id}
        if self.problem:
            told["problem"] = self.problem
        if self.checked + self.refused > 1:
            told |= {"checked": self.checked, "refused": self.refused}
        elif self.verdict is not None:
            told |= {
                "verdict": self.verdict.id,
                "label": self.verdict.label.value,
                "cache": self.verdict.cache and self.verdict.cache.value,
            }
        return told


current: ContextVar[Entry | None] = ContextVar("entry", default=None)
"""The request that is being answered; None outside of requests."""


class Journal:
    """Notes what becomes of pictures in the entry of the request; see `moderation.Watcher`."""

    def checked(self, verdict: Verdict) -> None:
        """Note a verdict."""
        if entry := current.get():
            entry.verdict = verdict
            entry.checked += 1

    def refused(self, _error: CandorError, _timings: Timings) -> None:
        """Note that a picture got none."""
        if entry := current.get():
            entry.refused += 1
