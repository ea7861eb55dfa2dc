"""The engine beyond one process: replicas of the local one under Ray Serve, on one machine or many.

Each replica batches for itself, as `api.engine.local` does; Ray adds and removes replicas with the
load. Any number of API processes share the replicas. A picture whose replica dies is sent to
another: scoring changes nothing, so twice does no harm.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from api import cores
from api.engine.local import LocalEngine
from api.errors import CandorError, NotReady, Overloaded
from api.imaging import Picture
from api.verdict import ModelFacts
from model import Detector, Scores
from model.preparation import Pixels

# Nothing about a service that looks at people's pictures is anybody else's business. And a replica
# that loads a model answers the router's question late: the router should wait, not complain.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_SERVE_QUEUE_LENGTH_RESPONSE_DEADLINE_S", "1")

import ray
from ray import serve
from ray.exceptions import RayActorError, RayTaskError
from ray.serve.exceptions import BackPressureError, DeploymentUnavailableError
from ray.serve.schema import DeploymentStatusOverview

APPLICATION = "candor-engine"
AT_ONCE = 16
"""Pictures that one replica holds: one batch with the model, and the next being prepared."""
BUSY = 8
"""Pictures a replica for which Ray aims when it adds and removes replicas."""
ATTEMPTS = 4
PAUSE_S = 0.5
"""Before a picture is sent again: until Ray has noticed that the replica is gone."""
LOOPBACK = "127.0.0.1"

logger = logging.getLogger("candor")


@dataclass(frozen=True)
class Shape:
    """Of the deployment.

    Attributes:
        address: Of a running cluster; None starts one on this machine.
        cores: Of each replica.
        least, most: Replicas.
        queue_size: Pictures that may wait, in each replica and in each API process.
        queue_pixels: That they may have together, in each of these; one may always wait.
    """

    address: str | None
    cores: int
    least: int
    most: int
    queue_size: int
    queue_pixels: int


class Replica:
    """One process with a model. Made by Ray, which sends it nothing before it is healthy.

    Args:
        folder: With the weights, at the same place on every machine.
    """

    def __init__(self, folder: Path, shape: Shape) -> None:
        cores.at_most(shape.cores)
        load = partial(Detector.load, folder, shape.cores)
        self._engine = LocalEngine(load, shape.queue_size, shape.queue_pixels)
        self._opening = asyncio.Lock()
        self._open = False

    async def check_health(self) -> None:
        """Asked by Ray; it replaces a replica that cannot load its weights."""
        async with self._opening:
            if not self._open:
                await self._engine.open()
                self._open = True

    async def facts(self) -> ModelFacts:
        """Which model this replica has loaded."""
        return self._engine.model

    async def score(self, pixels: Pixels, model_id: str) -> Scores:
        """See `Engine.score`.

        Raises:
            NotReady: This replica has another model than the caller, who would remember the
                scores as its own.
        """
        if self._engine.model.id != model_id:
            raise NotReady("The replicas have another model by now. Restart the service.")
        return await self._engine.score(Picture(pixels, "", 1))

    async def process(self) -> int:
        """Its number, for those who look after it."""
        return os.getpid()


class RayEngine:
    """Scores by the replicas of a cluster, which it starts unless they run.

    Args:
        folder: With the weights.
        shape: Of the cluster's part in this.
    """

    def __init__(self, folder: Path, shape: Shape) -> None:
        self._folder = folder.resolve()
        self._shape = shape
        self._replicas: Any = None
        self._facts: ModelFacts | None = None
        self._inside = 0
        self._pixels = 0
        self._started_cluster = False

    @property
    def model(self) -> ModelFacts:
        """See `Engine`; known once open."""
        if self._facts is None:
            raise NotReady("The replicas are not there, or have been left. Restart the service.")
        return self._facts

    @property
    def waiting(self) -> int:
        """See `Engine`: pictures that this process has sent and not got back."""
        return self._inside

    async def open(self) -> None:
        """Find the cluster and its replicas, or start them.

        Raises:
            NotReady: The replicas could not load the model.
        """
        if not ray.is_initialized():
            self._started_cluster = self._shape.address is None
            with signals_kept():
                # Here and not in a thread, as only the main one may take signals back.
                join(self._shape.address, self._shape.cores * self._shape.least)
        await asyncio.to_thread(self._deploy)
        self._facts = await self._replicas.facts.remote()

    async def close(self) -> None:
        """Wait for what was sent. A cluster that others started goes on."""
        while self._inside:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        self._facts = None
        if self._started_cluster:
            await asyncio.to_thread(serve.shutdown)
            await asyncio.to_thread(ray.shutdown)
            self._started_cluster = False

    async def score(self, picture: Picture) -> Scores:
        """See `Engine`."""
        model = self.model
        pixels = picture.width * picture.height
        full = self._inside and self._pixels + pixels > self._shape.queue_pixels
        if full or self._inside >= self._shape.queue_size:
            raise _overloaded()
        self._inside += 1
        self._pixels += pixels
        try:
            return await self._scored(picture, model.id)
        finally:
            self._inside -= 1
            self._pixels -= pixels

    async def a_replica(self) -> int:
        """The process of one of the replicas."""
        process: int = await self._replicas.process.remote()
        return process

    async def _scored(self, picture: Picture, model_id: str) -> Scores:
        for attempt in range(ATTEMPTS):
            try:
                scores: Scores = await self._replicas.score.remote(picture.pixels, model_id)
                return scores
            except BackPressureError as error:
                raise _overloaded() from error
            except RayTaskError as error:
                # Ray wraps what a replica raises in a type of its own making.
                if isinstance(error.cause, CandorError):
                    raise error.cause from error
                raise
            except (RayActorError, DeploymentUnavailableError):
                logger.warning("a replica went away; sending its picture to another")
                await asyncio.sleep(PAUSE_S * 2**attempt)
        raise NotReady("The replicas of the model went away again and again. Try later.")

    def _deploy(self) -> None:
        if APPLICATION not in serve.status().applications:
            serve.start(proxy_location="Disabled")
            try:
                serve.run(self._deployment(), name=APPLICATION, route_prefix=None)
            except RuntimeError as error:
                told = [one.message for one in _deployments()]
                serve.delete(APPLICATION)
                reason = " ".join(told).strip().rpartition("\n")[2]
                raise NotReady(
                    f"No replica could load the model from {self._folder}, which must be there on "
                    f"every machine: {reason}"
                ) from error
        self._replicas = serve.get_app_handle(APPLICATION)

    def _deployment(self) -> Any:
        shape = self._shape
        made: Any = serve.deployment(
            Replica,
            ray_actor_options={"num_cpus": shape.cores},
            max_ongoing_requests=AT_ONCE,
            max_queued_requests=shape.queue_size,
            autoscaling_config={
                "min_replicas": shape.least,
                "max_replicas": shape.most,
                "target_ongoing_requests": BUSY,
            },
            health_check_period_s=2,
        )
        return made.bind(self._folder, shape)


@contextmanager
def signals_kept() -> Iterator[None]:
    """Ray takes SIGTERM for itself and would end a service that is still answering."""
    ours = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            for number, handler in ours.items():
                signal.signal(number, handler or signal.SIG_DFL)


def join(address: str | None, cores: int) -> None:
    """Join a running cluster, or start one on this machine that nobody else can reach.

    Args:
        cores: That it may give away, where it is started.
    """
    where: dict[str, Any] = {"address": address}
    if address is None:
        # "local": without it Ray joins whatever cluster runs here or RAY_ADDRESS names.
        where = {"address": "local", "num_cpus": max(cores, os.cpu_count() or 1),
                 "include_dashboard": False, "_node_ip_address": LOOPBACK}  # fmt: skip
    ray.init(**where, log_to_driver=False, configure_logging=False)


def _deployments() -> Collection[DeploymentStatusOverview]:
    return serve.status().applications[APPLICATION].deployments.values()


def _overloaded() -> Overloaded:
    return Overloaded("Too many pictures are waiting already. Try again in a few seconds.")
