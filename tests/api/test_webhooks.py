"""Webhooks of jobs: received, verified with the library that receivers use, and sent again."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook as Signer
from standardwebhooks.webhooks import WebhookVerificationError

from api import webhooks, working
from api.jobs import DeliveryState, Webhook
from api.webhooks import after_attempt, new_secret, refuse_secret

from engines import GatedEngine
from listening import listening, until
from receivers import Receiver

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
BAD = {"items": [{"url": "ftp://example.org/never-fetched"}]}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "POLL_S", 0.05)
    monkeypatch.setattr(webhooks, "DELAYS", (timedelta(seconds=0.1),) * 3)


@asynccontextmanager
async def serving(
    folder: Path, receiver: Receiver, **more: Any
) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        listening(folder, GatedEngine(), fetch_private_hosts=receiver.name, **more) as address,
        httpx.AsyncClient(base_url=address, timeout=60) as client,
    ):
        yield client


async def created(client: httpx.AsyncClient, receiver: Receiver, **more: str) -> dict[str, Any]:
    hook = {"url": receiver.url, **more}
    answer = await client.post("/v1/jobs", json={**BAD, "webhook": hook})
    assert answer.status_code == 202, answer.text
    return answer.json()


async def attempted(
    client: httpx.AsyncClient, job: dict[str, Any], attempts: int = 1
) -> dict[str, Any]:
    """What is told of the webhook after so many attempts."""
    async with asyncio.timeout(60):
        while True:
            webhook = (await client.get(f"/v1/jobs/{job['id']}")).json()["webhook"]
            if webhook["attempts"] >= attempts:
                return webhook
            await asyncio.sleep(0.01)


async def test_the_end_of_a_job_is_told_and_signed(tmp_path: Path) -> None:
    async with Receiver() as receiver, serving(tmp_path, receiver) as client:
        job = await created(client, receiver)
        secret = job["webhook"]["secret"]
        await until(lambda: len(receiver.messages) == 1)
        [content] = receiver.verified(secret)
        assert (await attempted(client, job))["state"] == "delivered"
        again = (await client.get(f"/v1/jobs/{job['id']}")).json()

    assert content["type"] == "job.done"
    assert content["data"] == {**again, "webhook": None}
    assert content["timestamp"] == again["finished_at"]
    assert again["webhook"]["secret"] is None
    headers, body = receiver.messages[0]
    assert headers["request"] == "POST /hook HTTP/1.1"
    assert headers["content-type"] == "application/json"
    assert b"never-fetched" not in body
    with pytest.raises(WebhookVerificationError):
        Signer(new_secret()).verify(body, headers)


async def test_a_secret_of_the_caller_signs_and_is_never_told(tmp_path: Path) -> None:
    secret = "whsec_" + base64.b64encode(b"thirty-two bytes of the caller's").decode()
    async with Receiver() as receiver, serving(tmp_path, receiver) as client:
        job = await created(client, receiver, secret=secret)
        await until(lambda: len(receiver.messages) == 1)
    assert job["webhook"]["secret"] is None
    assert receiver.verified(secret)[0]["data"]["id"] == job["id"]


async def test_a_cancelled_job_is_told_too(tmp_path: Path) -> None:
    async with Receiver() as receiver, serving(tmp_path, receiver, jobs_at_once=0) as client:
        job = await created(client, receiver)
        await client.post(f"/v1/jobs/{job['id']}/cancel")
        await until(lambda: len(receiver.messages) == 1)
    [content] = receiver.verified(job["webhook"]["secret"])
    assert content["type"] == "job.cancelled"
    assert content["data"]["reason"] == "The caller cancelled it."


async def test_what_was_not_taken_is_sent_again_as_the_same_message(tmp_path: Path) -> None:
    async with Receiver(500, 0, 302, 200) as receiver, serving(tmp_path, receiver) as client:
        job = await created(client, receiver)
        webhook = await attempted(client, job, 4)
    contents = receiver.verified(job["webhook"]["secret"])
    assert contents == [contents[0]] * 4
    assert {headers["webhook-id"] for headers, _ in receiver.messages} == {f"msg_{job['id']}"}
    assert (webhook["state"], webhook["attempts"], webhook["error"]) == ("delivered", 4, None)


async def test_what_is_never_taken_is_given_up_and_says_why(tmp_path: Path) -> None:
    async with Receiver(302) as receiver, serving(tmp_path, receiver) as client:
        job = await created(client, receiver)
        webhook = await attempted(client, job, 4)
    assert (webhook["state"], webhook["next_attempt_at"]) == ("given_up", None)
    assert webhook["error"] == "The answer had status 302; redirects are not followed."
    assert len(receiver.messages) == 4


async def test_a_service_that_starts_anew_goes_on_telling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "DELAYS", (timedelta(seconds=2),) * 3)
    async with Receiver(500, 200) as receiver:
        async with serving(tmp_path, receiver) as client:
            job = await created(client, receiver)
            assert (await attempted(client, job))["state"] == "pending"
        async with serving(tmp_path, receiver) as client:
            assert (await attempted(client, job, 2))["state"] == "delivered"
    assert len(receiver.verified(job["webhook"]["secret"])) == 2


def test_attempts_fill_a_day_and_no_more() -> None:
    webhook, at = Webhook(url="https://example.org", secret=new_secret()), NOON
    while webhook.state is DeliveryState.PENDING:
        webhook = after_attempt(webhook, 500, "It was away.", at)
        at = webhook.next_attempt_at or at
    assert (webhook.state, webhook.attempts) == (DeliveryState.GIVEN_UP, 4)
    assert at - NOON == sum(webhooks.DELAYS, timedelta())


def test_who_answers_gone_is_not_asked_again() -> None:
    webhook = after_attempt(Webhook(url="https://a", secret=new_secret()), 410, "Gone.", NOON)
    assert (webhook.state, webhook.next_attempt_at) == (DeliveryState.GIVEN_UP, None)


def test_a_made_secret_is_good_and_stands_in_no_log() -> None:
    secret = new_secret()
    refuse_secret(secret)
    assert secret != new_secret()
    assert secret not in repr(Webhook(url="https://example.org", secret=secret))
