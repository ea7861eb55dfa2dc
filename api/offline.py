"""The store for a command that runs beside the service or without it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import click

from api.errors import CandorError
from api.settings import Settings
from api.store import Store, store_for

T = TypeVar("T")


def with_store(settings: Settings, work: Callable[[Store], Awaitable[T]]) -> T:
    """What some work with the open store comes to.

    Raises:
        click.ClickException: Where the service would answer with a problem.
    """

    async def run() -> T:
        async with opened(store_for(settings)) as store:
            return await work(store)

    try:
        return asyncio.run(run())
    except CandorError as error:
        raise click.ClickException(str(error)) from error


@asynccontextmanager
async def opened(store: Store) -> AsyncIterator[Store]:
    """The store, open, and closed afterwards."""
    try:
        await store.open()
        yield store
    finally:
        await store.close()
