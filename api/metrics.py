"""What Prometheus reads at /metrics: every figure, its name and its labels. Nothing else knows it.

Labels have few values by construction: route templates, not paths; slugs, not sentences. Each
application has a registry of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from api.decoding import Decoding
from api.engine import Engine
from api.errors import CandorError, NotReady
from api.verdict import Timings, Verdict

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STEPS = ("fetch", "decode", "cache", "score", "explain", "store")


class Metrics:
    """The figures of one application; told by `api.watch` and, as a `Watcher`, by the Moderator."""

    def __init__(self, engine: Engine, decoding: Decoding) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "candor_requests",
            "Requests answered; paths without a route are `unknown`.",
            ("route", "method", "status"),
            registry=registry,
        )
        self._request_seconds = Histogram(
            "candor_request_seconds",
            "Time from the head of a request to the end of its answer.",
            ("route", "method"),
            buckets=SECONDS,
            registry=registry,
        )
        self._checks = Counter(
            "candor_checks",
            "Pictures that got a verdict, by label and by where it came from.",
            ("label", "cache"),
            registry=registry,
        )
        self._refused = Counter(
            "candor_refused_pictures",
            "Pictures that got none, by slug of the problem.",
            ("problem",),
            registry=registry,
        )
        self._step_seconds = Histogram(
            "candor_step_seconds",
            "Time that one picture spent in each step it took.",
            ("step",),
            buckets=SECONDS,
            registry=registry,
        )
        registry.register(_QueueCollector(engine, decoding))
        ProcessCollector(registry=registry)

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(route, method, str(status)).inc()
        self._request_seconds.labels(route, method).observe(seconds)

    def checked(self, verdict: Verdict) -> None:
        """Count a verdict, and how long its steps took."""
        self._checks.labels(verdict.label.value, verdict.cache.value if verdict.cache else "").inc()
        if verdict.timings is not None:
            self._time(verdict.timings)

    def refused(self, error: CandorError, timings: Timings) -> None:
        """Count a picture that got no verdict, and how long the steps took that it got through."""
        self._refused.labels(error.slug).inc()
        self._time(timings)

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """All figures as the scraper's `Accept` asks for them, and the Content-Type of that."""
        encoder, content_type = choose_encoder(accept)
        return encoder(self._registry), content_type

    def _time(self, timings: Timings) -> None:
        for step in STEPS:
            spent = getattr(timings, f"{step}_ms")
            if spent is not None:
                self._step_seconds.labels(step).observe(spent / 1000)


class _QueueCollector(Collector):
    """What waits, and for which model, at the moment it is asked."""

    def __init__(self, engine: Engine, decoding: Decoding) -> None:
        self._engine = engine
        self._decoding = decoding

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "candor_queue_pictures",
            "Pictures that wait to be decoded or for the model.",
            value=self._decoding.waiting + self._engine.waiting,
        )
        try:
            model = {"id": self._engine.model.id}
        except NotReady:
            return
        yield InfoMetricFamily("candor_model", "The model that answers.", value=model)

    def describe(self) -> Iterator[Metric]:
        """The names, without asking the engine, which is not open yet when it registers."""
        yield GaugeMetricFamily("candor_queue_pictures", "")
        yield InfoMetricFamily("candor_model", "")
