"""GET /health/live: the process answers. GET /health/ready: a check would work now."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency
from pydantic import BaseModel

from api.readiness import Readiness
from api.routes.responses import HEALTH_PROBLEMS
from api.verdict import ModelFacts


class Live(BaseModel):
    """The process answers."""

    status: str = "live"


class Ready(BaseModel):
    """The store answers, and this model is loaded."""

    status: str = "ready"
    model: ModelFacts


@get("/health/live", operation_id="getLiveness", tags=["health"])
async def live() -> Live:
    """Whether the process answers at all."""
    return Live()


@get("/health/ready", operation_id="getReadiness", tags=["health"], responses=HEALTH_PROBLEMS)
async def ready(readiness: NamedDependency[Readiness]) -> Ready:
    """Whether pictures can be checked now, and by which model."""
    return Ready(model=await readiness.model())
