"""GET /metrics: figures for Prometheus."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency

from api.gate import needs
from api.keys import Scope
from api.metrics import Metrics
from api.routes import AnyRequest
from api.routes.responses import METRICS_PROBLEMS


@get(
    "/metrics",
    operation_id="getMetrics",
    tags=["metrics"],
    media_type="text/plain",
    opt=needs(Scope.ADMIN),
    responses=METRICS_PROBLEMS,
)
async def metrics(request: AnyRequest, metrics: NamedDependency[Metrics]) -> Response[bytes]:
    """How much was asked and answered since this process started, and how long it took."""
    content, content_type = metrics.exposition(request.headers.get("accept", ""))
    return Response(content, headers={"Content-Type": content_type})
