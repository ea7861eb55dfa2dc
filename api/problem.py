"""What went wrong, as an RFC 9457 problem document: one shape for answers, lines and results.

`api.routes.problems` answers with it; lines of a batch and results of a job carry it. What is
ours to mend is logged with its traceback, and the caller is told the `request_id` to quote.
"""

from __future__ import annotations

import logging
import uuid

from api.errors import CandorError
from api.verdict import Part

TYPE_BASE = "urn:candor:problem:"
UNEXPECTED = "unexpected"
UNEXPECTED_TITLE = "Something went wrong here"
UNEXPECTED_DETAIL = (
    "The service made a mistake that is not yours, and has logged it. Try again; if it stays, "
    "tell whoever runs the service the request_id."
)

logger = logging.getLogger("candor")


class Problem(Part):
    """An RFC 9457 problem document."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str


def problem_of(error: CandorError) -> Problem:
    """What to tell of an error of ours."""
    return Problem(
        type=TYPE_BASE + error.slug,
        title=error.title,
        status=error.status,
        detail=error.detail,
        request_id=uuid.uuid4().hex,
    )


def mistake(error: Exception) -> Problem:
    """What to tell of an error that nobody foresaw, which is logged."""
    problem = Problem(
        type=TYPE_BASE + UNEXPECTED,
        title=UNEXPECTED_TITLE,
        status=500,
        detail=UNEXPECTED_DETAIL,
        request_id=uuid.uuid4().hex,
    )
    logger.error("problem %s %s", UNEXPECTED, problem.request_id, exc_info=error)
    return problem
