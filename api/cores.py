"""The threads for work that keeps a core busy: decoding, hashing, finding faces, comparing copies.

As many as there are cores, or as a process with others beside it was given, so that such work
overlaps the model's without many threads taking turns on one core. Waiting, for a disk or a name,
is not for these threads.

torch shares what any thread asks of it among threads of its own. Here it must not, and the thread
of the model must say that it wants them: see `api.engine.local`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial
from typing import Any, ParamSpec, TypeVar

import torch

MODEL_THREADS = torch.get_num_threads()
"""As many as torch took by itself, asked before any of the threads below made it one."""

P = ParamSpec("P")
R = TypeVar("R")


def available() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def at_most(cores: int) -> None:
    """Run no more threads than this, in a process that has others beside it. Said first of all."""
    global _given
    _given = cores


def busy() -> int:
    """Cores that the threads keep busy."""
    return min(len(_at_work), _given)


async def on_a_core(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function in one of the threads. Cancelled before its turn comes, it does not run."""
    work = _threads().submit(partial(function, *args, **kwargs))
    _at_work.add(work)
    work.add_done_callback(_at_work.discard)
    return await asyncio.wrap_future(work)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_given, "core", initializer=torch.set_num_threads, initargs=(1,))


_given = available()
_at_work: set[Future[Any]] = set()
"""Running, or waiting for a thread."""
