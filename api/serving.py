"""`candor serve`: refuse what is unsafe, look that all is there, then run uvicorn."""

from __future__ import annotations

import asyncio
import gc
import math
import signal
import socket
import time
from types import FrameType

import click
import uvicorn

from api.access import is_loopback
from api.app import create_app
from api.keys import LOCAL
from api.logs import configure
from api.model_keeper import ModelKeeper
from api.offline import with_store
from api.readiness import Readiness
from api.settings import Settings
from model import memory, weights

FINISH_S = 30
"""Seconds for which requests that were taken may go on after the service stopped listening."""


def serve(settings: Settings) -> None:
    """Run until interrupted.

    Raises:
        click.ClickException: With a sentence, if the service may not or cannot start.
    """
    memory.share()
    try:
        weights.check(settings.weights_dir)
        if settings.shadow_weights_dir is not None:
            weights.check(settings.shadow_weights_dir)
    except weights.WeightsError as error:
        raise click.ClickException(str(error)) from error
    refuse_public(settings.host, keyed=bool(with_store(settings, lambda store: store.keys())))
    configure(settings.log_format, settings.log_level)
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        server_header=False,
        access_log=False,
        log_config=None,
        # Who asks is who connects: anybody may write an X-Forwarded-For, and limits count clients.
        proxy_headers=False,
        timeout_graceful_shutdown=FINISH_S,
    )
    Server(config, app.state.readiness, app.state.keeper, settings.drain_s).run()


class Server(uvicorn.Server):
    """uvicorn, that drains before it closes its doors.

    On SIGTERM readiness turns at once, while requests are still taken for `drain_s` seconds; then
    uvicorn stops listening and answers what it has taken. Ctrl+C, or a second SIGTERM, skips the
    wait. SIGHUP has the weights read again.
    """

    def __init__(
        self, config: uvicorn.Config, readiness: Readiness, keeper: ModelKeeper, drain_s: float
    ) -> None:
        super().__init__(config)
        self._readiness = readiness
        self._keeper = keeper
        self._reloading: asyncio.Task[None] | None = None
        self._drain_s = drain_s
        self._leave_at = math.inf

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, to signals too."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._hang_up)
        await super().startup(sockets)
        # What is loaded by now stays: no search for garbage needs to walk over it again.
        gc.freeze()
        memory.give_back()

    def _hang_up(self) -> None:
        self._reloading = asyncio.create_task(self._keeper.reload_on_signal(LOCAL))

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain, or to close."""
        if sig == signal.SIGTERM and not self._readiness.draining:
            self._leave_at = time.monotonic() + self._drain_s
        else:
            super().handle_exit(sig, frame)
        self._readiness.draining = True

    async def on_tick(self, counter: int) -> bool:
        """Whether to stop listening; asked every tenth of a second."""
        if time.monotonic() >= self._leave_at:
            super().handle_exit(signal.SIGTERM, None)
        return await super().on_tick(counter)


def refuse_public(host: str, *, keyed: bool) -> None:
    """Raises: click.ClickException if others can reach `host` and there are no keys."""
    if not keyed and not is_loopback(host):
        raise click.ClickException(
            f"{host!r} is not a loopback address: other machines could reach it, and there are no "
            "keys to keep strangers out, so the service does not start. Make a key with "
            "`candor keys create --name NAME`, or listen on 127.0.0.1."
        )
