"""The tables of the SQLite store, and how an older file becomes today's.

`verdict` holds each verdict as the JSON text that clients read, so its timestamps come back
to the microsecond, beside the columns that are searched. `picture_bytes` says which digests of
bytes lead to it, and what differs between files of the same pixels. What comes later hangs on
the verdict's id in the same way: a table of perceptual bands or of reputation references
`verdict (id)` and goes with it, and a time to live is a range over `checked_at`, for which a
migration adds the index.

Only `api.store.sqlite` calls this.
"""

from __future__ import annotations

import aiosqlite

from api.errors import StoreUnavailable

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE verdict (
            id TEXT NOT NULL PRIMARY KEY,
            pixels_sha256 TEXT NOT NULL,
            model_id TEXT NOT NULL,
            checked_at REAL NOT NULL,  -- seconds since 1970, UTC
            document TEXT NOT NULL
        ) STRICT
        """,
        # by_pixels, and the promise of one verdict per picture and model.
        "CREATE UNIQUE INDEX verdict_by_pixels ON verdict (pixels_sha256, model_id)",
        # by_bytes reads the primary key.
        """
        CREATE TABLE picture_bytes (
            sha256 TEXT NOT NULL,
            model_id TEXT NOT NULL,
            verdict_id TEXT NOT NULL REFERENCES verdict (id) ON DELETE CASCADE,
            format TEXT NOT NULL,
            frames INTEGER NOT NULL,
            PRIMARY KEY (sha256, model_id)
        ) STRICT, WITHOUT ROWID
        """,
        # The cascade: without it each deleted verdict scans the table.
        "CREATE INDEX picture_bytes_by_verdict ON picture_bytes (verdict_id)",
    ),
)


async def migrate(connection: aiosqlite.Connection) -> None:
    """Bring the file to the newest schema, in one transaction.

    Processes that start together queue for the write lock before they read the version, so
    each step runs once.

    Raises:
        StoreUnavailable: A newer Candor wrote the file.
    """
    await connection.execute_fetchall("BEGIN IMMEDIATE")
    try:
        ((version,),) = await connection.execute_fetchall("PRAGMA user_version")
        if version > len(MIGRATIONS):
            raise StoreUnavailable(
                f"The store has schema {version} and this Candor knows {len(MIGRATIONS)}: "
                "use the newer Candor that wrote it, or another data folder."
            )
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                await connection.execute_fetchall(statement)
        await connection.execute_fetchall(f"PRAGMA user_version = {len(MIGRATIONS)}")
        await connection.execute_fetchall("COMMIT")
    finally:
        await connection.rollback()
