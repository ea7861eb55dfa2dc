"""How many large requests one caller may have under way at once. Between gate and routes.

A request of many pictures is held in memory until it is answered, so a limit on its size alone
would let a caller hold any number of them. A route says in its `opt` how many it takes,
`opt=at_once(4)`; the turn ends with the answer, or when the caller hangs up.
"""

from __future__ import annotations

from collections import Counter

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from api.errors import TooManyRequests
from api.keys import LOCAL, Caller
from api.limiting import client_of

AT_ONCE = "requests_at_once"
COME_BACK_S = 5


def at_once(requests: int) -> dict[str, object]:
    """The `opt` of a route that answers so many requests of one caller at once."""
    return {AT_ONCE: requests}


class Turnstile(ASGIMiddleware):
    """Counts requests that are under way, by caller and path. Behind `api.gate`."""

    scopes = (ScopeType.HTTP,)

    def __init__(self) -> None:
        self._inside: Counter[tuple[str, str]] = Counter()

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Pass on what may pass.

        Raises:
            TooManyRequests: The caller has as many requests under way as the route takes.
        """
        most = scope["route_handler"].opt.get(AT_ONCE)
        caller: Caller | None = scope["state"].get("caller")
        if scope["type"] != ScopeType.HTTP or most is None or caller is None:
            await next_app(scope, receive, send)
            return
        address, _ = scope["client"] or ("unknown", 0)
        client = client_of(address) if caller.id == LOCAL else caller.id
        place = client, scope["path"]
        if self._inside[place] >= most:
            raise TooManyRequests(
                f"{most} of your requests to {scope['path']} are being answered, as many as one "
                "caller may have at once. Send the next when one of them has ended.",
                retry_after_s=COME_BACK_S,
            )
        self._inside[place] += 1
        try:
            await next_app(scope, receive, send)
        finally:
            self._inside[place] -= 1
            if not self._inside[place]:
                del self._inside[place]
