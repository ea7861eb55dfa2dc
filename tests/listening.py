"""The service with an engine of the test, listening on a port: for callers who hang up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn

from api.app import create_app
from api.engine import Engine
from api.settings import Settings

PATIENCE_S = 60
"""Ends a test that hangs. How long the service takes is not tested."""


@asynccontextmanager
async def listening(folder: Path, engine: Engine, **settings: object) -> AsyncIterator[str]:
    """The address of the service, with its store in a folder."""
    app = create_app(Settings(data_dir=folder, **settings), engine)
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="on")
    server = uvicorn.Server(config)
    # Not `serve`, which takes the signals of the test run.
    task = asyncio.create_task(server._serve())
    while not server.started:
        if task.done():
            await task
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


async def until(comes_true: Callable[[], bool]) -> None:
    """Wait for what the service does by itself. Raises TimeoutError where it never does."""
    async with asyncio.timeout(PATIENCE_S):
        while not comes_true():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.01)
