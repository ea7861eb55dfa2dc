"""`candor bulk`: a data set of addresses or files, checked by Ray Data on as many cores as there
are.

Each worker is the service without its routes: the same steps, one memory of verdicts. What comes
out is one line for each input, as batches and jobs give it (`api.lines`), in the order in which
they are done. Interrupted and run again, it goes on with what has no line yet.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import click
import numpy as np
import ray
from ray import data
from rich.console import Console
from rich.progress import Progress

from api.app import fetcher_for, local_engine, opened
from api.checking import source_of
from api.engine.ray import join
from api.errors import CandorError
from api.lines import Place, line
from api.moderation import Moderator
from api.problem import mistake, problem_of
from api.settings import Settings
from api.store import store_for

WINDOW = 10_000
"""Inputs given to Ray at once, so that neither it nor this process holds a hundred million."""
BATCH = 16
"""Inputs that a worker takes at once, and what is done twice at most when it dies."""

Columns = dict[str, Any]


class Worker:
    """Checks batches of sources in a process of Ray's."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._runner = asyncio.Runner()
        self._engine = local_engine(settings)
        self._runner.run(self._engine.open())

    def __call__(self, batch: Columns) -> Columns:
        """Columns `index` and `source` in, the column `line` out."""
        return {"line": self._runner.run(self._lines(batch))}

    async def _lines(self, batch: Columns) -> np.ndarray[Any, Any]:
        pairs = zip(batch["index"].tolist(), batch["source"].tolist(), strict=True)
        # Open for a batch alone: the thread of an open SQLite file would outlive Ray's wish to end.
        store, fetcher = store_for(self._settings), fetcher_for(self._settings)
        moderator = Moderator(fetcher, self._engine, store, self._settings)
        async with opened((store,), fetcher):
            lines = [self._line(moderator, Place(index, name)) for index, name in pairs]
            return np.array(await asyncio.gather(*lines), object)

    async def _line(self, moderator: Moderator, place: Place) -> bytes:
        try:
            source = source_of(str(place.external_id), self._settings.max_bytes)
            return line(place, await moderator.check(source))
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
        click.ClickException: What stands in `out` is not of these sources.
    """
    with out.open("a+b") as file:
        done = _done(file, sources, out)
        total = sum(1 for _ in _inputs(sources))
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("checking", total=total, completed=sum(done))
            left = ((index, name) for index, name in _inputs(sources) if not _is_done(done, index))
            while window := list(islice(left, WINDOW)):
                for lines in _checked(window, workers, settings):
                    file.writelines(lines)
                    file.flush()
                    os.fsync(file.fileno())
                    progress.advance(task, len(lines))


def _checked(
    window: Sequence[tuple[int, str]], workers: int, settings: Settings
) -> Iterator[list[bytes]]:
    """Lines of a window, some at a time, as they are done."""
    if not ray.is_initialized():
        join(settings.ray_address, (settings.threads or 1) * workers)
    data.DataContext.get_current().enable_progress_bars = False
    for name in ("ray.data", "ray"):
        logging.getLogger(name).setLevel(logging.ERROR)
    rows = [{"index": index, "source": name} for index, name in window]
    found = data.from_items(rows, override_num_blocks=-(-len(rows) // BATCH)).map_batches(
        Worker,
        fn_constructor_args=(settings.model_copy(update={"threads": settings.threads or 1}),),
        batch_size=BATCH,
        compute=data.ActorPoolStrategy(size=workers),
        num_cpus=settings.threads or 1,
    )
    for batch in found.iter_batches(batch_size=None):
        yield batch["line"].tolist()


def _inputs(sources: Path) -> Iterator[tuple[int, str]]:
    """Each source by its number, from 0; files by their full path, as workers are elsewhere."""
    with sources.open(encoding="utf-8") as file:
        names = (name for name in map(str.strip, file) if name)
        for index, name in enumerate(names):
            is_address = name.lower().startswith(("http://", "https://"))
            yield index, name if is_address else str(Path(name).absolute())


def _done(file: BinaryIO, sources: Path, out: Path) -> bytearray:
    """Which numbers have a line, a byte each. A last line that was cut off is cut away."""
    done = bytearray()
    file.seek(0)
    names = dict(_inputs(sources)) if file.read(1) else {}
    end = 0
    file.seek(0)
    for text in file:
        if not text.endswith(b"\n"):
            break
        told = json.loads(text)
        index = told["index"]
        if names.get(index) != told["external_id"]:
            raise click.ClickException(
                f"{out} has a line {index} that is not of {sources}. Name another file to write."
            )
        done.extend(bytes(max(0, index + 1 - len(done))))
        done[index] = 1
        end += len(text)
    file.truncate(end)
    file.seek(0, os.SEEK_END)
    return done


def _is_done(done: bytearray, index: int) -> bool:
    return index < len(done) and bool(done[index])
