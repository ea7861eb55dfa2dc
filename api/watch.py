"""The outermost layer: every request gets an id, a line in the log, and is counted.

It lies around Litestar's routing and error handling, so that a path which leads nowhere and a
request that the door turns away are seen as well.
"""

from __future__ import annotations

import logging
import re
import time

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from api.journal import Entry, current
from api.metrics import Metrics

REQUEST_ID = "X-Request-ID"
ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
QUIET = frozenset({"/health/live", "/health/ready", "/metrics"})
"""Asked every few seconds: a success is only worth a line when somebody debugs."""
ELSEWHERE = "unknown"
"""Stands for every path without a route, and every method nobody knows: strangers choose these."""

logger = logging.getLogger("candor.requests")


class Watch:
    """An ASGI application around `app`."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, and tell of it once it is answered."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        given = Headers.from_scope(scope).get(REQUEST_ID, "")
        entry = Entry(given) if ACCEPTED_ID.fullmatch(given) else Entry()
        status = 500
        started = time.perf_counter()

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableScopeHeaders.from_message(message)[REQUEST_ID] = entry.request_id
            await send(message)

        token = current.set(entry)
        try:
            await self._app(scope, receive, send_named)
        finally:
            self._tell(scope, entry, status, time.perf_counter() - started)
            current.reset(token)

    def _tell(self, scope: Scope, entry: Entry, status: int, seconds: float) -> None:
        method = str(scope.get("method"))
        method = method if method in METHODS else ELSEWHERE
        # Litestar puts the template there when it has found a route.
        route = str(scope.get("path_template", ELSEWHERE))
        self._metrics.answered(route, method, status, seconds)
        quiet = route in QUIET and status < 400
        asked = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
        level = logging.DEBUG if quiet else logging.INFO
        logger.log(level, "request", extra={"fields": asked | entry.fields()})
