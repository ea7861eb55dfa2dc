"""The embedded store: one SQLite file, no server, any number of processes on one machine.

WAL lets readers pass a writer. `synchronous=FULL` syncs the log at every commit: against a kill
less would do, against a power cut it would not, and one fsync is little beside the model. WAL
needs shared memory, so the file must not lie on a network share. The tables are in
`api.store.schema`. `api.store.store_for` makes it.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiosqlite
from pydantic import ValidationError

from api.errors import StoreUnavailable
from api.store.schema import migrate
from api.verdict import PictureFacts, Verdict

BUSY_S = 5.0
"""How long to wait for another process that writes."""

SENTENCES = {
    sqlite3.SQLITE_BUSY: f"was held by another process for over {BUSY_S:g} s; try again",
    sqlite3.SQLITE_FULL: "cannot grow, the disk is full; make room and try again",
    sqlite3.SQLITE_READONLY: "may not be written; check the rights of the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check the folder and its rights",
    sqlite3.SQLITE_NOTADB: "is no SQLite file; move it away or name another data folder",
    sqlite3.SQLITE_CORRUPT: "is damaged; put back a copy or move it away",
}

BY_PIXELS = "SELECT document FROM verdict WHERE pixels_sha256 = ? AND model_id = ?"

BY_BYTES = """
    SELECT json_set(
        document, '$.picture.sha256', sha256, '$.picture.format', format, '$.picture.frames', frames
    )
    FROM picture_bytes JOIN verdict ON verdict.id = verdict_id
    WHERE sha256 = ? AND picture_bytes.model_id = ?
"""

REMEMBER = """
    INSERT INTO verdict (id, pixels_sha256, model_id, checked_at, document)
    VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""

LINK = """
    INSERT INTO picture_bytes (sha256, format, frames, model_id, verdict_id)
    SELECT ?, ?, ?, model_id, id FROM verdict WHERE id = ?
    ON CONFLICT DO UPDATE
    SET verdict_id = excluded.verdict_id, format = excluded.format, frames = excluded.frames
    WHERE (verdict_id, format, frames)
        <> (excluded.verdict_id, excluded.format, excluded.frames)
"""


class SqliteStore:
    """`api.store.Store` in the file `path`; its folder is made when it is opened.

    A connection runs one transaction at a time, so writers take turns; readers have a
    connection of their own, which sees only what was committed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._writing = asyncio.Lock()
        self._writer: aiosqlite.Connection | None = None
        self._reader: aiosqlite.Connection | None = None

    async def open(self) -> None:
        if self._reader is not None:
            return
        with self._failures_told():
            self._make_file()
            try:
                self._writer = await self._connect("PRAGMA foreign_keys = ON")
                await migrate(self._writer)
                self._reader = await self._connect("PRAGMA query_only = ON")
            except BaseException:
                await self.close()
                raise

    async def close(self) -> None:
        async with self._writing:
            writer, reader = self._writer, self._reader
            self._writer = self._reader = None
            for connection in filter(None, (reader, writer)):
                await connection.close()

    async def ping(self) -> None:
        await self._read("SELECT document FROM verdict LIMIT 1")
        # SQLite goes on writing to a file that was deleted, and all of it is lost at the end.
        if not await asyncio.to_thread(self._path.exists):
            raise StoreUnavailable(f"{self._path} was moved or deleted. Restart the service.")

    async def put(self, verdict: Verdict) -> Verdict:
        stored = verdict.stored()
        key = (stored.picture.pixels_sha256, stored.model.id)
        row = (stored.id, *key, stored.checked_at.timestamp(), stored.model_dump_json())
        async with self._transaction() as connection:
            await connection.execute_fetchall(REMEMBER, row)
            documents = list(await connection.execute_fetchall(BY_PIXELS, key))
            if not documents:
                raise ValueError(f"verdict id {stored.id!r} belongs to another picture or model")
            kept = Verdict.model_validate_json(documents[0][0])
            await connection.execute_fetchall(LINK, _link(stored.picture, kept))
        return kept.model_copy(update={"picture": stored.picture})

    async def get(self, verdict_id: str) -> Verdict | None:
        return await self._read("SELECT document FROM verdict WHERE id = ?", verdict_id)

    async def by_bytes(self, sha256: str, model_id: str) -> Verdict | None:
        return await self._read(BY_BYTES, sha256, model_id)

    async def by_pixels(self, pixels_sha256: str, model_id: str) -> Verdict | None:
        return await self._read(BY_PIXELS, pixels_sha256, model_id)

    async def link_bytes(self, picture: PictureFacts, verdict: Verdict) -> None:
        async with self._transaction() as connection:
            await connection.execute_fetchall(LINK, _link(picture, verdict))

    def _make_file(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # aiosqlite that fails to connect leaves a thread behind, which may outlive the loop.
        sqlite3.connect(self._path).close()

    async def _connect(self, pragma: str) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(self._path, timeout=BUSY_S, isolation_level=None)
        try:
            for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", pragma):
                await connection.execute_fetchall(statement)
        except BaseException:
            # Its thread would keep the process alive.
            await connection.close()
            raise
        return connection

    async def _read(self, query: str, *values: str) -> Verdict | None:
        with self._failures_told():
            rows = list(await self._opened(self._reader).execute_fetchall(query, values))
            return Verdict.model_validate_json(rows[0][0]) if rows else None

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        async with self._writing:
            connection = self._opened(self._writer)
            with self._failures_told():
                try:
                    await connection.execute_fetchall("BEGIN IMMEDIATE")
                    yield connection
                    await connection.execute_fetchall("COMMIT")
                finally:
                    # Does nothing after a commit; undoes the rest, a cancelled task's too.
                    await connection.rollback()

    def _opened(self, connection: aiosqlite.Connection | None) -> aiosqlite.Connection:
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
                f"The store {self._path} holds a verdict that this Candor cannot read."
            ) from error


def _link(picture: PictureFacts, verdict: Verdict) -> tuple[str, str, int, str]:
    """The values of `LINK`."""
    return picture.sha256, picture.format, picture.frames, verdict.id
