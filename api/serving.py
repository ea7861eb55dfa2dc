"""`candor serve`: refuse what is unsafe, look that all is there, then run uvicorn."""

from __future__ import annotations

import logging

import click
import uvicorn

from api.access import is_loopback
from api.app import create_app
from api.offline import with_store
from api.settings import Settings
from model import weights


def serve(settings: Settings) -> None:
    """Run until interrupted.

    Raises:
        click.ClickException: With a sentence, if the service may not or cannot start.
    """
    try:
        weights.check(settings.weights_dir)
    except weights.WeightsError as error:
        raise click.ClickException(str(error)) from error
    refuse_public(settings.host, keyed=bool(with_store(settings, lambda store: store.keys())))
    logging.basicConfig(level=logging.INFO, format="%(levelname)s:     %(message)s")
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        server_header=False,
        access_log=False,
        # Who asks is who connects: anybody may write an X-Forwarded-For, and limits count clients.
        proxy_headers=False,
        timeout_graceful_shutdown=30,
    )


def refuse_public(host: str, *, keyed: bool) -> None:
    """Raises: click.ClickException if others can reach `host` and there are no keys."""
    if not keyed and not is_loopback(host):
        raise click.ClickException(
            f"{host!r} is not a loopback address: other machines could reach it, and there are no "
            "keys to keep strangers out, so the service does not start. Make a key with "
            "`candor keys create --name NAME`, or listen on 127.0.0.1."
        )
