"""Jobs to remember, each of three items unless a test says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from api.jobs import ClaimedItem, Job, JobItem, Outcome, Result, Webhook
from api.store import Store

NOON = datetime(2026, 3, 29, 12, 0, 0, 123457, tzinfo=UTC)
LEASE = timedelta(seconds=20)
ITEMS = tuple(
    JobItem(external_id=f"post-{number}", url=f"https://example.org/{number}.jpg")
    for number in range(3)
)
PROBLEM = Result(Outcome.FAILED, 410, '{"title": "deleted"}')


def job(name: str, *, minutes: int = 0, total: int = 3, **given: Any) -> Job:
    """A job with the id `name`, made so much later."""
    at = NOON + timedelta(minutes=minutes)
    return Job(id=name, total=total, **{"caller": "a key", "created_at": at, **given})


def webhook() -> Webhook:
    signed_with = "whsec_c2VjcmV0"
    return Webhook(url="https://example.org/hook", secret=signed_with, next_attempt_at=NOON)


async def claimed(
    store: Store, name: str, claimant: str = "me", now: datetime = NOON
) -> ClaimedItem:
    """The next item of a job."""
    item = await store.claim_item(name, claimant, now, now + LEASE)
    assert item is not None
    return item


async def recorded(
    store: Store, name: str, now: datetime = NOON, *, verdict_id: str = "a verdict"
) -> ClaimedItem:
    """The next item of a job, called fake."""
    item = await claimed(store, name, now=now)
    result = Result(Outcome.FAKE, 200, f'{{"id": "{verdict_id}"}}', verdict_id)
    assert await store.record_item(item, result)
    return item
