"""The store in MongoDB, for services that share one memory.

    connection  the client, and what is said when it fails; the only module that knows Motor
    schema      the indexes, and how an older database becomes today's
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
    deletion    a verdict with all that hangs on it

No transactions, which a single server does not have: a verdict is one document with all that
belongs to it, so it is written, and goes, as a whole.

    verdicts        _id            the verdict's id
                    pixels_sha256  |
                    model_id       | lifted out of the document to be searched
                    checked_at     | a BSON date, for the time to live
                    document       the verdict as clients read it, timestamps as ISO text, since
                                   a BSON date ends at the millisecond
                    bands          16 keys of `api.store.bands`, if `near` may find it
                    came           when that was written, by the server's clock
                    witness        binary
                    relatives      [{verdict_id, distance, same_picture}], of before it came
                    quarantined    true, or missing
                    waits          {reasons, urgency, checked_at}, while it waits for a person;
                                   seconds since 1970
                    seen           {times, times_near, first_at, last_at, batches}
    picture_bytes   sha256         |
                    model_id       | the bytes, and the verdict that they lead to
                    verdict_id     |
                    format         |
                    frames         | what differs between files of the same pixels
                    checked_at     the verdict's, so that both go at the same age
    addresses       _id            the digest of an address
                    verdict_id, fetched_at, checked_at
    host_days       host, day, label, times, batches
    known_hashes    _id            kind:value:source, which sorts as the three do
                    value, bands, document
    api_keys        _id            a key's id
                    document
    replays         _id            caller:Idempotency-Key
                    began_at       a BSON date, for the time to live
                    fingerprint, claimant, claimed_until, answer {status, headers, body}
    jobs            _id            a job's id
                    caller, total, state, reason, tally, webhook, delivery_claimant
                    created_at, started_at, finished_at, delivery_at
                    open_since     created_at, until it has ended
                    hidden_since   while its items are being written or deleted
    job_items       _id            job:number
                    job_id, number, external_id, url, claimant, tries, lost
                    ready_at       while it is open: from when on it may be claimed
                    outcome, status, document, verdict_id
    remarks         _id            a remark's id
                    pixels_sha256, at, document
    external_names  caller         |
                    external_id    | the name, and the verdict that it leads to
                    verdict_id     |
                    pixels_sha256  of the caller's picture
                    checked_at     the verdict's
    audit           _id            an entry's id
                    at, caller, subject, document
    clips           _id            caller:the id of a clip's check
                    caller, ended_at, document
    schema          _id: candor, version, claimed_until

`at`, and `..._at` in `seen`, `jobs`, `job_items`, `addresses` and `clips`, are microseconds since
1970.
On a sharded cluster, shard `verdicts` on `pixels_sha256`, `picture_bytes` on `sha256` and
`host_days` on `host`, each the prefix of its unique index, `job_items` on `job_id`, `remarks` on
`pixels_sha256`, `external_names` on `caller`, and `addresses`, `known_hashes`, `replays`, `audit`,
`clips` and `jobs` on the hashed `_id`.

`api.store.store_for` makes it.
"""

from __future__ import annotations

from api.store.mongo.audit import AuditLog
from api.store.mongo.clips import Clips
from api.store.mongo.deletion import Deletion
from api.store.mongo.jobs import JobCollections
from api.store.mongo.keys import ApiKeys
from api.store.mongo.known import KnownHashes
from api.store.mongo.names import ExternalNames
from api.store.mongo.replays import Replays
from api.store.mongo.reviews import Remarks
from api.store.mongo.sightings import Sightings
from api.store.mongo.traces import Traces
from api.store.mongo.verdicts import Verdicts


class MongoStore(
    Verdicts,
    Traces,
    Sightings,
    KnownHashes,
    ApiKeys,
    Replays,
    Deletion,
    JobCollections,
    Remarks,
    ExternalNames,
    AuditLog,
    Clips,
):
    """`api.store.Store` in the database that `url` names, `candor` if it names none.

    Writes wait for a majority's journal, whatever the URL says: `put` promises that. MongoDB
    forgets by itself what was checked over `retention_days` ago.
    """
