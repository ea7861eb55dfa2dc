"""GET /v1/export and POST /v1/import: hashes and labels as JSON lines, out and in."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example, OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import QueryParameter
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK

from api.desk import Desk
from api.errors import TooLarge, UnsupportedFormat, shown
from api.exchange_files import Terms
from api.gate import needs
from api.keys import Caller, Scope
from api.lines import MEDIA_TYPE
from api.routes import AnyRequest
from api.routes.responses import EXPORT_PROBLEMS, IMPORT_PROBLEMS
from api.settings import Settings
from api.store.records import KnownHash
from api.turnstile import at_once
from api.verdict import Part

LINES = frozenset({MEDIA_TYPE, "application/jsonl", "application/jsonlines"})
WAY = f"Send lines of JSON as GET /v1/export gives them, with Content-Type {MEDIA_TYPE}."
EXAMPLE = (
    '{"kind": "pdq", "value": "'
    + "0f" * 32
    + '", "label": "fake", "source": "partner", "added_at": "2026-03-29T12:00:00Z"}\n'
)
SOURCE = "Who vouches for the labels, instead of what the lines say."
SKIP = "Import the rest where some lines cannot be read."
OWN = "Keep reviews as made here, so that they overrule verdicts. Else they are others' labels."


class ImportAnswer(Part):
    """What became of the lines. `problems` are of the first that were left out."""

    added: int
    passed_over: int
    bad: int
    problems: tuple[str, ...]


@dataclass
class ImportOperation(Operation):
    """Says what the body may be: the handler reads it itself, into a file."""

    def __post_init__(self) -> None:
        text = OpenAPIMediaType(
            Schema(type=OpenAPIType.STRING), examples={"one": Example(value=EXAMPLE)}
        )
        self.request_body = RequestBody(required=True, description=WAY, content={MEDIA_TYPE: text})


KNOWN = ResponseSpec(
    KnownHash,
    description="A line of JSON for each hash of each verdict, and each label from elsewhere.",
    generate_examples=False,
    media_type=MEDIA_TYPE,
)


@get(
    "/v1/export",
    operation_id="exportHashes",
    tags=["exchange"],
    opt=needs(Scope.ADMIN) | at_once(1),
    responses={HTTP_200_OK: KNOWN, **EXPORT_PROBLEMS},
)
async def export(desk: NamedDependency[Desk], caller: NamedDependency[Caller]) -> Stream:
    """All that is remembered, as hashes and labels; never a picture, an address or a note of where.

    It is written as it is read: one that breaks off is not whole.
    """
    return Stream(_encoded(await desk.send_out(caller.id)), media_type=MEDIA_TYPE)


@post(
    "/v1/import",
    operation_id="importHashes",
    operation_class=ImportOperation,
    tags=["exchange"],
    status_code=HTTP_200_OK,
    opt=needs(Scope.ADMIN) | at_once(1),
    responses=IMPORT_PROBLEMS,
)
async def import_(
    request: AnyRequest,
    desk: NamedDependency[Desk],
    settings: NamedDependency[Settings],
    caller: NamedDependency[Caller],
    source: Annotated[str | None, QueryParameter(description=SOURCE)] = None,
    skip_bad: Annotated[bool, QueryParameter(description=SKIP)] = False,
    own_reviews: Annotated[bool, QueryParameter(description=OWN)] = False,
) -> ImportAnswer:
    """Remember hashes and labels of others: all of them, or nothing."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in LINES:
        raise UnsupportedFormat(f"The Content-Type {shown(kind)} is not read. {WAY}")
    terms = Terms(source or None, None, datetime.now(UTC))
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        try:
            async for part in request.stream():
                file.write(part)
        except RequestEntityTooLarge as error:
            raise TooLarge(
                f"The body has more than {settings.jobs_max_bytes:,} bytes. Send fewer lines at "
                "once, or use `candor reputation import`."
            ) from error
        file.flush()
        done = await desk.bring_in(
            caller.id, Path(file.name), terms, skip_bad=skip_bad, own_reviews=own_reviews
        )
    return ImportAnswer(
        added=done.added, passed_over=done.passed_over, bad=done.bad, problems=done.problems
    )


async def _encoded(lines: AsyncIterator[str]) -> AsyncIterator[bytes]:
    async for line in lines:
        yield line.encode()
