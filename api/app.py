"""The composition root: which parts the service is made of, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from api import gate
from api.access import Door
from api.audit import Audit
from api.cores import MODEL_THREADS
from api.decoding import Decoding
from api.delivering import Deliveries
from api.desk import Desk
from api.engine import Engine
from api.engine.local import LocalEngine
from api.engine.shadow import ShadowedEngine
from api.engine.swapping import SwappingEngine
from api.explaining import Explanations
from api.fetching import Fetcher
from api.gate import Gate, KeyRing
from api.idempotency import Once
from api.job_desk import JobDesk
from api.job_runner import JobRunner
from api.journal import Journal
from api.metrics import Metrics
from api.model_keeper import ModelKeeper
from api.moderation import Moderator
from api.nearby import nearby_for
from api.readiness import Readiness
from api.reputation import Reputations
from api.retention import Retention
from api.routes import (
    audit,
    batch,
    checks,
    exchange,
    health,
    jobs,
    metrics,
    model,
    page,
    problems,
    reputation,
    reviews,
    verdicts,
    videos,
)
from api.settings import Settings
from api.sightings import Ledger
from api.store import store_for
from api.turnstile import Turnstile
from api.video.checking import VideoChecker
from api.video.desk import VideoDesk
from api.watch import Watch
from model import Detector

FORM_OVERHEAD = 64 * 1024
"""Bytes of a multipart body beside the picture itself."""
QUEUE_PICTURES = 4
"""Pictures of the largest size that may wait together: 600 MB with the default limits."""


def create_app(settings: Settings, engine: Engine | None = None) -> Litestar:
    """The service as an ASGI application.

    Args:
        engine: Another than the one in process, for tests of everything around the model.
    """
    store = store_for(settings)
    keeper = ModelKeeper(store, None, None)
    if engine is None:
        engine, keeper = kept_engine(settings, store)
    fetcher = fetcher_for(settings)
    ledger = Ledger(store)
    nearby = nearby_for(settings, store)
    decoding = Decoding(settings)
    figures = Metrics(engine, decoding)
    watchers = (figures, Journal())
    explanations = Explanations(settings.weights_dir)
    moderator = Moderator(
        fetcher,
        engine,
        store,
        settings,
        decoding=decoding,
        nearby=nearby,
        ledger=ledger,
        explainer=explanations,
        watchers=watchers,
    )
    desk = Desk(store)
    readiness = Readiness(store, engine)
    reputations = Reputations(store, nearby)
    retention = Retention(
        store, settings.retention_days, settings.jobs_days, settings.audit_days, settings.video_days
    )
    entry = Gate(KeyRing(store), settings.reputation_per_minute)
    runner = JobRunner(moderator, store, entry.pictures, settings.jobs_at_once)
    checker = VideoChecker(engine, settings)
    video_desk = VideoDesk(checker, fetcher, store, entry.pictures, settings)
    job_desk = JobDesk(store, runner, settings.fetch_private_hosts)
    deliveries = Deliveries(store, settings.fetch_private_hosts)
    # The runner and the clips last, so that they stop first: they need all others.
    maybe = (store, nearby, retention, ledger, engine, explanations, deliveries, runner, video_desk)
    parts = [part for part in maybe if part is not None]

    @asynccontextmanager
    async def running(_: Litestar) -> AsyncIterator[None]:
        async with opened(parts, fetcher):
            yield

    app = Litestar(
        [
            checks.check,
            *verdicts.HANDLERS,
            *reviews.HANDLERS,
            audit.audit,
            exchange.export,
            Router(
                "/",
                route_handlers=[exchange.import_],
                request_max_body_size=settings.jobs_max_bytes,
            ),
            Router(
                "/", route_handlers=[batch.batch], request_max_body_size=settings.batch_max_bytes
            ),
            Router(
                "/", route_handlers=jobs.HANDLERS, request_max_body_size=settings.jobs_max_bytes
            ),
            Router(
                "/", route_handlers=videos.HANDLERS, request_max_body_size=settings.video_max_bytes
            ),
            *reputation.HANDLERS,
            health.live,
            health.ready,
            *model.HANDLERS,
            metrics.metrics,
            page.page,
            page.file,
            page.shared,
        ],
        lifespan=[running],
        dependencies={
            "moderator": Provide(lambda: moderator, sync_to_thread=False),
            "reputations": Provide(lambda: reputations, sync_to_thread=False),
            "caller": Provide(gate.caller, sync_to_thread=False),
            "pictures": Provide(gate.pictures, sync_to_thread=False),
            "lookups": Provide(gate.lookups, sync_to_thread=False),
            "readiness": Provide(lambda: readiness, sync_to_thread=False),
            "metrics": Provide(lambda: figures, sync_to_thread=False),
            "keeper": Provide(lambda: keeper, sync_to_thread=False),
            "jobs": Provide(lambda: job_desk, sync_to_thread=False),
            "videos": Provide(lambda: video_desk, sync_to_thread=False),
            "desk": Provide(lambda: desk, sync_to_thread=False),
            "settings": Provide(lambda: settings, sync_to_thread=False),
        },
        middleware=[
            Door(settings.allowed_hosts),
            entry,
            Turnstile(),
            Once(store),
        ],
        exception_handlers=problems.HANDLERS,
        logging_config=None,
        request_max_body_size=settings.max_bytes + FORM_OVERHEAD,
        openapi_config=OpenAPIConfig(
            title="Candor",
            version="1",
            description="Says whether a picture is real, and how sure it is.",
            path="/schema",
            use_handler_docstrings=True,
            components=Components(
                security_schemes={
                    "key": SecurityScheme(
                        type="http",
                        scheme="bearer",
                        description="A key from `candor keys create`. On the service's own "
                        "machine nobody needs one until the first is made.",
                    )
                }
            ),
            security=[{"key": []}, {}],
            render_plugins=[JsonRenderPlugin(path=["/", "/openapi.json"])],
        ),
    )
    app.state.readiness = readiness
    app.state.keeper = keeper
    # Litestar's own middleware is not asked about paths that lead nowhere.
    app.asgi_handler = Watch(app.asgi_handler, figures)
    return app


def kept_engine(settings: Settings, log: Audit) -> tuple[Engine, ModelKeeper]:
    """The engine that the settings name, and who exchanges its model.

    Raises:
        ModuleNotFoundError: Ray is wanted, and not installed.
    """
    if settings.engine == "ray":
        return ray_engine(settings), ModelKeeper(log, None, None)
    swapping = SwappingEngine(partial(local_engine, settings))
    if settings.shadow_weights_dir is None:
        return swapping, ModelKeeper(log, swapping, None)
    listens = local_engine(settings, settings.shadow_weights_dir)
    shadowed = ShadowedEngine(swapping, listens, settings.shadow_share)
    return shadowed, ModelKeeper(log, swapping, shadowed)


def ray_engine(settings: Settings) -> Engine:
    """Replicas under Ray Serve."""
    from api.engine.ray import RayEngine, Shape

    return RayEngine(
        settings.weights_dir,
        Shape(
            address=settings.ray_address,
            cores=settings.threads or 1,
            least=settings.ray_replicas_least,
            most=max(settings.ray_replicas_least, settings.ray_replicas_most),
            queue_size=settings.queue_size,
            queue_pixels=QUEUE_PICTURES * settings.max_pixels,
        ),
    )


def local_engine(settings: Settings, weights_dir: Path | None = None) -> LocalEngine:
    """An engine of this process.

    Args:
        weights_dir: Of its weights; those of the settings unless given.
    """
    load = partial(
        Detector.load, weights_dir or settings.weights_dir, settings.threads or MODEL_THREADS
    )
    return LocalEngine(load, settings.queue_size, QUEUE_PICTURES * settings.max_pixels)


def fetcher_for(settings: Settings) -> Fetcher:
    """The fetcher with the limits of the settings."""
    return Fetcher(
        max_bytes=settings.max_bytes,
        deadline_s=settings.fetch_deadline_s,
        private_hosts=settings.fetch_private_hosts,
    )


class Part(Protocol):
    """What is opened before the first request and closed after the last."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...


@asynccontextmanager
async def opened(parts: Sequence[Part], fetcher: Fetcher) -> AsyncIterator[None]:
    """All parts open; closed in reverse, so that what was scored is still stored."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(fetcher)
        for part in parts:
            stack.push_async_callback(part.close)
            await part.open()
        yield
