"""The tables of the SQLite store, and how an older file becomes today's.

`verdict` holds each verdict as the JSON text that clients read, so its timestamps come back
to the microsecond, beside the columns that are searched. `picture_bytes` says which digests of
bytes lead to it, and what differs between files of the same pixels. Everything else that hangs on
a verdict references `verdict (id)` and goes with it, but for `band`, which `forget_before` clears.
What was met on a host stays. Times are microseconds since 1970 unless said otherwise.

Only `api.store.sqlite.file` calls this.
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
    (
        # Behind the document, so that whoever reads that does not read a witness of 6 kB.
        "ALTER TABLE verdict ADD COLUMN quarantined INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE verdict ADD COLUMN witness BLOB",
        # forget_before
        "CREATE INDEX verdict_by_age ON verdict (checked_at)",
        # near, and hashes_since by its key: AUTOINCREMENT never gives one out again, and one
        # transaction writes at a time, so keys are in the order of the commits.
        """
        CREATE TABLE perceptual_hash (
            entry INTEGER PRIMARY KEY AUTOINCREMENT,
            verdict_id TEXT NOT NULL REFERENCES verdict (id) ON DELETE CASCADE,
            pdq TEXT NOT NULL
        ) STRICT
        """,
        # The cascade, and forget_before, which clears the bands of each verdict.
        "CREATE UNIQUE INDEX perceptual_hash_by_verdict ON perceptual_hash (verdict_id)",
        # near, and latest by PDQ, read the primary key. No reference to perceptual_hash: SQLite
        # would need a second index as large as this table to follow it.
        """
        CREATE TABLE band (
            key INTEGER NOT NULL,  -- band << 16 | value, see api.store.bands
            entry INTEGER NOT NULL,
            PRIMARY KEY (key, entry)
        ) STRICT, WITHOUT ROWID
        """,
        # links reads the primary key for the relatives that came before.
        """
        CREATE TABLE link (
            verdict_id TEXT NOT NULL REFERENCES verdict (id) ON DELETE CASCADE,
            relative_id TEXT NOT NULL REFERENCES verdict (id) ON DELETE CASCADE,
            distance INTEGER NOT NULL,
            same_picture INTEGER NOT NULL,
            PRIMARY KEY (verdict_id, relative_id)
        ) STRICT, WITHOUT ROWID
        """,
        # links for the relatives that came later, and the cascade.
        "CREATE INDEX link_by_relative ON link (relative_id)",
        # seen reads the primary key.
        """
        CREATE TABLE seen (
            verdict_id TEXT NOT NULL PRIMARY KEY REFERENCES verdict (id) ON DELETE CASCADE,
            times INTEGER NOT NULL,
            times_near INTEGER NOT NULL,
            first_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        # at_address reads the primary key.
        """
        CREATE TABLE address (
            sha256 TEXT NOT NULL PRIMARY KEY,
            verdict_id TEXT NOT NULL REFERENCES verdict (id) ON DELETE CASCADE,
            fetched_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        # The cascade.
        "CREATE INDEX address_by_verdict ON address (verdict_id)",
        # host reads the primary key.
        """
        CREATE TABLE host_day (
            host TEXT NOT NULL,
            day TEXT NOT NULL,  -- 2026-03-29, UTC
            label TEXT NOT NULL,
            times INTEGER NOT NULL,
            PRIMARY KEY (host, day, label)
        ) STRICT, WITHOUT ROWID
        """,
        # The last batches of sightings, so that one told again counts once.
        """
        CREATE TABLE batch (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE
        ) STRICT
        """,
        """
        CREATE TABLE known_hash (
            entry INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            value TEXT NOT NULL,
            source TEXT NOT NULL,
            added_at INTEGER NOT NULL,
            document TEXT NOT NULL
        ) STRICT
        """,
        # known, all_known, and the promise of one label per hash and source.
        "CREATE UNIQUE INDEX known_hash_by_value ON known_hash (kind, value, source)",
        # known_near reads the primary key. Apart from `band`: an imported list may be a thousand
        # times longer than what was scored, and near must not wade through it.
        """
        CREATE TABLE known_band (
            key INTEGER NOT NULL,
            entry INTEGER NOT NULL,
            PRIMARY KEY (key, entry)
        ) STRICT, WITHOUT ROWID
        """,
    ),
    (
        """
        CREATE TABLE api_key (
            id TEXT NOT NULL PRIMARY KEY,
            document TEXT NOT NULL
        ) STRICT
        """,
        # begin_replay and what follows it read the primary key.
        """
        CREATE TABLE replay (
            caller TEXT NOT NULL,
            key TEXT NOT NULL,
            began_at INTEGER NOT NULL,
            fingerprint TEXT NOT NULL,
            claimant TEXT NOT NULL,
            claimed_until INTEGER NOT NULL,
            answer TEXT,  -- null while the request is being answered
            PRIMARY KEY (caller, key)
        ) STRICT
        """,
        # forget_replays
        "CREATE INDEX replay_by_age ON replay (began_at)",
    ),
    (
        """
        CREATE TABLE job (
            id TEXT NOT NULL PRIMARY KEY,
            caller TEXT NOT NULL,
            total INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            state TEXT NOT NULL,
            reason TEXT,
            started_at INTEGER,
            finished_at INTEGER,
            tally TEXT,  -- once it has ended; until then items are counted
            webhook TEXT,
            delivery_at INTEGER,  -- when the webhook is to be called, or a caller's claim ends
            delivery_claimant TEXT
        ) STRICT
        """,
        # jobs_of
        "CREATE INDEX job_by_caller ON job (caller, created_at, id)",
        # open_jobs
        "CREATE INDEX job_unfinished ON job (created_at) WHERE finished_at IS NULL",
        # forget_jobs
        "CREATE INDEX job_by_end ON job (finished_at) WHERE finished_at IS NOT NULL",
        # claim_delivery
        "CREATE INDEX job_by_delivery ON job (delivery_at) WHERE delivery_at IS NOT NULL",
        # job_results, and all that names an item, read the primary key.
        """
        CREATE TABLE job_item (
            job_id TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            ready_at INTEGER,  -- while it is open: from when on it may be claimed
            claimant TEXT,
            tries INTEGER NOT NULL DEFAULT 0,
            lost INTEGER NOT NULL DEFAULT 0,
            external_id TEXT,
            url TEXT NOT NULL,
            outcome TEXT,
            status INTEGER,
            verdict_id TEXT,
            document TEXT,
            PRIMARY KEY (job_id, number)
        ) STRICT, WITHOUT ROWID
        """,
        # claim_item, finish_job, cancel_job
        "CREATE INDEX job_item_open ON job_item (job_id, ready_at) WHERE ready_at IS NOT NULL",
        # The tally of a job
        "CREATE INDEX job_item_by_outcome ON job_item (job_id, outcome)",
        # forget_job_results
        "CREATE INDEX job_item_by_verdict ON job_item (verdict_id) WHERE verdict_id IS NOT NULL",
    ),
    (
        # A row for each reason for which a verdict waits for a person.
        """
        CREATE TABLE waiting (
            verdict_id TEXT NOT NULL REFERENCES verdict (id) ON DELETE CASCADE,
            urgency INTEGER NOT NULL,  -- of the reason, 0 is the most urgent
            checked_at REAL NOT NULL,
            PRIMARY KEY (verdict_id, urgency)
        ) STRICT, WITHOUT ROWID
        """,
        # queue
        "CREATE INDEX waiting_in_order ON waiting (urgency, checked_at, verdict_id)",
        """
        CREATE TABLE remark (
            id TEXT NOT NULL PRIMARY KEY,
            pixels_sha256 TEXT NOT NULL,
            at INTEGER NOT NULL,
            document TEXT NOT NULL
        ) STRICT
        """,
        # remarks, and delete_verdict
        "CREATE INDEX remark_by_pixels ON remark (pixels_sha256, at)",
        # forget_before
        "CREATE INDEX remark_by_age ON remark (at)",
        # named reads the primary key.
        """
        CREATE TABLE external_name (
            caller TEXT NOT NULL,
            external_id TEXT NOT NULL,
            pixels_sha256 TEXT NOT NULL,
            verdict_id TEXT NOT NULL REFERENCES verdict (id) ON DELETE CASCADE,
            PRIMARY KEY (caller, external_id)
        ) STRICT, WITHOUT ROWID
        """,
        # The cascade.
        "CREATE INDEX external_name_by_verdict ON external_name (verdict_id)",
        # ids_named, forget_name
        "CREATE INDEX external_name_by_id ON external_name (external_id)",
        """
        CREATE TABLE audit (
            id TEXT NOT NULL PRIMARY KEY,
            at INTEGER NOT NULL,
            caller TEXT NOT NULL,
            subject TEXT NOT NULL,
            document TEXT NOT NULL
        ) STRICT
        """,
        # entries of everybody, and forget_entries
        "CREATE INDEX audit_by_time ON audit (at, id)",
        # entries of a caller
        "CREATE INDEX audit_by_caller ON audit (caller, at, id)",
        # entries about a subject
        "CREATE INDEX audit_by_subject ON audit (subject, at, id)",
    ),
    (
        # clip reads the primary key.
        """
        CREATE TABLE clip (
            caller TEXT NOT NULL,
            id TEXT NOT NULL,
            ended_at INTEGER NOT NULL,
            document TEXT NOT NULL,
            PRIMARY KEY (caller, id)
        ) STRICT
        """,
        # keep_clip, which counts a caller's
        "CREATE INDEX clip_by_caller ON clip (caller, ended_at)",
        # forget_clips
        "CREATE INDEX clip_by_age ON clip (ended_at)",
    ),
    (
        # forget_before, which blanks the notes of reviews and keeps their labels
        """
        CREATE INDEX known_hash_note_by_age ON known_hash (added_at)
        WHERE source = 'review' AND json_extract(document, '$.note') <> ''
        """,
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
