"""From where the requests of a test come: Litestar's test client has no address of its own."""

from __future__ import annotations

from litestar import Litestar
from litestar.types import Receive, Scope, Send


def called_from(app: Litestar, address: str = "127.0.0.1") -> Litestar:
    """The app, as whoever connects from this address meets it."""
    inner = app.asgi_handler

    async def handler(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["client"] = (address, 50000)
        await inner(scope, receive, send)

    app.asgi_handler = handler  # type: ignore[method-assign]
    return app
