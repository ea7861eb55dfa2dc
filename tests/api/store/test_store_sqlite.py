"""What can go wrong with a file on a disk, each time told in a sentence."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from store_verdicts import digest, scored, verdict, witness

import api
from api.audit import Action, entry
from api.errors import StoreUnavailable
from api.reviews import BEGINNING, Reason
from api.store.records import Trace
from api.store.sqlite import SqliteStore, file, verdicts
from api.store.sqlite.schema import MIGRATIONS
from api.verdict import Label

NOTES = b"not a database, but somebody's notes " * 100
PAGE_BYTES = 4096

OPEN = """
import asyncio, pathlib, sys
from api.store.sqlite import SqliteStore

async def once():
    store = SqliteStore(pathlib.Path(sys.argv[1]))
    await store.open()
    await store.ping()
    await store.close()

asyncio.run(once())
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "candor.db"


@pytest.fixture
def notes(path: Path) -> Path:
    path.write_bytes(NOTES)
    return path


def contents(path: Path) -> bytes:
    return path.read_bytes()


def damage(path: Path) -> None:
    """Leave the schema as it is, and make noise of the first page of every table and index."""
    with plain(path) as connection:
        roots = connection.execute("SELECT rootpage FROM sqlite_schema WHERE rootpage").fetchall()
    whole = bytearray(path.read_bytes())
    for (page,) in roots:
        whole[(page - 1) * PAGE_BYTES : page * PAGE_BYTES] = b"\xa5" * PAGE_BYTES
    path.write_bytes(whole)


def processes_that_open(path: Path, count: int) -> list[int]:
    """Exit statuses of processes that open the store at the same time."""
    root = Path(api.__file__).parent.parent
    starts = [subprocess.Popen([sys.executable, "-c", OPEN, path], cwd=root) for _ in range(count)]
    return [start.wait(30) for start in starts]


@contextmanager
def plain(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


async def remembered(path: Path, *names: str) -> None:
    store = SqliteStore(path)
    await store.open()
    for name in names:
        await store.put(verdict(name, reason=name * 2000))
    await store.close()


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match=r"file/data cannot be made"):
        await SqliteStore(tmp_path / "file" / "data" / "candor.db").open()


async def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        await SqliteStore(tmp_path).open()


async def test_another_kind_of_file_is_refused_and_left_alone(notes: Path) -> None:
    with pytest.raises(StoreUnavailable, match="is no SQLite file"):
        await SqliteStore(notes).open()
    assert contents(notes) == NOTES


async def test_a_damaged_file_is_told(path: Path) -> None:
    await remembered(path, *"abcdefgh")
    damage(path)
    store = SqliteStore(path)
    await store.open()
    with pytest.raises(StoreUnavailable, match="is damaged"):
        await store.put(verdict("later"))
    with pytest.raises(StoreUnavailable, match="is damaged"):
        await store.get("a")
    await store.close()


async def test_the_file_of_a_newer_candor_is_refused(path: Path) -> None:
    await remembered(path, "one")
    with plain(path) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(StoreUnavailable, match="newer Candor"):
        await SqliteStore(path).open()


async def test_a_verdict_of_a_newer_candor_is_told(path: Path) -> None:
    await remembered(path, "one")
    with plain(path) as connection:
        connection.execute("UPDATE verdict SET document = json_set(document, '$.novel', 1)")
    store = SqliteStore(path)
    await store.open()
    with pytest.raises(StoreUnavailable, match="cannot read"):
        await store.get("one")
    await store.close()


async def test_a_full_disk_is_told_and_loses_nothing(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    kept = await store.put(verdict("one"))
    writer = store._writer
    assert writer is not None
    ((pages,),) = await writer.execute_fetchall("PRAGMA page_count")
    await writer.execute_fetchall(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreUnavailable, match="disk is full"):
        await store.put(scored("two", reason="long " * 10_000), Trace(witness("two")))
    assert await store.get("one") == kept
    assert await store.get("two") is None
    assert await store.hashes_since("", 1) == ([], "")
    await writer.execute_fetchall("PRAGMA max_page_count = 100000")
    assert await store.put(verdict("two")) == verdict("two").stored()
    await store.close()


async def test_a_file_that_another_process_holds_is_told_and_then_used(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "BUSY_S", 0.1)
    store = SqliteStore(path)
    await store.open()
    kept = await store.put(verdict("one"))
    with plain(path) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="held by another process"):
            await store.put(verdict("two"))
        assert await store.get("one") == kept
    assert await store.put(verdict("two")) == verdict("two").stored()
    await store.close()


async def test_a_reader_sees_only_what_was_committed(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    async with store._transaction() as connection:
        await connection.execute_fetchall(
            verdicts.REMEMBER, ("one", digest("p"), "m", 0, verdict("one").model_dump_json(), None)
        )
        assert await store.get("one") is None
    assert await store.get("one") is not None
    await store.close()


async def test_processes_may_create_the_same_file_at_once(path: Path) -> None:
    assert processes_that_open(path, 4) == [0] * 4
    stores = [SqliteStore(path) for _ in range(8)]
    await asyncio.gather(*(store.open() for store in stores))
    await asyncio.gather(*(store.close() for store in stores))


async def test_deleting_a_verdict_takes_its_bytes_along(path: Path) -> None:
    await remembered(path, "one", "two")
    with plain(path) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM verdict WHERE id = 'one'")
        assert connection.execute("SELECT verdict_id FROM picture_bytes").fetchall() == [("two",)]


@pytest.mark.parametrize("reason", [None, Reason.UNCERTAIN])
async def test_a_page_of_the_queue_is_full_while_pictures_are_reviewed(
    path: Path, monkeypatch: pytest.MonkeyPatch, reason: Reason | None
) -> None:
    store = SqliteStore(path)
    await store.open()
    for minute, name in enumerate(("a", "b", "c")):
        waiting = scored(name, minutes=minute).model_copy(update={"label": Label.UNCERTAIN})
        await store.put(waiting)
    read = store._read

    async def read_then_delete(*given: Any) -> list[Any]:
        found = await read(*given)
        await store.delete_verdict("a", entry("a key", Action.DELETE_VERDICT, "a"))
        return found

    monkeypatch.setattr(store, "_read", read_then_delete)
    page = await store.queue(reason, BEGINNING, 2)
    after = await store.queue(reason, BEGINNING, 2)
    await store.close()
    assert [one.verdict.id for one in page] == ["a", "b"]
    assert [one.verdict.id for one in after] == ["b", "c"]
