"""`candor bulk`: a data set of addresses or files, checked by Ray Data on as many cores as there
are.

Each worker is the service without its routes: the same steps, one memory of verdicts. What comes
out is one line for each input, as batches and jobs give it (`api.lines`), in the order in which
they are done. Interrupted and run again, it goes on with what has no line yet. What is wrong with
an input is its line; what is wrong with the service, such as a store that is away, ends the run.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import click
import numpy as np
import ray
from ray import data
from ray.exceptions import RayActorError, RayTaskError
from rich.console import Console
from rich.progress import Progress

from api import cores
from api.app import fetcher_for, local_engine, opened
from api.bulk_files import done_of, inputs
from api.checking import source_of
from api.engine.ray import join
from api.errors import Abandoned, CandorError, Overloaded, StoreUnavailable
from api.lines import Place, line
from api.moderation import Moderator
from api.problem import mistake, problem_of
from api.settings import Settings
from api.store import store_for

WINDOW = 10_000
"""Inputs given to Ray at once, so that neither it nor this process holds a hundred million."""
BATCH = 16
"""Inputs that a worker takes at once, and what is done again when it dies."""
WAITS_S = (1, 2, 4, 8, 16, 32, 64)
"""Between one try and the next, where it is not the input's fault."""

Columns = dict[str, Any]
Window = Mapping[int, str]
"""Sources by their number."""


class Worker:
    """Checks batches of sources in a process of Ray's."""

    def __init__(self, settings: Settings) -> None:
        cores.at_most(settings.threads)
        self._settings = settings
        self._runner = asyncio.Runner()
        self._engine = local_engine(settings)
        self._runner.run(self._engine.open())

    def __call__(self, batch: Columns) -> Columns:
        """Columns `index` and `source` in, `index` and `line` out."""
        return {"index": batch["index"], "line": self._runner.run(self._lines(batch))}

    async def _lines(self, batch: Columns) -> np.ndarray[Any, Any]:
        pairs = zip(batch["index"].tolist(), batch["source"].tolist(), strict=True)
        # Open for a batch alone: the thread of an open SQLite file would outlive Ray's wish to end.
        store, fetcher = store_for(self._settings), fetcher_for(self._settings)
        moderator = Moderator(fetcher, self._engine, store, self._settings)
        async with opened((store,), fetcher):
            lines = [self._line(moderator, Place(index, name)) for index, name in pairs]
            return np.array(await asyncio.gather(*lines), object)

    async def _line(self, moderator: Moderator, place: Place) -> bytes:
        for wait in WAITS_S:
            try:
                return await self._told(moderator, place)
            except (Overloaded, StoreUnavailable):
                await asyncio.sleep(wait)
        return await self._told(moderator, place)

    async def _told(self, moderator: Moderator, place: Place) -> bytes:
        try:
            source = source_of(str(place.external_id), self._settings.max_bytes)
            return line(place, await moderator.check(source))
        except (Overloaded, StoreUnavailable):
            raise
        except CandorError as error:
            return line(place, problem_of(error))
        except Exception as error:
            return line(place, mistake(error))


def bulk(sources: Path, out: Path, workers: int, settings: Settings) -> None:
    """Write a line to `out` for each line of `sources` that has none there.

    Args:
        sources: Text, an http address or the path of a file a line; empty lines are passed over.
        workers: Processes, each with as many cores as the settings say, or one.

    Raises:
        click.ClickException: What stands in `out` is not of these sources, another run writes it,
            or the service cannot go on.
    """
    settings = settings.model_copy(update={"threads": settings.threads or 1})
    with out.open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise click.ClickException(
                f"{out} is being written by another run. Wait for it, or name another file."
            ) from error
        total = sum(1 for _ in inputs(sources))
        done = done_of(file, out, sources, total)
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("checking", total=total, completed=sum(map(bool, done)))
            left = (one for one in inputs(sources) if not done[one[0]])
            while window := list(islice(left, WINDOW)):
                for lines in _checked(dict(window), workers, settings):
                    file.writelines(lines)
                    file.flush()
                    os.fsync(file.fileno())
                    progress.advance(task, len(lines))


def _checked(window: Window, workers: int, settings: Settings) -> Iterator[list[bytes]]:
    """Lines of a window, some at a time, as they are done.

    Where a worker dies, one of the inputs may kill it: what has no line yet is halved and halved
    again, and the line of an input whose worker dies though it is alone says so.
    """
    left = dict(window)
    try:
        for indexes, lines in _mapped(window, workers, settings):
            for index in indexes:
                del left[index]
            yield lines
    except RayTaskError as error:
        raise click.ClickException(
            f"The run cannot go on: {_cause(error)} What has a line stays; run it again later."
        ) from error
    except RayActorError as error:
        if error.actor_init_failed:
            raise click.ClickException(f"No worker can start: {_cause(error)}") from error
        if len(window) == 1:
            [(index, name)] = window.items()
            problem = Abandoned(
                "The process that checked this picture died each time, so it is not tried again. "
                "Check the picture by itself, or leave it out."
            )
            yield [line(Place(index, name), problem_of(problem))]
            return
        rest = list(left.items())
        for half in (rest[: len(rest) // 2], rest[len(rest) // 2 :]):
            if half:
                yield from _checked(dict(half), workers, settings)


def _mapped(
    window: Window, workers: int, settings: Settings
) -> Iterator[tuple[list[int], list[bytes]]]:
    """Numbers and their lines; raises what Ray does."""
    if not ray.is_initialized():
        join(settings.ray_address, settings.threads * workers)
    data.DataContext.get_current().enable_progress_bars = False
    for name in ("ray.data", "ray"):
        logging.getLogger(name).setLevel(logging.ERROR)
    rows = [{"index": index, "source": name} for index, name in window.items()]
    found = data.from_items(rows, override_num_blocks=-(-len(rows) // BATCH)).map_batches(
        Worker,
        fn_constructor_args=(settings,),
        batch_size=BATCH,
        compute=data.ActorPoolStrategy(size=min(workers, -(-len(rows) // BATCH))),
        num_cpus=settings.threads,
        # Ray would begin anew without end.
        max_restarts=0,
    )
    for batch in found.iter_batches(batch_size=None):
        yield batch["index"].tolist(), batch["line"].tolist()


def _cause(error: Exception) -> str:
    """In words, out of the traceback that Ray tells."""
    first = str(error).partition("\n\nThe above exception was")[0]
    last = first.strip().rpartition("\n")[2]
    return last.partition(": ")[2] or last
