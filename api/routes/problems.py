"""Errors as RFC 9457 problem documents: one shape, whatever went wrong.

Causes that are ours become 500 and are logged with their traceback; the caller is told the
request id to quote, and nothing else.
"""

from __future__ import annotations

import logging
from http import HTTPStatus

from litestar import Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from api.access import SECURITY_HEADERS
from api.errors import (
    CandorError,
    Conflict,
    NotReady,
    Overloaded,
    StoreUnavailable,
    TooManyRequests,
    Unauthorized,
    shown,
)
from api.journal import Entry, current
from api.problem import TYPE_BASE, UNEXPECTED, UNEXPECTED_DETAIL, UNEXPECTED_TITLE
from api.routes import AnyRequest

MEDIA_TYPE = "application/problem+json"
HUNG_UP = "client disconnected prematurely"
"""What Litestar calls a body that stops short, with a status that would be our fault."""
SEE = "What the service offers stands at /schema."
RETRY_AFTER_S = {Conflict: 2, Overloaded: 3, StoreUnavailable: 5, NotReady: 5}

logger = logging.getLogger("candor")


def _problem(
    status: int,
    slug: str,
    title: str,
    detail: str,
    headers: dict[str, str] | None = None,
    cause: Exception | None = None,
) -> Response[dict[str, object]]:
    entry = current.get() or Entry()
    entry.problem = slug
    if cause is not None:
        logger.error("problem %s", slug, exc_info=cause)
    content: dict[str, object] = {
        "type": TYPE_BASE + slug,
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": entry.request_id,
    }
    # Some problems arise before the door, which puts these headers on every other answer.
    headers = SECURITY_HEADERS | (headers or {})
    return Response(content, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def candor_problem(_: AnyRequest, error: CandorError) -> Response[dict[str, object]]:
    """For errors of our own tree."""
    if isinstance(error, (StoreUnavailable, NotReady)):
        # Whoever runs the service must act, and the sentence says on what.
        logger.warning("%s", error.detail)
    fixed = RETRY_AFTER_S.get(type(error))
    wait = error.retry_after_s if isinstance(error, TooManyRequests) else fixed
    headers = {"Retry-After": str(wait)} if wait else {}
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    return _problem(error.status, error.slug, error.title, error.detail, headers)


def http_problem(request: AnyRequest, error: HTTPException) -> Response[dict[str, object]]:
    """For errors of the framework: no such route, wrong method, body over the limit."""
    if error.detail == HUNG_UP:
        return _problem(
            400, "incomplete", "Incomplete", "The body ended before its time. Send it anew."
        )
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return unexpected_problem(request, error)
    phrase = HTTPStatus(error.status_code).phrase
    slug = phrase.lower().replace(" ", "-").replace("'", "")
    headers = dict(error.headers) if error.headers else None
    asked = shown(f"{request.method} {request.url.path}")
    sentence = f"{asked}: {error.detail or phrase}. {SEE}"
    return _problem(error.status_code, slug, phrase, sentence, headers)


def unexpected_problem(_: AnyRequest, error: Exception) -> Response[dict[str, object]]:
    """For what nobody foresaw."""
    return _problem(500, UNEXPECTED, UNEXPECTED_TITLE, UNEXPECTED_DETAIL, cause=error)


HANDLERS: ExceptionHandlersMap = {
    CandorError: candor_problem,
    HTTPException: http_problem,
    Exception: unexpected_problem,
}
