"""The embedded store: one SQLite file, no server, any number of processes on one machine.

    file        the connections, transactions, and what is said when they fail
    schema      the tables, and how an older file becomes today's
    verdicts    verdicts, and the bytes that lead to them
    traces      what tells alike pictures apart: perceptual hashes, witnesses, links
    sightings   how often and where pictures were met
    known       labels from elsewhere
    keys        keys of callers
    replays     answers to be given again
    jobs        what is checked while nobody waits
    reviews     what people say of verdicts, and what waits for them
    names       what callers call pictures
    audit       who did what
    clips       what came of clips
    deletion    a verdict with all that hangs on it

`api.store.store_for` makes it.
"""

from __future__ import annotations

from api.store.sqlite.audit import AuditLog
from api.store.sqlite.clips import Clips
from api.store.sqlite.deletion import Deletion
from api.store.sqlite.jobs import JobTables
from api.store.sqlite.keys import ApiKeys
from api.store.sqlite.known import KnownHashes
from api.store.sqlite.names import ExternalNames
from api.store.sqlite.replays import Replays
from api.store.sqlite.reviews import Remarks
from api.store.sqlite.sightings import Sightings
from api.store.sqlite.traces import Traces
from api.store.sqlite.verdicts import Verdicts


class SqliteStore(
    Verdicts,
    Traces,
    Sightings,
    KnownHashes,
    ApiKeys,
    Replays,
    JobTables,
    Remarks,
    ExternalNames,
    AuditLog,
    Clips,
    Deletion,
):
    """`api.store.Store` in the file `path`; its folder is made when it is opened.

    `retention_days` is for whoever calls `forget_before`: a file does not age by itself.
    """
