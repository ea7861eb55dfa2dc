"""One line of newline-delimited JSON for each picture of many: a verdict, or why there is none.

    {"index": 0, "external_id": "post-17", "status": 200, "verdict": {...}}
    {"index": 1, "external_id": null, "status": 502, "problem": {...}}

Batches stream such lines and jobs give them out as results. `status` is what the picture alone
would have been answered with.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from api.naming import EXTERNAL_ID_AT_MOST
from api.problem import Problem
from api.verdict import Part, Verdict

MEDIA_TYPE = "application/x-ndjson"
OK = 200

ExternalId = Annotated[str, Field(max_length=EXTERNAL_ID_AT_MOST)]
"""By which whoever asks knows a picture: any text, which need not be unique."""


class Checked(Part):
    """A line about a picture that was checked."""

    index: int
    external_id: str | None
    status: int
    verdict: Verdict


class Failed(Part):
    """A line about a picture that has no verdict."""

    index: int
    external_id: str | None
    status: int
    problem: Problem


@dataclass(frozen=True)
class Place:
    """Which picture of many is meant: the position from 0, and its sender's name for it."""

    index: int
    external_id: str | None


LINE: Any = Checked | Failed
"""Either of them, for the contract."""


def line(place: Place, outcome: Verdict | Problem) -> bytes:
    """What is told of a picture, with the line's end."""
    return line_of_text(place, status_of(outcome), outcome.model_dump_json())


def status_of(outcome: Verdict | Problem) -> int:
    """What the picture alone would have been answered with."""
    return outcome.status if isinstance(outcome, Problem) else OK


def line_of_text(place: Place, status: int, document: str) -> bytes:
    """The same of a verdict, or a problem, that is JSON already."""
    head = {"index": place.index, "external_id": place.external_id, "status": status}
    name = "verdict" if status == OK else "problem"
    return f'{json.dumps(head)[:-1]}, "{name}": {document}}}\n'.encode()
