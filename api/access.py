"""Who may talk to the service: the door in front of every route.

A web page in any browser can reach 127.0.0.1. So the name in `Host` must be one of ours (against
DNS rebinding), and a request that changes something must come from our own page, from an
extension, or from no page at all (against cross-site posts). No CORS header is ever sent.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import Forbidden, shown

EXTENSION_SCHEMES = frozenset({"chrome-extension", "moz-extension", "safari-web-extension"})
HARMLESS_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "media-src blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
RAW_SECURITY_HEADERS = [
    (name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()
]
NAMES_KEPT = 256
"""Of hosts and addresses, whose meaning is remembered: parsing them is a twentieth of an answer."""


class Door(ASGIMiddleware):
    """Checks Host and Origin, and puts security headers on every answer.

    Args:
        allowed_hosts: Names besides the loopback ones by which the service may be called.
    """

    scopes = (ScopeType.HTTP, ScopeType.ASGI)

    def __init__(self, allowed_hosts: frozenset[str]) -> None:
        self._allowed_hosts = allowed_hosts

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Pass on what may pass.

        Raises:
            Forbidden: Else.
        """

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message["headers"])
                names = {name.lower() for name, _ in given}
                missing = (pair for pair in RAW_SECURITY_HEADERS if pair[0] not in names)
                message["headers"] = [*given, *missing]
            await send(message)

        headers = Headers.from_scope(scope)
        refuse_host(headers.get("host", ""), self._allowed_hosts)
        if scope.get("method") not in HARMLESS_METHODS:
            refuse_origin(headers.get("origin"), headers.get("host", ""))
        await next_app(scope, receive, send_guarded)


def refuse_host(host: str, allowed: frozenset[str]) -> None:
    """Raises: Forbidden unless the `Host` header names loopback or an allowed name."""
    name = host_name(host)
    if not (is_loopback(name) or name in allowed):
        raise Forbidden(
            f"This service does not answer to the name {shown(name)}. Whoever runs it may add it "
            "to CANDOR_ALLOWED_HOSTS."
        )


def refuse_origin(origin: str | None, host: str) -> None:
    """Raises: Forbidden if a page of another site sent the request."""
    if origin is None:
        return
    scheme, _, name = origin.partition("://")
    from_extension = scheme in EXTENSION_SCHEMES and name.replace("-", "").isalnum()
    if from_extension or (scheme in ("http", "https") and name == host):
        return
    raise Forbidden(f"Pages of {shown(origin)} may not use this service from a browser.")


@lru_cache(NAMES_KEPT)
def is_loopback(name: str) -> bool:
    """Whether a host name or address means this machine."""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@lru_cache(NAMES_KEPT)
def host_name(host: str) -> str:
    """The name in a `Host` header, without port; empty if it has none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""
