"""A process that remembers verdicts until it is killed, and prints each id once it is kept."""

from __future__ import annotations

import asyncio
import itertools

from store_verdicts import scored, witness

from api.settings import Settings
from api.store import store_for
from api.store.records import Link, Trace


async def write() -> None:
    store = store_for(Settings())
    await store.open()
    for number in itertools.count():
        name = f"written-{number}"
        before = Link(f"written-{number - 1}", 9, False)
        kept = await store.put(scored(name), Trace(witness(name), (before,)))
        print(kept.id, flush=True)


if __name__ == "__main__":
    asyncio.run(write())
