"""`scripts/bench scale`: what a lookup costs, by how many pictures are remembered.

Half of the lookups are for something that is there: a hash with 0 to 31 of its bits flipped, or the
digest of its file. Hashes are random; those of real pictures meet about twice as many others in a
band. What was just written lies in the system's cache, as in a service that has run for a while.
`benchmarks.filling` writes the pictures, `benchmarks.places` asks for them.
"""

from __future__ import annotations

import asyncio
import math
import tempfile
import time
import uuid
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import numpy as np
from pymongo import MongoClient
from rich.console import Console

from api.store.sqlite import SqliteStore
from benchmarks.filling import check, fill_file
from benchmarks.places import Measured, apart, asked, fill_mongodb, index_alone
from benchmarks.report import FOLDER, Column, write

LOOKUP_COLUMNS = ("pictures", "place", "lookup", "p50 ms", "p99 ms", "CPU p50", "CPU p99",
                  "a second", "missed")  # fmt: skip
GROWTH_COLUMNS = ("place", "lookup", "from one size to the next", "exponent")
DISK_COLUMNS = ("pictures", "place", "s to fill", "bytes a picture")
MEMORY_COLUMNS = ("pictures", "place", "s to fill", "MB", "bytes a picture")

Row = list[object]


@click.command()
@click.option("--sizes", default="10000,100000,1000000", show_default=True,
              help="Remembered pictures; to ten million it takes an hour and 90 GB.")  # fmt: skip
@click.option("--store", "places", multiple=True, default=("sqlite", "memory"), show_default=True,
              type=click.Choice(["sqlite", "memory", "mongodb"]),
              help="The database, or the index in memory over the file of SQLite.")  # fmt: skip
@click.option("--mongodb-url", help="A server; a database is made there and dropped.")
@click.option("--seconds", default=10.0, show_default=True, help="For each measurement, at most.")
@click.option("--witness-bytes", default=6000, show_default=True, help="Kept with each picture.")
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path),
              help="Instead of runs/bench/scale.json.")  # fmt: skip
def scale(
    sizes: str,
    places: tuple[str, ...],
    mongodb_url: str | None,
    seconds: float,
    witness_bytes: int,
    out: Path | None,
) -> None:
    """Lookups among so many remembered pictures: time, memory, room on the disk."""
    if ("mongodb" in places) != (mongodb_url is not None):
        raise click.UsageError("--store mongodb and --mongodb-url go together.")
    steps = list(pairwise([0, *sorted(int(size) for size in sizes.split(","))]))
    found: list[Measured] = []
    disk: list[Row] = []
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        asyncio.run(check(Path(folder)))
        path = Path(folder) / "candor.db"
        for before, size in steps if {"sqlite", "memory"} & set(places) else ():
            disk.append(_filled(path, before, size, witness_bytes))
            for place in ("sqlite", "memory"):
                if place in places:
                    found += _told(f"{place}, {size:,}", asked, place, str(path), size, seconds)
            for kind in ("bands", "faiss") if "memory" in places else ():
                found += _told(f"{kind} alone, {size:,}", index_alone, kind, size, seconds)
    if mongodb_url is not None:
        found += _mongodb(mongodb_url, steps, disk, seconds, witness_bytes)
    write("scale", list(_tables(found, disk)), out, [
        f"Each picture has a witness of {witness_bytes:,} bytes.",
        "An exponent of 0 is a cost that does not grow, 1 one that grows as the pictures do. The "
        "bands of a store meet one hash in 240, so it nears 1 there.",
        *_winner(found),
    ])  # fmt: skip


def _told(name: str, *work: Any) -> Any:
    Console(stderr=True).print(name, highlight=False, style="dim")
    return apart(*work)


def _filled(path: Path, before: int, size: int, witness_bytes: int) -> Row:
    """A row of `DISK_COLUMNS`."""

    async def make() -> None:
        store = SqliteStore(path)
        await store.open()
        await store.close()

    asyncio.run(make())
    begun = time.perf_counter()
    _told(f"filling SQLite, {size:,}", fill_file, path, before, size, witness_bytes)
    return [size, "SQLite", time.perf_counter() - begun, round(path.stat().st_size / size)]


def _mongodb(
    server: str, steps: list[tuple[int, int]], disk: list[Row], seconds: float, witness_bytes: int
) -> list[Measured]:
    url = _with_database(server, f"candor_bench_{uuid.uuid4().hex[:8]}")
    found: list[Measured] = []
    with MongoClient[dict[str, Any]](url) as client:
        database = client.get_default_database()
        try:
            for before, size in steps:
                begun = time.perf_counter()
                _told(f"filling MongoDB, {size:,}", fill_mongodb, url, before, size, witness_bytes)
                took = time.perf_counter() - begun
                # A server that has only some of MongoDB's commands may not tell.
                kept = database.command("dbStats").get("totalSize")
                disk.append([size, "MongoDB", took, kept and round(kept / size)])
                found += _told(f"mongodb, {size:,}", asked, "mongodb", url, size, seconds)
        finally:
            client.drop_database(database)
    return found


def _with_database(url: str, name: str) -> str:
    scheme, _, rest = url.partition("://")
    server, _, options = rest.partition("?")
    return f"{scheme}://{server.partition('/')[0]}/{name}" + (f"?{options}" if options else "")


def _tables(
    found: list[Measured], disk: list[Row]
) -> Iterator[tuple[str, tuple[Column, ...], list[Row]]]:
    served = [one for one in found if not one.alone]
    yield "Lookups", LOOKUP_COLUMNS, [_row(one) for one in served]
    alone = [one for one in found if one.alone]
    if alone:
        yield "The index alone", LOOKUP_COLUMNS, [_row(one) for one in alone]
    yield (
        "Growth of a lookup, p50 of CPU time, for MongoDB of wall time",
        GROWTH_COLUMNS,
        list(_growth(found)),
    )
    yield "On the disk", DISK_COLUMNS, disk
    yield "In memory", MEMORY_COLUMNS, [
        [one.size, one.place, one.filled_s, round(one.resident_mb, 1),
         round(one.resident_mb * 1e6 / one.size)]
        for one in found if one.resident_mb is not None
    ]  # fmt: skip


def _row(one: Measured) -> Row:
    wall, cpu = (
        [float(np.percentile(times, share)) for share in (50, 99)] for times in (one.wall, one.cpu)
    )
    a_second = round(1000 / float(np.mean(one.wall)))
    return [one.size, one.place, one.lookup, *wall, *cpu, a_second, one.missed]


def _growth(found: list[Measured]) -> Iterator[Row]:
    """Ratios between neighbouring sizes, and the slope in double logarithms."""
    for place, lookup in dict.fromkeys((one.place, one.lookup) for one in found):
        some = [one for one in found if (one.place, one.lookup) == (place, lookup)]
        # The server's work is not in the CPU time of this process.
        times = [float(np.median(one.wall if place == "MongoDB" else one.cpu)) for one in some]
        if len(some) > 1:
            sizes = [math.log(one.size) for one in some]
            exponent = float(np.polyfit(sizes, np.log(times), 1)[0])
            ratios = [f"x {after / before:.2f}" for before, after in pairwise(times)]
            yield [place, lookup, ", ".join(ratios), round(exponent, 2)]


def _winner(found: list[Measured]) -> list[str]:
    times = {
        (one.place, one.size): float(np.median(one.cpu)) for one in found if one.lookup == "near"
    }
    both = [size for place, size in times if place == "memory" and ("SQLite", size) in times]
    won = [size for size in both if times["memory", size] < times["SQLite", size]]
    if not both:
        return []
    if not won:
        return ["The index in memory was faster than SQLite at none of these sizes."]
    return [f"The index in memory was faster than SQLite from {min(won):,} pictures on."]
