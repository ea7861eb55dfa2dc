"""Errors as RFC 9457 problem documents: one shape, whatever went wrong.

Causes that are ours become 500 and are logged with their traceback; the caller is told the
request id to quote, and nothing else.
"""

from __future__ import annotations

import logging
import uuid
from http import HTTPStatus

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from api.errors import CandorError, Overloaded, StoreUnavailable

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "urn:candor:problem:"
SEE = "What the service offers stands at /schema."
RETRY_AFTER_S = {Overloaded: 3, StoreUnavailable: 5}

logger = logging.getLogger("candor")

AnyRequest = Request[object, object, object]  # type: ignore[type-var]


def _problem(
    status: int, slug: str, title: str, detail: str, headers: dict[str, str] | None = None
) -> Response[dict[str, object]]:
    request_id = uuid.uuid4().hex
    content: dict[str, object] = {
        "type": TYPE_BASE + slug,
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": request_id,
    }
    logger.info("problem %s %s %s", status, slug, request_id)
    return Response(content, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def candor_problem(_: AnyRequest, error: CandorError) -> Response[dict[str, object]]:
    """For errors of our own tree."""
    wait = RETRY_AFTER_S.get(type(error))
    headers = {"Retry-After": str(wait)} if wait else None
    return _problem(error.status, error.slug, error.title, error.detail, headers)


def http_problem(request: AnyRequest, error: HTTPException) -> Response[dict[str, object]]:
    """For errors of the framework: no such route, wrong method, body over the limit."""
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return unexpected_problem(request, error)
    phrase = HTTPStatus(error.status_code).phrase
    slug = phrase.lower().replace(" ", "-").replace("'", "")
    headers = dict(error.headers) if error.headers else None
    sentence = f"{request.method} {request.url.path}: {error.detail or phrase}. {SEE}"
    return _problem(error.status_code, slug, phrase, sentence, headers)


def unexpected_problem(request: AnyRequest, error: Exception) -> Response[dict[str, object]]:
    """For what nobody foresaw."""
    answer = _problem(
        500,
        "unexpected",
        "Something went wrong here",
        "The service made a mistake that is not yours. It has been logged; nothing was stored.",
    )
    logger.error("unexpected error at %s", request.url.path, exc_info=error)
    return answer


HANDLERS: ExceptionHandlersMap = {
    CandorError: candor_problem,
    HTTPException: http_problem,
    Exception: unexpected_problem,
}
