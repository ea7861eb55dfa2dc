"""GET /metrics: figures for Prometheus. A guard on who may read them belongs on this handler."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency

from api.metrics import Metrics
from api.routes import AnyRequest
from api.routes.responses import METRICS_PROBLEMS


@get("/metrics", operation_id="getMetrics", tags=["health"], media_type="text/plain",
     responses=METRICS_PROBLEMS)  # fmt: skip
async def metrics(request: AnyRequest, metrics: NamedDependency[Metrics]) -> Response[bytes]:
    """How much was asked and answered since this process started, and how long it took."""
    content, content_type = metrics.exposition(request.headers.get("accept", ""))
    return Response(content, headers={"Content-Type": content_type})
