"""A process that remembers verdicts until it is killed, and prints each id once it is kept."""

from __future__ import annotations

import asyncio
import itertools

from store_verdicts import verdict

from api.settings import Settings
from api.store import store_for


async def write() -> None:
    store = store_for(Settings())
    await store.open()
    for number in itertools.count():
        kept = await store.put(verdict(f"written-{number}"))
        print(kept.id, flush=True)


if __name__ == "__main__":
    asyncio.run(write())
