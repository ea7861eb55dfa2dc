"""`candor serve`: refuse what is unsafe, look that all is there, then run uvicorn."""

from __future__ import annotations

import asyncio
import logging

import click
import uvicorn

from api.access import is_loopback
from api.app import create_app
from api.errors import CandorError
from api.settings import Settings
from api.store import store_for
from model import weights


def serve(settings: Settings) -> None:
    """Run until interrupted.

    Raises:
        click.ClickException: With a sentence, if the service may not or cannot start.
    """
    refuse_public(settings.host)
    try:
        weights.check(settings.weights_dir)
        asyncio.run(_touch_store(settings))
    except (CandorError, weights.WeightsError) as error:
        raise click.ClickException(str(error)) from error
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


def refuse_public(host: str) -> None:
    """Raises: click.ClickException unless only this machine can reach `host`."""
    if not is_loopback(host):
        raise click.ClickException(
            f"{host!r} is not a loopback address: other machines could reach it, and there are no "
            "keys to keep strangers out, so the service does not start. Listen on 127.0.0.1, and "
            "put a reverse proxy that asks for a password in front of it."
        )


async def _touch_store(settings: Settings) -> None:
    store = store_for(settings)
    try:
        await store.open()
    finally:
        await store.close()
