"""What one place costs: a store, or an index, that is filled and asked in a process of its own.

`apart` starts that process, and `benchmarks.scale` says what it is to do there.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from api.hamming import BANDS, FLIPS, WIDEST, Codes, HammingIndex
from api.nearby import MemoryIndex
from api.store import Store
from api.store.mongo import MongoStore
from api.store.records import PDQ_BITS, PDQ_RADIUS
from api.store.sqlite import SqliteStore
from benchmarks.filling import MODEL, Remembered, fill_store, picture, pictures

LOOKUPS = 2000
FEWEST = 40
WARMING = 20
RUNS, RUN = 20, 1000
FOUND_AT_MOST = 8

Lookup = Callable[[str], Awaitable[bool]]
Questions = list[tuple[str, bool]]
"""Hashes or digests, and whether something must be found."""


@dataclass(frozen=True)
class Measured:
    """What one place of one size costs. Times are in milliseconds, memory in MB."""

    size: int
    place: str
    lookup: str
    wall: tuple[float, ...]
    cpu: tuple[float, ...]
    missed: int
    filled_s: float | None = None
    resident_mb: float | None = None
    alone: bool = False


def apart(measure: Callable[..., Any], *given: Any) -> Any:
    """Run in a new process, whose memory is then known to be this one's."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(measure, *given).result()


def asked(place: str, where: str, size: int, seconds: float) -> list[Measured]:
    """Near lookups in one place, and exact ones where they are the place's own."""

    async def measure() -> list[Measured]:
        store: Store = MongoStore(where) if place == "mongodb" else SqliteStore(Path(where))
        await store.open()
        if place == "memory":
            return await _memory(store, size, seconds)
        hashes, digests = _hashes(size), _digests(size)
        before = _resident()

        async def near(pdq: str) -> bool:
            return bool(await store.near(pdq, MODEL, FOUND_AT_MOST))

        async def exact(sha256: str) -> bool:
            return await store.by_bytes(sha256, MODEL) is not None

        name = {"sqlite": "SQLite", "mongodb": "MongoDB"}[place]
        results = [
            await _timed(size, name, "near", near, hashes, seconds),
            await _timed(size, name, "bytes", exact, digests, seconds),
        ]
        results[0] = replace(results[0], resident_mb=_resident() - before)
        await store.close()
        return results

    return asyncio.run(measure())


async def _memory(store: Store, size: int, seconds: float) -> list[Measured]:
    hashes = _hashes(size)
    before, begun = _resident(), time.perf_counter()
    index = MemoryIndex(store)
    await index.open()
    await index.filled()
    filled_s = time.perf_counter() - begun

    async def near(pdq: str) -> bool:
        return bool(await index.near(pdq, MODEL, FOUND_AT_MOST))

    result = await _timed(size, "memory", "near", near, hashes, seconds)
    resident = _resident() - before
    await index.close()
    await store.close()
    return [replace(result, filled_s=filled_s, resident_mb=resident)]


def index_alone(kind: str, size: int, seconds: float) -> list[Measured]:
    """An index with neither ids nor a store; none where FAISS is missing."""
    codes = np.concatenate([_codes([one.pdq for one in some]) for some in pictures(0, size)])
    hashes = _hashes(size)
    begun, before = time.thread_time(), _resident()
    if kind == "faiss":
        try:
            search = _faiss(codes)
        except ModuleNotFoundError:
            return []
    else:
        index = HammingIndex()
        index.add(codes)
        index.sort()

        def search(code: Codes) -> int:
            return len(index.search(code)[0])

    filled_s, resident = time.thread_time() - begun, _resident() - before

    async def near(pdq: str) -> bool:
        return search(_codes([pdq])[0]) > 0

    name = {"bands": "api.hamming", "faiss": "FAISS"}[kind]
    result = asyncio.run(_timed(size, name, "near", near, hashes, seconds))
    return [replace(result, filled_s=filled_s, resident_mb=resident, alone=True)]


def _faiss(codes: Codes) -> Callable[[Codes], int]:
    """The same bands and flips, in FAISS."""
    import faiss

    faiss.omp_set_num_threads(1)
    index = faiss.IndexBinaryMultiHash(PDQ_BITS, BANDS, WIDEST)
    index.nflip = FLIPS
    for begin in range(0, len(codes), 10_000):
        index.add(codes[begin : begin + 10_000].view(np.uint8))

    def search(code: Codes) -> int:
        # FAISS finds what is nearer than the radius that it is given.
        return len(index.range_search(code[None].view(np.uint8), PDQ_RADIUS + 1)[2])

    return search


async def _timed(
    size: int,
    place: str,
    kind: str,
    lookup: Lookup,
    questions: Questions,
    seconds: float,
) -> Measured:
    wall: list[float] = []
    cpu: list[float] = []
    missed = 0
    end = time.perf_counter() + seconds
    for number, (question, known) in enumerate(questions):
        begun, worked = time.perf_counter(), time.process_time()
        there = await lookup(question)
        if number >= WARMING:
            cpu.append(1000 * (time.process_time() - worked))
            wall.append(1000 * (time.perf_counter() - begun))
        missed += known and not there
        if len(wall) >= FEWEST and time.perf_counter() > end:
            break
    return Measured(size, place, kind, tuple(wall), tuple(cpu), missed)


def _hashes(size: int) -> Questions:
    """PDQ hashes."""
    chance = np.random.default_rng(size)
    asked = []
    for one in _some(size):
        bits = chance.choice(PDQ_BITS, chance.integers(PDQ_RADIUS + 1), replace=False).tolist()
        asked.append((f"{int(one.pdq, 16) ^ sum(1 << bit for bit in bits):064x}", True))
    return _mixed(asked)


def _digests(size: int) -> Questions:
    """SHA-256 of files."""
    return _mixed([(one.sha256, True) for one in _some(size)])


def _some(size: int) -> Iterator[Remembered]:
    """Half as many as are asked for. They come from a few runs, so that few batches are made."""
    chance = np.random.default_rng(size)
    runs = chance.integers(0, size, RUNS)
    numbers = chance.choice(runs, LOOKUPS // 2) + chance.integers(0, RUN, LOOKUPS // 2)
    return map(picture, sorted((numbers % size).tolist()))


def _mixed(known: Questions) -> Questions:
    """Among as many random ones, in random order."""
    chance = np.random.default_rng(len(known))
    asked = known + [(chance.bytes(32).hex(), False) for _ in known]
    return [asked[place] for place in chance.permutation(len(asked))]


def _codes(pdqs: list[str]) -> Codes:
    return np.frombuffer(bytes.fromhex("".join(pdqs)), np.uint64).reshape(-1, PDQ_BITS // 64)


def _resident() -> float:
    """MB of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def fill_mongodb(url: str, before: int, size: int, witness_bytes: int) -> None:
    """Put pictures `before` to `size`."""

    async def fill() -> None:
        store = MongoStore(url)
        await store.open()
        await fill_store(store, before, size, witness_bytes)
        await store.close()

    asyncio.run(fill())
