"""A webhook that leads into the service's own network.

What is gained without the guard: requests with a body, sent from inside, to the machine itself,
its neighbours and the cloud's metadata; and by what is told of them, a map of what listens there.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from remembered import opened

from api import webhooks, working
from api.delivering import Deliveries
from api.jobs import DeliveryState, Job, JobItem, Webhook

from engines import GatedEngine
from listening import listening, until
from receivers import Receiver

PUBLIC = "93.184.216.34"
UNREACHABLE = "The host is unknown, not public, not answering or not speaking HTTP."


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(working, "POLL_S", 0.02)
    monkeypatch.setattr(webhooks, "DELAYS", (timedelta(seconds=0.05),))


async def told(folder, url, resolve, private_hosts=frozenset()) -> Webhook:
    """What came of the webhook of a job that has ended, when nothing is tried any more."""
    now = datetime.now(UTC)
    webhook = Webhook(url=url, secret=webhooks.new_secret())
    job = Job(id="one", caller="local", total=1, created_at=now, webhook=webhook)
    async with opened(folder) as store:
        await store.add_job(job, [JobItem(url="https://example.org/a")])
        await store.cancel_job("one", "The test says so.", now)
        deliveries = Deliveries(store, private_hosts, resolve)
        await deliveries.open()
        async with asyncio.timeout(60):
            while webhook.state is DeliveryState.PENDING:
                await asyncio.sleep(0.01)
                webhook = (await store.job("one")).webhook
        await deliveries.close()
    return webhook


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.0.0.1.", "localhost", "LOCALHOST.", "a.localhost", "127.1", "2130706433",
        "0x7f.1", "0x7f000001", "017700000001", "0", "0.0.0.0", "[::1]", "[::]",
        "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "169.254.169.254",
        "2852039166", "0xa9fea9fe", "[fd00:ec2::254]", "[fe80::1]", "10.0.0.1", "192.168.0.1",
        "100.100.100.200", "224.0.0.1", "127。0。0。1",
    ],
)  # fmt: skip
async def test_an_inner_address_is_refused_before_there_is_a_job(tmp_path, host):
    body = {
        "items": [{"url": "https://example.org/a"}],
        "webhook": {"url": f"http://{host}/latest/meta-data/"},
    }
    async with (
        listening(tmp_path, GatedEngine()) as address,
        httpx.AsyncClient(base_url=address) as client,
    ):
        answer = await client.post("/v1/jobs", json=body)
        assert answer.status_code == 422
        assert (await client.get("/v1/jobs")).json()["jobs"] == []


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["169.254.169.254"], [PUBLIC, "127.0.0.1"], ["10.0.0.1", PUBLIC], ["::1"], []],
)
async def test_a_name_that_leads_inside_is_not_dialled(tmp_path, addresses, dialled):
    async def resolve(host, port):
        return addresses

    webhook = await told(tmp_path, "http://inside.test/", resolve)
    assert dialled == []
    assert (webhook.state, webhook.error) == (DeliveryState.GIVEN_UP, UNREACHABLE)


async def test_a_name_that_changes_its_address_is_judged_at_every_attempt(tmp_path, dialled):
    answers = [[PUBLIC], ["127.0.0.1"]]

    async def resolve(host, port):
        return answers.pop(0) if len(answers) > 1 else answers[0]

    webhook = await told(tmp_path, "http://rebinds.test/", resolve)
    assert dialled == [PUBLIC]
    # And what is public but away is told like what is inside.
    assert webhook.error == UNREACHABLE


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(tmp_path, status, dialled):
    async def resolve(host, port):
        return ["127.0.0.1"]

    async with Receiver(status) as receiver:
        webhook = await told(tmp_path, receiver.url, resolve, frozenset({receiver.name}))
        assert len(receiver.messages) == 2
    assert dialled == ["127.0.0.1"] * 2
    assert "redirects are not followed" in webhook.error


async def test_an_endless_answer_is_not_read(tmp_path, sites):
    sent = 0

    async def endless(writer):
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(bytes(10_000))
            await writer.drain()
            sent += 10_000

    async def resolve(host, port):
        return ["127.0.0.1"]

    site = await sites.running(endless)
    webhook = await told(tmp_path, site.url, resolve, frozenset({site.name}))
    assert webhook.state is DeliveryState.DELIVERED
    # Socket buffers on both sides hold a few megabytes; without a cut there is no end.
    assert sent < 50_000_000


async def test_headers_that_never_end_end_at_the_deadline(tmp_path, sites, monkeypatch):
    monkeypatch.setattr("api.delivering.DEADLINE_S", 0.3)

    async def hints(writer):
        while True:
            writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    async def resolve(host, port):
        return ["127.0.0.1"]

    site = await sites.running(hints)
    webhook = await told(tmp_path, site.url, resolve, frozenset({site.name}))
    assert webhook.error == "There was no answer within 0.3 s."


async def test_a_slow_receiver_does_not_hold_up_those_of_others(tmp_path, sites):
    async def silent(writer):
        await asyncio.Event().wait()

    async def resolve(host, port):
        return ["127.0.0.1"]

    slow, now = await sites.running(silent), datetime.now(UTC)
    async with Receiver() as receiver, opened(tmp_path) as store:
        for number in range(9):
            url = slow.url if number < 8 else receiver.url
            webhook = Webhook(url=url, secret=webhooks.new_secret())
            caller = "attacker" if number < 8 else "another"
            job = Job(id=f"{number}", caller=caller, total=1, created_at=now, webhook=webhook)
            await store.add_job(job, [JobItem(url="https://example.org/a")])
            await store.cancel_job(job.id, "The test says so.", now)
        deliveries = Deliveries(store, frozenset({slow.name, receiver.name}), resolve)
        await deliveries.open()
        await until(lambda: len(receiver.messages) == 1)
        await deliveries.close()
    assert len(slow.requests) == 1
