"""Takes jobs and tells of them, each caller of its own.

Of the steps between a request and a store; `api.routes.jobs` speaks HTTP, `api.job_runner` works.
"""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from api.errors import Cancelled, NotFound, TooManyRequests, shown
from api.job_answer import JobAnswer, JobsAnswer, told
from api.job_runner import JobRunner
from api.job_uploads import WebhookRequest
from api.jobs import Job, JobItem, Webhook
from api.lines import Place, line, line_of_text
from api.problem import problem_of
from api.replays import Claim
from api.store import Store
from api.store.tallies import microseconds, moment
from api.webhooks import address_of, new_secret, refuse_secret

OPEN_JOBS_AT_MOST = 20
OPEN_ITEMS_AT_MOST = 200_000
COME_BACK_S = 60
CANCELLED = "The caller cancelled it."
NOT_CHECKED = Cancelled("The job was cancelled before this picture's turn.")


class JobDesk:
    """What callers may do with jobs.

    Args:
        private_hosts: `host:port` pairs of webhooks that are called though not public.
    """

    def __init__(self, store: Store, runner: JobRunner, private_hosts: frozenset[str]) -> None:
        self._store = store
        self._runner = runner
        self._private_hosts = private_hosts
        self._taking = asyncio.Lock()

    async def take(
        self,
        caller: str,
        items: Sequence[JobItem],
        wished: WebhookRequest | None,
        claim: Claim | None,
    ) -> JobAnswer:
        """Make a job; of a request with an `Idempotency-Key` that was taken before, tell again.

        Raises:
            InvalidRequest: The webhook cannot be called.
            TooManyRequests: The caller has as much under way as it may.
        """
        job = Job(
            id=await asyncio.to_thread(_id, claim, items, wished),
            caller=caller,
            total=len(items),
            created_at=datetime.now(UTC),
            webhook=self._webhook(wished) if wished else None,
        )
        async with self._taking:
            known = await self._store.job(job.id)
            if known is None:
                await self._refuse_too_much(caller, len(items))
                await self._store.add_job(job, items)
                known = await self._store.job(job.id)
        self._runner.wake()
        # Cancelled or deleted by another request of the caller in this very moment, perhaps.
        job = known or job
        ours = wished is not None and wished.secret is None and job.webhook is not None
        return told(job, job.webhook.secret if ours and job.webhook else None)

    async def job(self, caller: str, job_id: str) -> Job:
        """A job of this caller.

        Raises:
            NotFound: There is none; another's is as good as none.
        """
        job = await self._store.job(job_id)
        if job is None or job.caller != caller:
            raise NotFound(f"There is no job {shown(job_id)} of yours; GET /v1/jobs lists them.")
        return job

    async def jobs(self, caller: str, before: str | None, limit: int) -> JobsAnswer:
        """A page of the caller's jobs.

        Args:
            before: `next` of the page before.

        Raises:
            ValueError: It is not.
        """
        place = _place(before) if before is not None else None
        jobs = await self._store.jobs_of(caller, place, limit)
        more = f"{microseconds(jobs[-1].created_at)}-{jobs[-1].id}" if len(jobs) == limit else None
        return JobsAnswer(jobs=tuple(map(told, jobs)), next=more)

    async def results(
        self, caller: str, job_id: str, after: int, limit: int
    ) -> tuple[list[bytes], int | None]:
        """Lines of the items above `after` up to the first that is open, at most `limit`.

        Returns:
            The lines, and the next `after`; None at the end of a job that has ended.
        """
        job = await self.job(caller, job_id)
        lines: list[bytes] = []
        for item in await self._store.job_results(job_id, after, limit):
            if item.open:
                break
            place, result = Place(item.number, item.external_id), item.result
            if result is None:
                lines.append(line(place, problem_of(NOT_CHECKED)))
            else:
                lines.append(line_of_text(place, result.status, result.document))
        last = after + len(lines)
        return lines, last if last + 1 < job.total else None

    async def cancel(self, caller: str, job_id: str) -> JobAnswer:
        """End a job, if it has not ended. What was found stays."""
        await self.job(caller, job_id)
        await self._store.cancel_job(job_id, CANCELLED, datetime.now(UTC))
        return told(await self.job(caller, job_id))

    async def delete(self, caller: str, job_id: str) -> None:
        """Forget a job, ended or not, with its results."""
        await self.job(caller, job_id)
        await self._store.delete_job(job_id)

    def _webhook(self, wished: WebhookRequest) -> Webhook:
        address = address_of(wished.url, self._private_hosts)
        if wished.secret is not None:
            refuse_secret(wished.secret)
        return Webhook(url=address.url, secret=wished.secret or new_secret())

    async def _refuse_too_much(self, caller: str, items: int) -> None:
        mine = [job for job in await self._store.open_jobs() if job.caller == caller]
        under_way = sum(job.total for job in mine)
        if len(mine) >= OPEN_JOBS_AT_MOST or (mine and under_way + items > OPEN_ITEMS_AT_MOST):
            raise TooManyRequests(
                f"You have {len(mine)} jobs of {under_way:,} pictures under way; at most "
                f"{OPEN_JOBS_AT_MOST} jobs and {OPEN_ITEMS_AT_MOST:,} pictures may be. Wait for "
                "one to end, or cancel one.",
                retry_after_s=COME_BACK_S,
            )


def _id(claim: Claim | None, items: Sequence[JobItem], wished: WebhookRequest | None) -> str:
    """Of a request with a key, always the same: whoever died before it answered made the job."""
    if claim is None:
        return uuid.uuid4().hex
    digest = hashlib.sha256(repr((claim.caller, claim.key, wished and wished.url)).encode())
    for item in items:
        digest.update(repr((item.external_id, item.url)).encode())
    return digest.hexdigest()[:32]


def _place(before: str) -> tuple[datetime, str]:
    at, _, job_id = before.partition("-")
    if not (at.isascii() and at.isdigit() and len(at) <= 16):
        raise ValueError(before)
    return moment(int(at)), job_id
