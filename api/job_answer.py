"""What is told of a job: in answers, and to its webhook."""

from __future__ import annotations

from datetime import datetime

from api.jobs import DeliveryState, Job, JobState, Tally, Webhook
from api.verdict import Part


class Labels(Part):
    """Verdicts by label."""

    real: int
    fake: int
    uncertain: int


class WebhookAnswer(Part):
    """Where the end of a job is told, and what came of it.

    `secret` is told once, in the answer to the request that made the job, and only if the request
    had none. `error` says what went wrong the last time.
    """

    url: str
    secret: str | None = None
    state: DeliveryState
    attempts: int
    error: str | None
    next_attempt_at: datetime | None


class JobAnswer(Part):
    """How far a job is. Of `total` items `done` have a verdict, `failed` a problem.

    `reason` says why it was cancelled.
    """

    id: str
    state: JobState
    reason: str | None
    total: int
    done: int
    failed: int
    labels: Labels
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    webhook: WebhookAnswer | None = None


class JobsAnswer(Part):
    """A page of jobs, the newest first; `next` is the `before` of the page after it."""

    jobs: tuple[JobAnswer, ...]
    next: str | None


def told(job: Job, secret: str | None = None) -> JobAnswer:
    """What the caller of a job is told of it."""
    answer = without_webhook(job)
    if job.webhook is None:
        return answer
    return answer.model_copy(update={"webhook": _webhook(job, job.webhook, secret)})


def without_webhook(job: Job) -> JobAnswer:
    """The same, as the webhook itself is told."""
    tally: Tally = job.tally
    return JobAnswer(
        id=job.id,
        state=job.state,
        reason=job.reason,
        total=job.total,
        done=tally.done,
        failed=tally.failed,
        labels=Labels(real=tally.real, fake=tally.fake, uncertain=tally.uncertain),
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )


def _webhook(job: Job, webhook: Webhook, secret: str | None) -> WebhookAnswer:
    return WebhookAnswer(
        url=webhook.url,
        secret=secret,
        state=webhook.state,
        attempts=webhook.attempts,
        error=webhook.error,
        next_attempt_at=webhook.next_attempt_at if job.finished_at else None,
    )
