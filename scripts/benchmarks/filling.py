"""Any number of remembered pictures, each with random hashes, written faster than one by one.

Picture number `n` is the same whenever it is made, so that who measures can ask for it. The SQLite
file is filled with plain statements, a million pictures in minutes; `check` shows that they leave
what `put` leaves. In MongoDB it is `put` that writes.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from api.store import Store
from api.store.bands import band_keys
from api.store.records import Trace
from api.store.sqlite import SqliteStore
from api.verdict import (
    Box,
    ExpertScore,
    Face,
    Label,
    ModelFacts,
    PictureFacts,
    Thresholds,
    Verdict,
)

MODEL = "candor-1"
BATCH = 10_000
AT_ONCE = 64
"""Pictures that are put beside each other."""
SORTED = 250_000
"""Pictures of one transaction in a file."""
SEED = 1


class Remembered(NamedTuple):
    """What tells one picture from the others."""

    id: str
    sha256: str
    pixels_sha256: str
    pdq: str

    @property
    def verdict(self) -> Verdict:
        return Verdict(
            id=self.id,
            label=Label.REAL,
            fake_probability=0.0871,
            reason="One face; nothing in it looks made.",
            picture=PictureFacts(
                format="JPEG",
                width=1280,
                height=960,
                sha256=self.sha256,
                pixels_sha256=self.pixels_sha256,
                pdq=self.pdq,
                pdq_quality=100,
            ),
            faces=(
                Face(
                    box=Box(left=412, top=160, width=288, height=361),
                    fake_probability=0.0871,
                    detection_confidence=0.9983,
                ),
            ),
            experts=(
                ExpertScore(name="face", fake_probability=0.0714),
                ExpertScore(name="general", fake_probability=0.1232),
            ),
            model=ModelFacts(id=MODEL, thresholds=Thresholds(real_below=0.3, fake_from=0.8)),
            checked_at=datetime(2026, 3, 29, 12, tzinfo=UTC),
        )

    @property
    def document(self) -> str:
        """`verdict` as JSON, a hundred times sooner."""
        return "".join(
            part + value for part, value in zip(_document_parts(), (*self, ""), strict=True)
        )

    def witness(self, size: int) -> bytes:
        """Some bytes that do not compress, as witnesses do not."""
        begin = int(self.id[:5], 16)
        return _noise()[begin : begin + size]


def pictures(begin: int, end: int) -> Iterator[list[Remembered]]:
    """Those from number `begin` to before `end`, in batches."""
    for number in range(begin // BATCH, -(-end // BATCH)):
        first = number * BATCH
        yield _batch(number)[max(begin - first, 0) : end - first]


def picture(number: int) -> Remembered:
    """The picture of this number."""
    return _batch(number // BATCH)[number % BATCH]


@cache
def _document_parts() -> tuple[str, ...]:
    """What stands before the id, between it and the digests, and after them."""
    marks = Remembered("I" * 32, *(letter * 64 for letter in "abc"))
    rest = marks.verdict.model_dump_json()
    parts = []
    for mark in marks:
        part, _, rest = rest.partition(mark)
        parts.append(part)
    return (*parts, rest)


@cache
def _noise() -> bytes:
    return np.random.default_rng(SEED).bytes(2**20 + 2**16)


@lru_cache(maxsize=1)
def _batch(number: int) -> list[Remembered]:
    size = 16 + 3 * 32
    digits = np.random.default_rng([SEED, number]).bytes(BATCH * size).hex()
    places = (0, 32, 96, 160, 224)
    return [
        Remembered(*(digits[row + a : row + b] for a, b in pairwise(places)))
        for row in range(0, len(digits), 2 * size)
    ]


def fill_file(path: Path, begin: int, end: int, witness_bytes: int) -> None:
    """Write pictures `begin` to `end` into a file that `SqliteStore.open` made.

    Random keys land anywhere in an index, so that a batch touches nearly every page of one that is
    large: there are few batches here, each sorted, and what may be indexed afterwards is.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA cache_size = -4000000")  # kB
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
            "AND tbl_name IN ('verdict', 'perceptual_hash', 'picture_bytes')"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        for first in range(begin, end, SORTED):
            some = [one for batch in pictures(first, min(first + SORTED, end)) for one in batch]
            connection.execute("BEGIN")
            _insert(connection, some, first, witness_bytes)
            connection.execute("COMMIT")
        for _, sql in indexes:
            connection.execute(sql)
        connection.execute("PRAGMA journal_mode = WAL")


def _insert(
    connection: sqlite3.Connection, some: list[Remembered], last_entry: int, witness_bytes: int
) -> None:
    facts = some[0].verdict
    moment, file = facts.checked_at.timestamp(), (facts.picture.format, facts.picture.frames)
    numbered = list(enumerate(some, last_entry + 1))
    connection.executemany(
        "INSERT INTO verdict (id, pixels_sha256, model_id, checked_at, document, witness) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (
            (one.id, one.pixels_sha256, MODEL, moment, one.document, one.witness(witness_bytes))
            for one in sorted(some)
        ),
    )
    connection.executemany(
        "INSERT INTO perceptual_hash (entry, verdict_id, pdq) VALUES (?, ?, ?)",
        ((entry, one.id, one.pdq) for entry, one in numbered),
    )
    connection.executemany(
        "INSERT INTO band (key, entry) VALUES (?, ?)",
        sorted((key, entry) for entry, one in numbered for key in band_keys(one.pdq)),
    )
    connection.executemany(
        "INSERT INTO picture_bytes (sha256, format, frames, model_id, verdict_id) "
        "VALUES (?, ?, ?, ?, ?)",
        ((one.sha256, *file, MODEL, one.id) for one in sorted(some, key=lambda one: one.sha256)),
    )


async def fill_store(store: Store, begin: int, end: int, witness_bytes: int) -> None:
    """Put pictures `begin` to `end`."""
    for some in pictures(begin, end):
        for first in range(0, len(some), AT_ONCE):
            await asyncio.gather(
                *(
                    store.put(one.verdict, Trace(one.witness(witness_bytes)))
                    for one in some[first : first + AT_ONCE]
                )
            )


async def check(folder: Path) -> None:
    """Show that `fill_file` writes what `put` writes.

    Raises:
        RuntimeError: It does not.
    """
    put, filled = folder / "put.db", folder / "filled.db"
    for path in (put, filled):
        store = SqliteStore(path)
        await store.open()
        if path == put:
            await store.put(picture(0).verdict, Trace(picture(0).witness(99)))
            await store.put(picture(1).verdict, Trace(picture(1).witness(99)))
        await store.close()
    fill_file(filled, 0, 2, 99)
    if _dumped(put) != _dumped(filled):
        raise RuntimeError("benchmarks.filling no longer writes what SqliteStore.put writes")


def _dumped(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return sorted(connection.iterdump())
