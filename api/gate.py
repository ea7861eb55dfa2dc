"""Who asks, what their key allows, and how much of it is left: behind the door, before the routes.

A route says in its `opt` which scope it needs, `opt=needs(Scope.CHECK)`; what says nothing is for
everybody who passed the door. While no key was ever made, whoever is on this machine may do
everything; from the first key on, each request needs one, even when all are revoked.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from litestar import Request
from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Send
from litestar.types import Scope as ASGIScope

from api.access import host_name, is_loopback
from api.errors import Forbidden, Unauthorized
from api.keys import LOCAL, Caller, Keys, Scope, caller_of, parts_of
from api.limiting import Allowance, Limiter, client_of

NEEDS = "scope_needed"
GUESSES_PER_MINUTE = 30
"""Keys that open nothing, from one address; beyond, the answer is 429. Good keys still open."""
RECHECK_S = 1.0
"""How long after the first key was made this process may still let everybody in."""

MAKE_ONE = "Whoever runs the service makes keys with `candor keys create`."
SEND_ONE = f"Send `Authorization: Bearer KEY`. {MAKE_ONE}"


def needs(scope: Scope) -> dict[str, object]:
    """The `opt` of a route that is only for callers with this scope."""
    return {NEEDS: scope}


class KeyRing:
    """Knows callers by their keys.

    Args:
        clock: Seconds that only go up.
    """

    def __init__(self, keys: Keys, clock: Callable[[], float] = time.monotonic) -> None:
        self._keys = keys
        self._clock = clock
        self._guesses = Limiter("unknown keys")
        self._needed = False
        self._asked_at = -RECHECK_S

    async def caller(self, token: str | None, address: str, *, on_this_machine: bool) -> Caller:
        """Who sends a request with this key, or with none, from an address.

        Raises:
            Unauthorized: The key opens nothing, or is missing where one is needed.
            TooManyRequests: And so did many others from there.
        """
        if token is None:
            if on_this_machine and not await self.needed():
                return Caller(LOCAL, LOCAL, frozenset(Scope), pictures_per_minute=0)
            raise Unauthorized(f"This needs a key, and the request has none. {SEND_ONE}")
        parts = parts_of(token)
        key = await self._keys.key(parts[0]) if parts else None
        if parts and key and key.opens_for(parts[1]):
            return caller_of(key)
        self._guesses.take(client_of(address), GUESSES_PER_MINUTE)
        # Never which part is wrong: that would tell which ids exist.
        raise Unauthorized(f"The key opens nothing: it is mistyped, unknown or revoked. {MAKE_ONE}")

    async def needed(self) -> bool:
        """Whether a key was ever made."""
        if not self._needed and self._clock() - self._asked_at >= RECHECK_S:
            self._needed = bool(await self._keys.keys())
            self._asked_at = self._clock()
        return self._needed


class Gate(ASGIMiddleware):
    """Lets through who may ask, and tells everybody what is left to ask for.

    Args:
        lookups_per_minute: That each caller may make; 0 does not count.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, ring: KeyRing, lookups_per_minute: int) -> None:
        self._ring = ring
        self._lookups_per_minute = lookups_per_minute
        self.pictures = Limiter("pictures")
        self._lookups = Limiter("lookups")

    async def handle(
        self, scope: ASGIScope, receive: Receive, send: Send, next_app: ASGIApp
    ) -> None:
        """Pass on what may pass, with `caller`, `pictures` and `lookups` in its state.

        Raises:
            Unauthorized, Forbidden, TooManyRequests: Else.
        """
        needed = scope["route_handler"].opt.get(NEEDS)
        if needed is None:
            await next_app(scope, receive, send)
            return
        headers = Headers.from_scope(scope)
        address, _ = scope["client"] or ("unknown", 0)
        here = is_loopback(address) and is_loopback(host_name(headers.get("host", "")))
        caller = await self._ring.caller(_token(headers), address, on_this_machine=here)
        if needed not in caller.scopes:
            raise Forbidden(
                f"The key {caller.id} ({caller.name}) lacks the scope `{needed}`. {MAKE_ONE}"
            )
        client = client_of(address) if caller.id == LOCAL else caller.id
        pictures = Allowance(self.pictures, client, caller.pictures_per_minute)
        lookups = Allowance(self._lookups, client, self._lookups_per_minute)
        scope["state"] |= {"caller": caller, "pictures": pictures, "lookups": lookups}

        async def send_with_budget(message: Message) -> None:
            if message["type"] == "http.response.start":
                tell_budget(MutableScopeHeaders.from_message(message), pictures, lookups)
            await send(message)

        await next_app(scope, receive, send_with_budget)


def tell_budget(headers: MutableScopeHeaders, *allowances: Allowance) -> None:
    """Put what is left into the headers: of pictures where they were counted, else of lookups.

    As draft-ietf-httpapi-ratelimit-headers-07 has it.
    """
    for allowance in allowances:
        budget = allowance.budget
        if budget:
            headers["RateLimit-Limit"] = str(budget.limit)
            headers["RateLimit-Remaining"] = str(budget.left)
            headers["RateLimit-Reset"] = str(budget.reset_s)
            headers["RateLimit-Policy"] = f"{budget.limit};w=60"
            return


def caller(request: Request) -> Caller:  # type: ignore[type-arg]
    """Who sent a request, for routes."""
    return request.scope["state"]["caller"]  # type: ignore[no-any-return]


def pictures(request: Request) -> Allowance:  # type: ignore[type-arg]
    """How many pictures the sender may still have checked, for routes."""
    return request.scope["state"]["pictures"]  # type: ignore[no-any-return]


def lookups(request: Request) -> Allowance:  # type: ignore[type-arg]
    """How many lookups the sender may still make, for routes."""
    return request.scope["state"]["lookups"]  # type: ignore[no-any-return]


def _token(headers: Headers) -> str | None:
    written = headers.get("authorization")
    if written is None:
        return headers.get("x-api-key")
    scheme, _, token = written.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else written
