"""A client of the service that sends a key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from litestar import Litestar
from litestar.testing import AsyncTestClient
from peers import called_from

from api.app import create_app
from api.engine import Engine
from api.keys import ApiKey, Scope, new_key
from api.settings import Settings
from api.store import store_for


async def made_key(
    settings: Settings, scopes: Iterable[Scope] = (Scope.CHECK,), pictures_per_minute: int = 0
) -> tuple[ApiKey, str]:
    """A key in the store of these settings, and its text."""
    key, text = new_key("a test", frozenset(scopes), pictures_per_minute, datetime.now(UTC))
    store = store_for(settings)
    await store.open()
    await store.add_key(key)
    await store.close()
    return key, text


@asynccontextmanager
async def keyed(
    folder: Path,
    engine: Engine,
    scopes: Iterable[Scope] = (Scope.CHECK,),
    pictures_per_minute: int = 0,
    **given: object,
) -> AsyncIterator[AsyncTestClient[Litestar]]:
    """The service over the store of a folder, asked with a new key."""
    settings = Settings(data_dir=folder, **given)
    _, text = await made_key(settings, scopes, pictures_per_minute)
    app = called_from(create_app(settings, engine))
    async with AsyncTestClient(app, "http://127.0.0.1:8000") as client:
        client.headers["Authorization"] = f"Bearer {text}"
        yield client
