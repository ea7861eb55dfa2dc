"""Jobs: many addresses of pictures that are checked while nobody waits.

What a job is made of, and what a store promises of it. `api.job_runner` does the work,
`api.webhooks` says how its end is told, and `api.routes.jobs` takes and gives.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import AwareDatetime, Field

from api.errors import Deleted
from api.lines import OK, ExternalId
from api.problem import Problem, problem_of
from api.reading_json import FewKeys
from api.verdict import Label, Part, Verdict

ITEMS_AT_MOST = 100_000


class JobState(StrEnum):
    """How far a job is; the last two are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class DeliveryState(StrEnum):
    """Whether the end of a job was told to its webhook; the last two are final."""

    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class JobItem(FewKeys, Part):
    """One address to check."""

    external_id: ExternalId | None = None
    url: Annotated[str, Field(min_length=1, max_length=4096)]


class Tally(Part):
    """How items ended: so many with each label, so many with a problem."""

    real: int = 0
    fake: int = 0
    uncertain: int = 0
    failed: int = 0

    @property
    def done(self) -> int:
        """Items with a verdict."""
        return self.real + self.fake + self.uncertain


class Webhook(Part):
    """Where the end of a job is told, and what came of it.

    The secret is kept as it is: without it nothing can be signed.
    """

    url: str
    secret: Annotated[str, Field(repr=False)]
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    error: str | None = None
    next_attempt_at: AwareDatetime | None = None


class Job(Part):
    """What is remembered of a job beside its items. `reason` says why it was cancelled."""

    id: str
    caller: str
    total: int
    created_at: AwareDatetime
    state: JobState = JobState.QUEUED
    reason: str | None = None
    started_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None
    tally: Tally = Tally()
    webhook: Webhook | None = None


@dataclass(frozen=True)
class OpenJob:
    """A job that has not ended, for whoever chooses the next."""

    id: str
    caller: str
    total: int


@dataclass(frozen=True)
class ClaimedItem:
    """An item that one process is to check.

    Attributes:
        number: Its position in the job, from 0.
        claimant: Names this attempt.
        tries: How often it was claimed, this time included.
        lost: How often its claimant was not heard of again.
    """

    job_id: str
    number: int
    claimant: str
    url: str
    tries: int
    lost: int
    external_id: str | None = None


class Outcome(StrEnum):
    """How an item ended."""

    REAL = Label.REAL
    FAKE = Label.FAKE
    UNCERTAIN = Label.UNCERTAIN
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Result:
    """What is kept of an item that was checked: a verdict, or why there is none.

    Attributes:
        status: As `api.lines` tells it.
        document: The verdict or the problem, as JSON.
        verdict_id: By which the result is found when the verdict is deleted.
    """

    outcome: Outcome
    status: int
    document: str
    verdict_id: str | None = None


def verdict_result(verdict: Verdict) -> Result:
    """What is kept of an item with a verdict."""
    document = verdict.model_dump_json()
    return Result(Outcome(verdict.label.value), OK, document, verdict.id)


def problem_result(problem: Problem) -> Result:
    """What is kept of an item without one."""
    return Result(Outcome.FAILED, problem.status, problem.model_dump_json())


def deleted_result() -> Result:
    """What is kept of an item whose verdict was deleted."""
    return problem_result(
        problem_of(Deleted("The verdict on this picture was deleted. Check the picture anew."))
    )


@dataclass(frozen=True)
class ItemResult:
    """An item as whoever asked sees it.

    Attributes:
        result: None while it is open, and for good if its job was cancelled before.
        open: Whether it may still be checked.
    """

    number: int
    external_id: str | None
    result: Result | None
    open: bool


@dataclass(frozen=True)
class Delivery:
    """That one process is to tell the end of a job."""

    job: Job
    webhook: Webhook
    claimant: str


class Jobs(Protocol):
    """The part of a store that remembers jobs.

    Times are the process's own. A claim whose time has passed is anybody's.
    """

    async def add_job(self, job: Job, items: Sequence[JobItem]) -> bool:
        """Remember a new job, all or nothing. False, and nothing changes, if its id is known."""
        ...

    async def job(self, job_id: str) -> Job | None:
        """The job of this id, as far as it is now."""
        ...

    async def jobs_of(
        self, caller: str, before: tuple[datetime, str] | None, limit: int
    ) -> tuple[Job, ...]:
        """A caller's jobs, newest first, older than (created_at, id)."""
        ...

    async def open_jobs(self) -> tuple[OpenJob, ...]:
        """All jobs that have not ended, the oldest first."""
        ...

    async def claim_item(
        self, job_id: str, claimant: str, now: datetime, until: datetime
    ) -> ClaimedItem | None:
        """Claim the next item that nobody is at, until a moment; None if there is none now."""
        ...

    async def hold_items(self, items: Collection[ClaimedItem], until: datetime) -> None:
        """Make our claims last longer, those that are still ours."""

    async def release_item(self, item: ClaimedItem, ready_at: datetime) -> None:
        """Let go of our claim; from a moment on anybody may have it."""

    async def record_item(self, item: ClaimedItem, result: Result) -> bool:
        """Keep a result. False, and nothing changes, if the claim is no longer ours."""
        ...

    async def finish_job(self, job_id: str, now: datetime) -> bool:
        """End a job none of whose items is open; whether this call ended it."""
        ...

    async def cancel_job(self, job_id: str, reason: str, now: datetime) -> bool:
        """End a job, and let go of what is open. False if it had ended or is unknown."""
        ...

    async def delete_job(self, job_id: str) -> bool:
        """Forget a job with its items, ended or not; whether it was known."""
        ...

    async def job_results(self, job_id: str, after: int, limit: int) -> tuple[ItemResult, ...]:
        """Items with a number above `after`, in order, open ones too; at most `limit`."""
        ...

    async def forget_job_results(self, verdict_id: str) -> int:
        """Put `deleted_result()` in the place of all results with this verdict; how many."""
        ...

    async def forget_jobs(self, before: datetime) -> int:
        """Delete jobs that ended before a moment; how many."""
        ...

    async def claim_delivery(
        self, claimant: str, now: datetime, until: datetime, not_of: Collection[str]
    ) -> Delivery | None:
        """Claim the next end of a job that is to be told, of none of these callers."""
        ...

    async def end_delivery(self, delivery: Delivery, webhook: Webhook) -> None:
        """Keep what came of it; at `webhook.next_attempt_at` it is to be told again.

        Does nothing if the claim is no longer ours.
        """
