"""Where look-alikes are found: in the store, or in an index in memory that is filled from it.

A database meets one hash in 240 to find those within the radius; from a few hundred thousand
pictures on, that is what a lookup waits for. `api.hamming` meets one in ten thousand. The verdicts
stay in the store, and are fetched from there by id.
"""

from __future__ import annotations

import asyncio
import logging
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

import numpy as np

from api.errors import StoreUnavailable
from api.hamming import WORDS, Codes, Distances, HammingIndex, Positions
from api.settings import Settings
from api.store import Store
from api.store.records import IndexedHash, Neighbour

FRESH_S = 1.0
"""How old what is known of the store may be when it is searched."""
READ_AT_ONCE = 1000
"""Entries, which hold up the event loop for a millisecond or two."""
TURN_S = 60.0
"""Between looks at whether there is enough to sort, or after a failure."""
UNSORTED_AT_MOST = 10_000
"""They cost a query 0.1 ms; sorting a million takes a second of another thread."""
TURNS_PER_FILL = 24 * 60
"""Once a day everything is read anew, which sheds what the store forgot."""
RECENT = 2**16
"""A store may give an entry again, but not after that many others."""

logger = logging.getLogger("candor")


class MemoryIndex:
    """`api.cache.Nearby` over a store, 200 bytes a verdict.

    What the store has is found at most `fresh_s` later, whoever wrote it. Until all was read for
    the first time, the store itself answers.
    """

    def __init__(self, store: Store, fresh_s: float = FRESH_S) -> None:
        self._store = store
        self._fresh_s = fresh_s
        self._contents: _Contents | None = None
        self._filled = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to read. Needs an open store."""
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Forget all; from then on the store answers."""
        keeping, self._keeping, self._contents = self._keeping, None, None
        self._filled.clear()
        if keeping is not None:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping

    async def filled(self) -> None:
        """Wait until all was read for the first time."""
        await self._filled.wait()

    async def near(self, pdq: str, model_id: str | None, limit: int) -> list[Neighbour]:
        """As `Store.near`. Of many at one distance, those that came to the store last stand first.

        Raises:
            StoreUnavailable: What is new, or what was found, cannot be read.
        """
        if self._contents is None:
            return await self._store.near(pdq, model_id, limit)
        contents = self._contents
        await contents.read(self._fresh_s)
        near: list[Neighbour] = []
        # Other models' verdicts and those that are gone are known only to the store.
        for page in await contents.search(pdq, 2 * limit):
            near += [
                one
                for one in await self._store.neighbours(page)
                if model_id in (None, one.verdict.model.id)
            ]
            if len(near) >= limit:
                break
        return sorted(near, key=_rank)[:limit]

    async def _keep(self) -> None:
        while True:
            try:
                contents = _Contents(self._store)
                await contents.read()
                await contents.sort()
                self._contents = contents
                self._filled.set()
            except StoreUnavailable as error:
                logger.warning("the index of alike pictures is not filled yet: %s", error)
                await asyncio.sleep(TURN_S)
                continue
            for _ in range(TURNS_PER_FILL):
                await asyncio.sleep(TURN_S)
                with suppress(StoreUnavailable):
                    await contents.read()
                if contents.unsorted > UNSORTED_AT_MOST:
                    await contents.sort()


def nearby_for(settings: Settings, store: Store) -> MemoryIndex | None:
    """The index that the settings want over this store; None where the store itself is asked."""
    return MemoryIndex(store) if settings.near_index == "memory" else None


class _Contents:
    """What was read of a store: hashes, ids at the same positions, and how far it was read."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._hashes = HammingIndex()
        self._ids = _Ids()
        self._recent: OrderedDict[str, None] = OrderedDict()
        self._cursor = ""
        self._reading = asyncio.Lock()
        self._read_at = float("-inf")

    @property
    def unsorted(self) -> int:
        return self._hashes.unsorted

    async def read(self, fresh_s: float = 0) -> None:
        """Take in all that is new, unless that was done less than `fresh_s` ago."""
        clock = asyncio.get_running_loop().time
        async with self._reading:
            begun = clock()
            if begun - self._read_at < fresh_s:
                return
            entries = None
            while entries != []:
                entries, cursor = await self._store.hashes_since(self._cursor, READ_AT_ONCE)
                # Nothing may come in between: a task that is cancelled leaves all or nothing.
                self._add(entries)
                self._cursor = cursor
            self._read_at = begun

    async def sort(self) -> None:
        await asyncio.to_thread(self._hashes.sort)

    async def search(self, pdq: str, at_once: int) -> Iterator[list[tuple[str, int]]]:
        """Pages of ids and distances, the nearest, then the last to come, first."""
        (code,) = _codes([pdq])
        positions, distances = await asyncio.to_thread(self._hashes.search, code)
        return self._pages(positions, distances, at_once)

    def _pages(
        self, positions: Positions, distances: Distances, at_once: int
    ) -> Iterator[list[tuple[str, int]]]:
        met: set[str] = set()
        for begin in range(0, len(positions), at_once):
            page = slice(begin, begin + at_once)
            ids = [self._ids[position] for position in positions[page].tolist()]
            found = dict(zip(ids, distances[page].tolist(), strict=True))
            yield [(one, bits) for one, bits in found.items() if one not in met]
            met.update(ids)

    def _add(self, entries: Sequence[IndexedHash]) -> None:
        new = {one.verdict_id: one.pdq for one in entries if one.verdict_id not in self._recent}
        if not new:
            return
        # Ids first: what a thread finds meanwhile has one.
        self._ids.extend(new)
        self._hashes.add(_codes(new.values()))
        self._recent.update(dict.fromkeys(new))
        while len(self._recent) > RECENT:
            self._recent.popitem(last=False)


class _Ids:
    """Strings by position, in half the memory that Python's own take."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._ends = array("Q", [0])

    def extend(self, ids: Iterable[str]) -> None:
        for one in ids:
            self._text += one.encode()
            self._ends.append(len(self._text))

    def __getitem__(self, position: int) -> str:
        return self._text[self._ends[position] : self._ends[position + 1]].decode()


def _rank(one: Neighbour) -> tuple[int, float, str]:
    """Nearest, then newest, first."""
    return one.distance, -one.verdict.checked_at.timestamp(), one.verdict.id


def _codes(pdqs: Iterable[str]) -> Codes:
    # Any order of the bits will do, if it is the same for all.
    return np.frombuffer(bytes.fromhex("".join(pdqs)), np.uint64).reshape(-1, WORDS)
