"""What people say of verdicts, in; what waits for them, out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, TypeVar

from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example, OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, QueryParameter
from litestar.status_codes import HTTP_201_CREATED

from api.desk import Desk
from api.errors import InvalidRequest, TooLarge, UnsupportedFormat, shown
from api.gate import needs
from api.keys import Caller, Scope
from api.plain_text import NOTE_AT_MOST
from api.reading_json import FewKeys, read_json
from api.review_answer import Queue, Said, said
from api.reviews import History, Reason
from api.routes import AnyRequest
from api.routes.responses import LOOKUP_PROBLEMS, QUEUE_PROBLEMS, REMARK_PROBLEMS
from api.verdict import Label

BODY_BYTES = 64 * 1024
MARKS_AT_MOST = 2 * NOTE_AT_MOST
PAGE = 20
PAGE_AT_MOST = 100
LIMIT = f"Items of a page, 1 to {PAGE_AT_MOST}."
BEFORE = "`next` of the page before."
REASON = "Only what waits for this reason."

NOTE = Schema(type=OpenAPIType.STRING, max_length=NOTE_AT_MOST)
LABEL = Schema(type=OpenAPIType.STRING, enum=list(Label))
REPORT_WAY = 'Send JSON like {"expected": "real", "note": "It is my own photo."}, or {}.'
REVIEW_WAY = 'Send JSON like {"label": "fake", "note": "The ear."}, the note if you like.'
APPEAL_WAY = 'Send JSON like {"note": "Here is the original: ..."}, or {}.'


class ReportRequest(FewKeys):
    """What is wrong with a verdict."""

    expected: Label | None = None
    note: str = ""


class ReviewRequest(FewKeys):
    """What a person found."""

    label: Label
    note: str = ""


class AppealRequest(FewKeys):
    """Why another look is asked for."""

    note: str = ""


def _body(
    way: str, example: dict[str, str], required: list[str], **properties: Schema
) -> RequestBody:
    schema = Schema(
        type=OpenAPIType.OBJECT,
        properties={**properties, "note": NOTE},
        required=required or None,
        additional_properties=False,
    )
    content = OpenAPIMediaType(schema, examples={"one": Example(value=example)})
    return RequestBody(required=True, description=way, content={"application/json": content})


@dataclass
class ReportOperation(Operation):
    """Says what the body may be: the handler reads it itself, within its limits."""

    def __post_init__(self) -> None:
        example = {"expected": "real", "note": "It is my own photo."}
        self.request_body = _body(REPORT_WAY, example, [], expected=LABEL)


@dataclass
class ReviewOperation(Operation):
    """Says what the body may be: the handler reads it itself, within its limits."""

    def __post_init__(self) -> None:
        example = {"label": "fake", "note": "The ear."}
        self.request_body = _body(REVIEW_WAY, example, ["label"], label=LABEL)


@dataclass
class AppealOperation(Operation):
    """Says what the body may be: the handler reads it itself, within its limits."""

    def __post_init__(self) -> None:
        self.request_body = _body(APPEAL_WAY, {"note": "Here is the original: ..."}, [])


@post(
    "/v1/verdicts/{verdict_id:str}/reports",
    operation_id="reportVerdict",
    operation_class=ReportOperation,
    tags=["reviews"],
    status_code=HTTP_201_CREATED,
    opt=needs(Scope.CHECK),
    responses=REMARK_PROBLEMS,
    request_max_body_size=BODY_BYTES,
)
async def report(
    request: AnyRequest,
    verdict_id: FromPath[str],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
) -> Said:
    """Say that a verdict is wrong. It waits for a person; your last report of it is kept."""
    asked = await _read(request, ReportRequest, REPORT_WAY)
    return said(await desk.report(caller.id, verdict_id, asked.expected, asked.note))


@post(
    "/v1/verdicts/{verdict_id:str}/reviews",
    operation_id="reviewVerdict",
    operation_class=ReviewOperation,
    tags=["reviews"],
    status_code=HTTP_201_CREATED,
    opt=needs(Scope.REVIEW),
    responses=REMARK_PROBLEMS,
    request_max_body_size=BODY_BYTES,
)
async def review(
    request: AnyRequest,
    verdict_id: FromPath[str],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
) -> Said:
    """Say what the picture is, having looked at it: on exactly this picture, that wins.

    It decides the appeals that wait, and takes the picture out of the queue.
    """
    asked = await _read(request, ReviewRequest, REVIEW_WAY)
    return said(await desk.review(caller.id, verdict_id, asked.label, asked.note))


@post(
    "/v1/verdicts/{verdict_id:str}/appeals",
    operation_id="appealVerdict",
    operation_class=AppealOperation,
    tags=["reviews"],
    status_code=HTTP_201_CREATED,
    opt=needs(Scope.CHECK),
    responses=REMARK_PROBLEMS,
    request_max_body_size=BODY_BYTES,
)
async def appeal(
    request: AnyRequest,
    verdict_id: FromPath[str],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
) -> Said:
    """Ask that a person look again, even if one looked before."""
    asked = await _read(request, AppealRequest, APPEAL_WAY)
    return said(await desk.appeal(caller.id, verdict_id, asked.note))


@get(
    "/v1/verdicts/{verdict_id:str}/reviews",
    operation_id="getReviews",
    tags=["reviews"],
    opt=needs(Scope.REVIEW),
    responses=LOOKUP_PROBLEMS,
)
async def reviews(
    verdict_id: FromPath[str], desk: NamedDependency[Desk], caller: NamedDependency[Caller]
) -> History:
    """All that people said of the picture of a verdict."""
    return await desk.history(caller.id, verdict_id)


@get(
    "/v1/reviews/queue",
    operation_id="getReviewQueue",
    tags=["reviews"],
    opt=needs(Scope.REVIEW),
    responses=QUEUE_PROBLEMS,
)
async def queue(
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    reason: Annotated[str | None, QueryParameter(description=REASON)] = None,
    cursor: Annotated[str | None, QueryParameter(description=BEFORE)] = None,
    limit: Annotated[str, QueryParameter(description=LIMIT)] = str(PAGE),
) -> Queue:
    """What waits for a person: the most urgent reason first, then the oldest verdict."""
    return await desk.queue(caller.id, _reason(reason), cursor, page_size(limit))


def page_size(written: str) -> int:
    """How many items a page is to have.

    Raises:
        InvalidRequest: It is no number, or too large a one.
    """
    size = int(written) if written.isascii() and written.isdigit() and len(written) < 5 else 0
    if not 1 <= size <= PAGE_AT_MOST:
        raise InvalidRequest(f"limit is {shown(written)}. Give 1 to {PAGE_AT_MOST}.")
    return size


def _reason(written: str | None) -> Reason | None:
    if written is not None and written not in list(Reason):
        raise InvalidRequest(f"reason is {shown(written)}. Give one of {', '.join(Reason)}.")
    return None if written is None else Reason(written)


Asked = TypeVar("Asked", bound=FewKeys)


async def _read(request: AnyRequest, model: type[Asked], way: str) -> Asked:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise UnsupportedFormat(f"The Content-Type {shown(kind)} is not read. {way}")
    try:
        body = await request.body()
    except RequestEntityTooLarge as error:
        raise TooLarge(f"The body has more than {BODY_BYTES:,} bytes. {way}") from error
    return read_json(body, model, MARKS_AT_MOST, way)


HANDLERS: list[HTTPRouteHandler] = [report, review, appeal, reviews, queue]
