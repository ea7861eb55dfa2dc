"""`Idempotency-Key` on POST: a request that is sent again is not done again.

Of two requests with one key from one caller, the second is given the first one's answer; 409 while
that is still being made, 422 if the two are not the same. An answer that says to come back (429,
5xx) is not kept, even if only a line of it does, nor one that broke off, so that coming back is
worth it.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from litestar.types.asgi_types import (
    HTTPRequestEvent,
    ReceiveMessage,
)

from api.errors import Conflict, HungUp, InvalidRequest, StoreUnavailable, shown
from api.keys import Caller
from api.replays import CLAIMED_FOR_S, Answer, Claim, Replay, Replays, fingerprint_of

HEADER = "idempotency-key"
STREAMED = "streamed"
"""In the `opt` of a route whose body is too large to be read twice."""
KEY = re.compile(r"[\x21-\x7e]{1,255}")
REPLAYED = "Idempotency-Replayed"
KEPT_BYTES = 4 * 1024 * 1024
"""Longer answers are not kept: their request, sent again, is done again."""
NOT_KEPT = frozenset({401, 403, 408, 409, 425, 429})
COME_BACK = "come back"
"""In the state of a request, some part of whose answer has a status that is not kept."""


class Once(ASGIMiddleware):
    """Does requests with an `Idempotency-Key` once. Behind `api.gate`, which tells callers."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, replays: Replays) -> None:
        self._replays = replays

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Do a request, or answer as it was answered before.

        Raises:
            InvalidRequest: The key is no key, or was another request's.
            Conflict: The request is being answered.
            HungUp: The sender left before the end of the body.
        """
        key = Headers.from_scope(scope).get(HEADER)
        caller: Caller | None = scope["state"].get("caller")
        if scope["type"] != ScopeType.HTTP or scope["method"] != "POST" or not (key and caller):
            await next_app(scope, receive, send)
            return
        if scope["route_handler"].opt.get(STREAMED):
            raise InvalidRequest(
                f"{scope['path']} takes no Idempotency-Key: clips are too large to be compared. "
                "Leave it out; a clip that is sent twice is looked at twice."
            )
        if not KEY.fullmatch(key):
            raise InvalidRequest(
                f"The Idempotency-Key {shown(key)} is none: send 1 to 255 visible ASCII "
                "characters, such as a UUID."
            )
        body = await _body(scope, receive)
        claim = Claim(caller.id, key, uuid.uuid4().hex)
        scope["state"]["claim"] = claim
        now = datetime.now(UTC)
        fingerprint = _fingerprint(scope, body)
        known = await self._replays.begin_replay(claim, fingerprint, now, _until(now))
        if known is not None:
            await _send_again(known, fingerprint, key, send)
            return
        ended = False

        async def end(answer: Answer | None) -> None:
            nonlocal ended
            if not ended:
                ended = True
                # Shielded: who hangs up must not leave a claim that turns the next attempt away.
                await asyncio.shield(self._end(claim, answer))

        try:
            async with self._held(claim):
                await next_app(scope, _whole(body, receive), _Recorder(scope, send, end).send)
        finally:
            await end(None)

    @asynccontextmanager
    async def _held(self, claim: Claim) -> AsyncIterator[None]:
        async def hold() -> None:
            while True:
                await asyncio.sleep(CLAIMED_FOR_S / 3)
                with suppress(StoreUnavailable):
                    await self._replays.hold_replay(claim, _until(datetime.now(UTC)))

        task = asyncio.create_task(hold())
        try:
            yield
        finally:
            task.cancel()

    async def _end(self, claim: Claim, answer: Answer | None) -> None:
        # The answer goes out all the same. A claim that stays ends by itself.
        with suppress(StoreUnavailable):
            await self._replays.end_replay(claim, answer)


class _Recorder:
    """Passes an answer on, and keeps it if it may be given again.

    It is kept before its last piece goes out, so that whoever has all of it may ask again at once.
    """

    def __init__(
        self, scope: Scope, send: Send, end: Callable[[Answer | None], Awaitable[None]]
    ) -> None:
        self._state = scope["state"]
        self._send = send
        self._end = end
        self._status = 0
        self._headers: list[tuple[str, str]] = []
        self._body: bytearray | None = bytearray()
        self._whole = False

    @property
    def answer(self) -> Answer | None:
        final = _kept(self._status) and not self._state.get(COME_BACK)
        if not self._whole or self._body is None or not final:
            return None
        return Answer(status=self._status, headers=tuple(self._headers), body=bytes(self._body))

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = [
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in message["headers"]
                if name.lower().startswith((b"content-", b"location"))
            ]
        elif message["type"] == "http.response.body":
            if self._body is not None:
                self._body += message["body"]
                if len(self._body) > KEPT_BYTES:
                    self._body = None
            self._whole = not message["more_body"]
            if self._whole:
                await self._end(self.answer)
        await self._send(message)


def note_part(scope: Scope, status: int) -> None:
    """Tell the status of a part of an answer: 200 for the whole says nothing of a line."""
    if not _kept(status):
        scope["state"][COME_BACK] = True


def _kept(status: int) -> bool:
    return status < 500 and status not in NOT_KEPT


async def _send_again(known: Replay, fingerprint: str, key: str, send: Send) -> None:
    if known.fingerprint != fingerprint:
        raise InvalidRequest(
            f"The Idempotency-Key {shown(key)} came with another request before. Give each "
            "request a key of its own, and send the same again only when it is the same."
        )
    if known.answer is None:
        raise Conflict(
            f"The request with Idempotency-Key {shown(key)} is just being answered. Send it again "
            "in a moment for its answer."
        )
    headers = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in known.answer.headers
    ]
    headers.append((REPLAYED.lower().encode(), b"true"))
    await send({"type": "http.response.start", "status": known.answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": known.answer.body, "more_body": False})


async def _body(scope: HTTPScope, receive: Receive) -> bytes:
    """The whole body.

    Raises:
        HungUp: The sender left before its end.
        RequestEntityTooLarge: Beyond what the route takes.
    """
    handler = scope["route_handler"]
    most = handler.resolve_request_max_body_size() if isinstance(handler, HTTPRouteHandler) else 0
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise HungUp("The client hung up in the middle of the body.")
        body += message["body"]
        if most is not None and len(body) > most:
            raise RequestEntityTooLarge
        if not message["more_body"]:
            return bytes(body)


def _whole(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read already, then whatever comes."""
    given = False

    async def again() -> ReceiveMessage:
        nonlocal given
        if given:
            return await receive()
        given = True
        event: HTTPRequestEvent = {"type": "http.request", "body": body, "more_body": False}
        return event

    return again


def _fingerprint(scope: HTTPScope, body: bytes) -> str:
    target = scope["path"] + "?" + scope["query_string"].decode("latin-1")
    kind = Headers.from_scope(scope).get("content-type", "")
    return fingerprint_of(scope["method"], target, kind, body)


def _until(now: datetime) -> datetime:
    return now + timedelta(seconds=CLAIMED_FOR_S)
