"""Jobs in the embedded store.

An item is open while it has a `ready_at`: the moment from which it may be claimed. It begins as
the item's number, microseconds after 1970, so that items are claimed in their order; a claim moves
it to the claim's end.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime

import aiosqlite

from api.jobs import (
    ClaimedItem,
    Delivery,
    ItemResult,
    Job,
    JobItem,
    JobState,
    OpenJob,
    Outcome,
    Result,
    Tally,
    Webhook,
    deleted_result,
)
from api.store.sqlite.file import SqliteFile, fetched
from api.store.tallies import microseconds, moment

COLUMNS = "id, caller, total, created_at, state, reason, started_at, finished_at, tally, webhook"

ADD = """
    INSERT INTO job (id, caller, total, created_at, state, webhook)
    VALUES (?, ?, ?, ?, 'queued', ?) ON CONFLICT DO NOTHING RETURNING id
"""

ADD_ITEM = """
    INSERT INTO job_item (job_id, number, ready_at, external_id, url) VALUES (?, ?, ?, ?, ?)
"""

JOB = f"SELECT {COLUMNS} FROM job WHERE id = ?"  # noqa: S608 - our own columns

JOBS_OF = f"""
    SELECT {COLUMNS} FROM job WHERE caller = ? AND (created_at, id) < (?, ?)
    ORDER BY created_at DESC, id DESC LIMIT ?
"""  # noqa: S608 - our own columns

OPEN_JOBS = """
    SELECT id, caller, total FROM job WHERE finished_at IS NULL AND created_at >= 0
    ORDER BY created_at
"""

COUNT = """
    SELECT outcome, count(*) FROM job_item
    WHERE job_id = ? AND outcome IN ('real', 'fake', 'uncertain', 'failed') GROUP BY outcome
"""

CLAIM = """
    UPDATE job_item
    SET claimant = ?, ready_at = ?, tries = tries + 1, lost = lost + (claimant IS NOT NULL)
    WHERE job_id = ? AND number = (
        SELECT number FROM job_item WHERE job_id = ? AND ready_at <= ? ORDER BY ready_at LIMIT 1
    )
    RETURNING job_id, number, claimant, url, tries, lost, external_id
"""

START = "UPDATE job SET state = 'running', started_at = ? WHERE id = ? AND state = 'queued'"

OURS = "job_id = ? AND number = ? AND claimant = ?"

HOLD = f"UPDATE job_item SET ready_at = ? WHERE {OURS}"  # noqa: S608

RELEASE = f"UPDATE job_item SET ready_at = ?, claimant = NULL WHERE {OURS}"  # noqa: S608

RECORD = f"""
    UPDATE job_item SET ready_at = NULL, claimant = NULL,
        outcome = ?, status = ?, document = ?, verdict_id = ?
    WHERE {OURS} RETURNING 1
"""  # noqa: S608

ANY_OPEN = "SELECT 1 FROM job_item WHERE job_id = ? AND ready_at >= 0 LIMIT 1"

LET_GO = """
    UPDATE job_item SET ready_at = NULL, claimant = NULL, outcome = 'cancelled'
    WHERE job_id = ? AND ready_at >= 0
"""

END = """
    UPDATE job SET state = ?, reason = ?, finished_at = ?, tally = ?,
        delivery_at = iif(webhook IS NULL, NULL, ?)
    WHERE id = ? AND finished_at IS NULL RETURNING 1
"""

UNENDED = "SELECT 1 FROM job WHERE id = ? AND finished_at IS NULL"

DELETE = "DELETE FROM job WHERE id = ? RETURNING 1"

RESULTS = """
    SELECT number, external_id, outcome, status, document, verdict_id, ready_at FROM job_item
    WHERE job_id = ? AND number > ? ORDER BY number LIMIT ?
"""

WITH_VERDICT = "SELECT DISTINCT job_id FROM job_item WHERE verdict_id = ?"

REPLACE = """
    UPDATE job_item SET outcome = ?, status = ?, document = ?, verdict_id = ?
    WHERE verdict_id = ? RETURNING 1
"""

COUNT_ANEW = "UPDATE job SET tally = ? WHERE id = ? AND tally IS NOT NULL"

OUTDATED = "SELECT id FROM job WHERE finished_at < ? LIMIT 1"

CLAIM_DELIVERY = f"""
    UPDATE job SET delivery_claimant = ?, delivery_at = ?
    WHERE id = (
        SELECT id FROM job
        WHERE delivery_at <= ? AND caller NOT IN (SELECT value FROM json_each(?))
        ORDER BY delivery_at LIMIT 1
    )
    RETURNING {COLUMNS}
"""  # noqa: S608 - our own columns

END_DELIVERY = """
    UPDATE job SET webhook = ?, delivery_at = ?, delivery_claimant = NULL
    WHERE id = ? AND delivery_claimant = ?
"""


class JobTables(SqliteFile):
    """The part of `api.store.Store` about jobs."""

    async def add_job(self, job: Job, items: Sequence[JobItem]) -> bool:
        webhook = job.webhook.model_dump_json() if job.webhook else None
        row = (job.id, job.caller, job.total, microseconds(job.created_at), webhook)
        rows = (
            (job.id, number, number, item.external_id, item.url)
            for number, item in enumerate(items)
        )
        async with self._transaction() as connection:
            if not await fetched(connection, ADD, row):
                return False
            await connection.executemany(ADD_ITEM, rows)
            return True

    async def job(self, job_id: str) -> Job | None:
        found = await self._read_one(_job, JOB, job_id)
        return await self._counted(found) if found else None

    async def jobs_of(
        self, caller: str, before: tuple[datetime, str] | None, limit: int
    ) -> tuple[Job, ...]:
        # Above every id and every moment that a file can hold.
        place = (microseconds(before[0]), before[1]) if before else (2**63 - 1, "")
        found = await self._read(_job, JOBS_OF, caller, *place, limit)
        return tuple([await self._counted(one) for one in found])

    async def open_jobs(self) -> tuple[OpenJob, ...]:
        return tuple(await self._read(OpenJob, OPEN_JOBS))

    async def claim_item(
        self, job_id: str, claimant: str, now: datetime, until: datetime
    ) -> ClaimedItem | None:
        values = (claimant, microseconds(until), job_id, job_id, microseconds(now))
        async with self._transaction() as connection:
            found = await fetched(connection, CLAIM, values)
            if not found:
                return None
            await fetched(connection, START, (microseconds(now), job_id))
            return ClaimedItem(*found[0])

    async def hold_items(self, items: Collection[ClaimedItem], until: datetime) -> None:
        async with self._transaction() as connection:
            await connection.executemany(
                HOLD, [(microseconds(until), *_claim(item)) for item in items]
            )

    async def release_item(self, item: ClaimedItem, ready_at: datetime) -> None:
        async with self._transaction() as connection:
            await fetched(connection, RELEASE, (microseconds(ready_at), *_claim(item)))

    async def record_item(self, item: ClaimedItem, result: Result) -> bool:
        async with self._transaction() as connection:
            return bool(await fetched(connection, RECORD, (*_result(result), *_claim(item))))

    async def finish_job(self, job_id: str, now: datetime) -> bool:
        async with self._transaction() as connection:
            if await fetched(connection, ANY_OPEN, (job_id,)):
                return False
            return await _end(connection, job_id, JobState.DONE, None, now)

    async def cancel_job(self, job_id: str, reason: str, now: datetime) -> bool:
        async with self._transaction() as connection:
            if not await fetched(connection, UNENDED, (job_id,)):
                return False
            await fetched(connection, LET_GO, (job_id,))
            return await _end(connection, job_id, JobState.CANCELLED, reason, now)

    async def delete_job(self, job_id: str) -> bool:
        async with self._transaction() as connection:
            return bool(await fetched(connection, DELETE, (job_id,)))

    async def job_results(self, job_id: str, after: int, limit: int) -> tuple[ItemResult, ...]:
        return tuple(await self._read(_item_result, RESULTS, job_id, after, limit))

    async def forget_job_results(self, verdict_id: str) -> int:
        async with self._transaction() as connection:
            return await forget_results(connection, verdict_id)

    async def forget_jobs(self, before: datetime) -> int:
        forgotten = 0
        # One by one: a hundred thousand items are half a second in which nobody else writes.
        while found := await self._read(str, OUTDATED, microseconds(before)):
            forgotten += await self.delete_job(found[0])
        return forgotten

    async def claim_delivery(
        self, claimant: str, now: datetime, until: datetime, not_of: Collection[str]
    ) -> Delivery | None:
        callers = json.dumps(list(not_of))
        values = (claimant, microseconds(until), microseconds(now), callers)
        async with self._transaction() as connection:
            found = await fetched(connection, CLAIM_DELIVERY, values)
            job = _job(*found[0]) if found else None
        if job is None or job.webhook is None:
            return None
        return Delivery(job, job.webhook, claimant)

    async def end_delivery(self, delivery: Delivery, webhook: Webhook) -> None:
        again = webhook.next_attempt_at
        values = (webhook.model_dump_json(), again and microseconds(again))
        async with self._transaction() as connection:
            await fetched(connection, END_DELIVERY, (*values, delivery.job.id, delivery.claimant))

    async def _counted(self, job: Job) -> Job:
        if job.finished_at is not None:
            return job
        rows = await self._read(lambda *row: row, COUNT, job.id)
        return job.model_copy(update={"tally": _tally(rows)})


async def forget_results(connection: aiosqlite.Connection, verdict_id: str) -> int:
    """Take a verdict out of the results of jobs, in this transaction; out of how many."""
    jobs = await fetched(connection, WITH_VERDICT, (verdict_id,))
    replaced = await fetched(connection, REPLACE, (*_result(deleted_result()), verdict_id))
    for (job_id,) in jobs:
        tally = _tally(await fetched(connection, COUNT, (job_id,)))
        await fetched(connection, COUNT_ANEW, (tally.model_dump_json(), job_id))
    return len(replaced)


async def _end(
    connection: aiosqlite.Connection,
    job_id: str,
    state: JobState,
    reason: str | None,
    now: datetime,
) -> bool:
    tally = _tally(await fetched(connection, COUNT, (job_id,)))
    at = microseconds(now)
    values = (state, reason, at, tally.model_dump_json(), at, job_id)
    return bool(await fetched(connection, END, values))


def _tally(rows: Sequence[tuple[str, int]]) -> Tally:
    return Tally(**dict(rows))


def _job(
    job_id: str,
    caller: str,
    total: int,
    created_at: int,
    state: str,
    reason: str | None,
    started_at: int | None,
    finished_at: int | None,
    tally: str | None,
    webhook: str | None,
) -> Job:
    return Job(
        id=job_id,
        caller=caller,
        total=total,
        created_at=moment(created_at),
        state=JobState(state),
        reason=reason,
        started_at=None if started_at is None else moment(started_at),
        finished_at=None if finished_at is None else moment(finished_at),
        tally=Tally.model_validate_json(tally) if tally else Tally(),
        webhook=Webhook.model_validate_json(webhook) if webhook else None,
    )


def _item_result(
    number: int,
    external_id: str | None,
    outcome: str | None,
    status: int | None,
    document: str | None,
    verdict_id: str | None,
    ready_at: int | None,
) -> ItemResult:
    if outcome is None or status is None or document is None:
        return ItemResult(number, external_id, None, ready_at is not None)
    result = Result(Outcome(outcome), status, document, verdict_id)
    return ItemResult(number, external_id, result, open=False)


def _claim(item: ClaimedItem) -> tuple[str, int, str]:
    """The values of `OURS`."""
    return item.job_id, item.number, item.claimant


def _result(result: Result) -> tuple[str, int, str, str | None]:
    return result.outcome, result.status, result.document, result.verdict_id
