"""One SQLite file: its connections, its transactions, and what is said when they fail.

WAL lets readers pass a writer. `synchronous=FULL` syncs the log at every commit: against a kill
less would do, against a power cut it would not, and one fsync is little beside the model. WAL
needs shared memory, so the file must not lie on a network share.

It knows no table but `verdict`, which `ping` reads; the parts of `api.store.sqlite` build on it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
from pydantic import ValidationError

from api.errors import StoreUnavailable
from api.store.bands import distance
from api.store.sqlite.schema import migrate

Record = TypeVar("Record")
Connection = TypeVar("Connection", aiosqlite.Connection, sqlite3.Connection)

BUSY_S = 5.0
"""How long to wait for another process that writes."""

PAGE = 200
"""Rows that are read, or deleted, at once where there may be any number."""

ROOM = 64 * 1024 * 1024
"""Free bytes below which the disk counts as full: some thousand verdicts, and the log that SQLite
writes before it writes the file. Quotas that the file system does not tell of are not seen."""

SENTENCES = {
    sqlite3.SQLITE_BUSY: f"was held by another process for over {BUSY_S:g} s; try again",
    sqlite3.SQLITE_FULL: "cannot grow, the disk is full; make room and try again",
    sqlite3.SQLITE_READONLY: "may not be written; check the rights of the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check the folder and its rights",
    sqlite3.SQLITE_NOTADB: "is no SQLite file; move it away or name another data folder",
    sqlite3.SQLITE_CORRUPT: "is damaged; put back a copy or move it away",
}

PING = "SELECT document FROM verdict LIMIT 1"


class SqliteFile:
    """The file `path`; its folder is made when it is opened.

    A connection runs one transaction at a time, so writers take turns; readers have a
    connection of their own, which sees only what was committed, and another for what is found at
    once, which is asked on the event loop.
    """

    def __init__(self, path: Path, retention_days: int | None = None) -> None:
        self.retention_days = retention_days
        self._path = path.absolute()
        self._file: tuple[int, int] | None = None
        self._writing = asyncio.Lock()
        self._writer: aiosqlite.Connection | None = None
        self._reader: aiosqlite.Connection | None = None
        self._pointer: sqlite3.Connection | None = None

    async def open(self) -> None:
        if self._reader is not None:
            return
        with self._failures_told():
            self._make_file()
            try:
                self._writer = await self._connect("PRAGMA foreign_keys = ON")
                await migrate(self._writer)
                # For whom a lock held up, the loop would wait: `_look_up` asks elsewhere then.
                self._pointer = sqlite3.connect(self._path, timeout=0, isolation_level=None)
                self._pointer.execute("PRAGMA query_only = ON")
                self._reader = await self._connect("PRAGMA query_only = ON")
            except BaseException:
                await self.close()
                raise

    async def close(self) -> None:
        async with self._writing:
            writer, reader, pointer = self._writer, self._reader, self._pointer
            self._writer = self._reader = self._pointer = None
            if pointer is not None:
                pointer.close()
            for connection in filter(None, (reader, writer)):
                await connection.close()

    async def ping(self) -> None:
        await self._read(str, PING)
        await asyncio.to_thread(self._look_at_disk)

    def _look_at_disk(self) -> None:
        """What a query does not tell, without writing: a probe must not wear out the disk.

        Raises:
            StoreUnavailable: Writing would fail, or would be in vain.
        """
        self._refuse_moved()
        if not os.access(self._path, os.W_OK):
            raise StoreUnavailable(
                f"{self._path} may not be written; check its rights and how its disk is mounted."
            )
        with self._failures_told():
            free = shutil.disk_usage(self._path.parent).free
        if free < ROOM:
            raise StoreUnavailable(
                f"The disk of {self._path} is full but for {free // 2**20} MB; make room for at "
                f"least {ROOM // 2**20} MB."
            )

    def _refuse_moved(self) -> None:
        """SQLite goes on writing to a file that was moved, and all of it is lost at the end."""
        if self._file != _identity(self._path):
            raise StoreUnavailable(
                f"{self._path} was moved or deleted, or is another file by now. Put it back, or "
                "restart the service."
            )

    def _make_file(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # aiosqlite that fails to connect leaves a thread behind, which may outlive the loop.
        sqlite3.connect(self._path).close()
        self._file = _identity(self._path)

    async def _connect(self, pragma: str) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(self._path, timeout=BUSY_S, isolation_level=None)
        try:
            await _keep_a_log(connection)
            for statement in ("PRAGMA synchronous = FULL", pragma):
                await connection.execute_fetchall(statement)
            await connection.create_function("pdq_distance", 2, distance, deterministic=True)
        except BaseException:
            # Its thread would keep the process alive.
            await connection.close()
            raise
        return connection

    async def _read(
        self, made_of: Callable[..., Record], query: str, *values: object
    ) -> list[Record]:
        """What a query finds, each row made into a record."""
        with self._failures_told():
            rows = await self._opened(self._reader).execute_fetchall(query, values)
            return [made_of(*row) for row in rows]

    async def _read_one(
        self, made_of: Callable[..., Record], query: str, *values: object
    ) -> Record | None:
        records = await self._read(made_of, query, *values)
        return records[0] if records else None

    async def _look_up_one(
        self, made_of: Callable[..., Record], query: str, *values: object
    ) -> Record | None:
        records = await self._look_up(made_of, query, *values)
        return records[0] if records else None

    async def _look_up(
        self, made_of: Callable[..., Record], query: str, *values: object
    ) -> list[Record]:
        """As `_read`, for the few rows that an index leads to.

        They take some microseconds, and asking another thread for them several times as long.
        """
        with self._failures_told():
            try:
                rows = self._opened(self._pointer).execute(query, values).fetchall()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                return await self._read(made_of, query, *values)
            return [made_of(*row) for row in rows]

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        async with self._writing:
            connection = self._opened(self._writer)
            with self._failures_told():
                try:
                    await connection.execute_fetchall("BEGIN IMMEDIATE")
                    yield connection
                    await asyncio.to_thread(self._refuse_moved)
                    await connection.execute_fetchall("COMMIT")
                finally:
                    # Does nothing after a commit; undoes the rest, a cancelled task's too.
                    await connection.rollback()

    def _opened(self, connection: Connection | None) -> Connection:
        if connection is None:
            raise StoreUnavailable(f"The store {self._path} is not open.")
        return connection

    @contextmanager
    def _failures_told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            # The low byte is the kind, the rest its subkind; misuse of the module has none.
            kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
            sentence = SENTENCES.get(kind, f"failed: {error}")
            raise StoreUnavailable(f"The store {self._path} {sentence}.") from error
        except OSError as error:
            raise StoreUnavailable(
                f"The data folder {self._path.parent} cannot be made: {error.strerror}."
            ) from error
        except ValidationError as error:
            raise StoreUnavailable(
                f"The store {self._path} holds a record that this Candor cannot read."
            ) from error


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another one of the same name; None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


async def _keep_a_log(connection: aiosqlite.Connection) -> None:
    """Turn WAL on, which the file remembers.

    The change needs the file alone, and SQLite does not wait for that as it waits for a lock:
    of several processes that open a new file, all but one are told at once that it is busy.
    """
    give_up = time.monotonic() + BUSY_S
    while True:
        try:
            await connection.execute_fetchall("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > give_up:
                raise
        await asyncio.sleep(0.01)


async def fetched(
    connection: aiosqlite.Connection, statement: str, values: Sequence[object] = ()
) -> list[Any]:
    """The rows of a statement inside a transaction."""
    return list(await connection.execute_fetchall(statement, values))
