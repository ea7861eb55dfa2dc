"""Ready is who has a model, a store that answers, and no order to leave; alive is who answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from remembered import Client, NoEngine, remembering

from api.errors import NotReady
from api.verdict import ModelFacts


class Engine(NoEngine):
    """Loses its model when it is told to."""

    stopped = False

    @property
    def model(self) -> ModelFacts:
        if self.stopped:
            raise NotReady("The model is not loaded, or has stopped. Restart the service.")
        return NoEngine.model


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
async def client(tmp_path: Path, engine: Engine) -> AsyncIterator[Client]:
    async with remembering(tmp_path, engine) as client:
        yield client


async def unready(client: Client) -> str:
    """What is said, in a problem that may be asked again, by a service that still lives."""
    response = await client.get("/health/ready")
    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert response.headers["content-type"] == "application/problem+json"
    assert (await client.get("/health/live")).json() == {"status": "live"}
    return response.json()["detail"]


async def test_it_is_ready_and_names_its_model(client: Client) -> None:
    response = await client.get("/health/ready")
    assert response.json()["status"] == "ready"
    assert response.json()["model"]["id"] == "candor-1"


async def test_without_a_model_it_is_not(client: Client, engine: Engine) -> None:
    engine.stopped = True
    assert "model" in await unready(client)


async def test_without_its_store_it_is_not(client: Client, tmp_path: Path) -> None:
    (tmp_path / "candor.db").rename(tmp_path / "away")
    assert str(tmp_path / "candor.db") in await unready(client)


async def test_when_it_is_to_leave_it_is_not(client: Client) -> None:
    client.app.state.readiness.draining = True
    assert "shutting down" in await unready(client)
