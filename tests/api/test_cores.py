"""Threads for work on a core: how many there are, and how many are busy."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

from api import cores

LIMITED = """
import asyncio, threading
from api import cores
cores.at_most(1)
async def names():
    name = lambda: threading.current_thread().name
    return await asyncio.gather(*(cores.on_a_core(name) for _ in range(20)))
print(len(set(asyncio.run(names()))))
"""


async def test_those_at_work_are_counted_and_those_that_wait_for_them_are_not() -> None:
    let_go = threading.Event()
    asked = [asyncio.create_task(cores.on_a_core(let_go.wait, 60)) for _ in range(99)]
    await asyncio.sleep(0)

    assert cores.busy() == cores.available()

    let_go.set()
    await asyncio.gather(*asked)
    assert cores.busy() == 0


def test_a_process_with_others_beside_it_keeps_to_what_it_was_given() -> None:
    told = subprocess.run(
        [sys.executable, "-c", LIMITED], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "1"
