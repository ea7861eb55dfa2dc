"""Jobs over HTTP, worked off by the service itself; the model is a fake, the site is not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from remembered import opened
from sites import Site, Sites

from api import job_desk, working
from api.errors import Overloaded, StoreUnavailable
from api.job_runner import BEFORE_ALL
from api.keys import Scope
from api.settings import Settings
from api.store.sqlite import SqliteStore
from api.verdict import Verdict

from engines import GatedEngine
from keyed import made_key
from listening import listening, until
from pictures import encoded, noise

ENDED = ("done", "cancelled")


@pytest.fixture
def engine() -> GatedEngine:
    return GatedEngine()


@pytest.fixture
async def site(sites: Sites) -> Site:
    """A site whose every answer is another picture."""
    answered = 0

    async def answer(writer: asyncio.StreamWriter) -> None:
        nonlocal answered
        answered += 1
        body = encoded(noise(40, 40, answered))
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    return await sites.running(answer)


@asynccontextmanager
async def serving(
    folder: Path, engine: GatedEngine, *sites: Site, key: str | None = None, **settings: object
) -> AsyncIterator[httpx.AsyncClient]:
    names = ",".join(site.name for site in sites)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with (
        listening(folder, engine, fetch_private_hosts=names, **settings) as address,
        httpx.AsyncClient(base_url=address, headers=headers, timeout=60) as client,
    ):
        yield client


def items(site: Site, count: int) -> list[dict[str, str]]:
    return [{"external_id": f"post-{n}", "url": f"{site.url}/{n}"} for n in range(count)]


async def created(client: httpx.AsyncClient, *wanted: object, **more: object) -> dict[str, Any]:
    answer = await client.post("/v1/jobs", json={"items": wanted, **more})
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    assert answer.headers["Location"] == f"/v1/jobs/{job['id']}"
    return job


async def ended(client: httpx.AsyncClient, job: dict[str, Any]) -> dict[str, Any]:
    """The job, once it has ended."""
    async with asyncio.timeout(60):
        while True:
            now: dict[str, Any] = (await client.get(f"/v1/jobs/{job['id']}")).json()
            if now["state"] in ENDED:
                return now
            await asyncio.sleep(0.02)


async def results(client: httpx.AsyncClient, job: dict[str, Any], query: str = "") -> list[Any]:
    answer = await client.get(f"/v1/jobs/{job['id']}/results{query}")
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_a_job_is_worked_off_and_tells_of_each_item(
    tmp_path: Path, engine: GatedEngine, site: Site, sites: Sites
) -> None:
    away = await sites.serving(status=404)
    wanted = [*items(site, 3), {"url": away.url}, {"url": "ftp://example.org/a"}]
    async with serving(tmp_path, engine, site, away) as client:
        job = await created(client, *wanted)
        assert (job["state"], job["total"], job["webhook"]) == ("queued", 5, None)
        done = await ended(client, job)
        lines = await results(client, job)

    assert (done["state"], done["done"], done["failed"]) == ("done", 3, 2)
    assert done["labels"] == {"real": 0, "fake": 3, "uncertain": 0}
    assert done["created_at"] <= done["started_at"] <= done["finished_at"]
    assert [line["index"] for line in lines] == [0, 1, 2, 3, 4]
    assert [line["external_id"] for line in lines] == ["post-0", "post-1", "post-2", None, None]
    assert [line["status"] for line in lines] == [200, 200, 200, 502, 422]
    assert Verdict.model_validate(lines[0]["verdict"]).provenance.url == f"{site.url}/0"
    assert lines[3]["problem"]["type"] == "urn:candor:problem:source-failed"


async def test_lines_and_a_form_make_a_job_too(
    tmp_path: Path, engine: GatedEngine, site: Site
) -> None:
    body = "\n\n".join(json.dumps(item) for item in items(site, 2)).encode()
    async with serving(tmp_path, engine, site) as client:
        for kind in ("application/x-ndjson", "application/jsonl; charset=utf-8"):
            answer = await client.post("/v1/jobs", content=body, headers={"Content-Type": kind})
            assert (answer.status_code, answer.json()["total"]) == (202, 2)
        form = await client.post(
            "/v1/jobs",
            files={"items": ("items.jsonl", body)},
            data={"webhook_url": "https://example.org/hook"},
        )
        assert (form.status_code, form.json()["total"]) == (202, 2)
        assert form.json()["webhook"]["url"] == "https://example.org/hook"
        for job in ((await client.get("/v1/jobs")).json())["jobs"]:
            assert (await ended(client, job))["done"] == 2


GOOD = b'{"url": "https://example.org/a"}\n'
WRONG_LINES = [
    (GOOD + b"text\n", ["line 2"]),
    (b"[]\n" + GOOD, ["line 1"]),
    (b'{"url": 3}\n\n{"url": ""}\n' + GOOD, ["line 1", "line 3"]),
    (b'{"url": "https://example.org", "more": 1}', ["line 1"]),
    (b'{"external_id": "a"}', ["line 1"]),
    (b'{"url": "https://example.org", "external_id": "' + b"x" * 201 + b'"}', ["line 1"]),
    (rb'{"url": "https://example.org", "external_id": "a\u0000b"}', ["line 1", r"'\x00'"]),
    (b'{"url": "\\ud800"}', ["line 1"]),
    (b"\xff\n" * 9, ["line 1", "line 5"]),
    (b"", ["no items"]),
    (b"\n \n", ["no items"]),
    (b"\n" * 100_002, ["blank lines"]),
    (b'{"url": "' + b"x" * 40_000 + b'"}', ["Line 1 has 40,011 bytes"]),
]


@pytest.mark.parametrize(("body", "named"), WRONG_LINES)
async def test_a_line_that_cannot_be_read_is_named_and_nothing_is_taken(
    tmp_path: Path, engine: GatedEngine, body: bytes, named: list[str]
) -> None:
    async with serving(tmp_path, engine) as client:
        headers = {"Content-Type": "application/x-ndjson"}
        answer = await client.post("/v1/jobs", content=body, headers=headers)
        assert answer.status_code == 422
        assert all(name in answer.json()["detail"] for name in named), answer.json()["detail"]
        assert (await client.get("/v1/jobs")).json() == {"jobs": [], "next": None}


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("text/plain", b"x", 415),
        ("application/json", b"", 422),
        ("application/json", b'{"items": []}', 422),
        ("application/json", b'{"items": 3}', 422),
        ("application/json", b'{"items": [{"url": "https://a"}], "more": 1}', 422),
        ("application/json", b'{"items": [{"data": "AAAA"}]}', 422),
        ("application/json", b"[" * 1_000_001, 422),
        ("application/x-ndjson", GOOD * 100_001, 413),
        ("application/x-ndjson", b" " * 5_000_001, 413),
        ("multipart/form-data; boundary=a", b"--a--", 422),
    ],
)
async def test_bodies_that_are_no_job_are_refused_in_words(
    tmp_path: Path, engine: GatedEngine, kind: str, body: bytes, status: int
) -> None:
    async with serving(tmp_path, engine, jobs_max_bytes=5_000_000) as client:
        answer = await client.post("/v1/jobs", content=body, headers={"Content-Type": kind})
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"


WRONG_WEBHOOKS = [
    {},
    "https://example.org",
    {"url": "ftp://example.org"},
    {"url": "https://example.org:8443/"},
    {"url": "https://user@example.org/"},
    {"url": "https://example.org", "secret": "password"},
    {"url": "https://example.org", "secret": "whsec_c2hvcnQ="},
    {"url": "https://example.org", "secret": "whsec_!!!!"},
    {"url": "https://example.org", "secret": "whsec_" + "A" * 400},
]


@pytest.mark.parametrize("webhook", WRONG_WEBHOOKS)
async def test_a_webhook_that_cannot_be_called_is_refused(
    tmp_path: Path, engine: GatedEngine, webhook: object
) -> None:
    body = {"items": [{"url": "https://example.org/a"}], "webhook": webhook}
    async with serving(tmp_path, engine) as client:
        answer = await client.post("/v1/jobs", json=body)
        assert answer.status_code == 422
        assert "password" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/v1/jobs?limit=0",
        "/v1/jobs?limit=51",
        "/v1/jobs?limit=x",
        "/v1/jobs?before=x",
        "/v1/jobs?before=99999999999999999999-a",
        "/v1/jobs/JOB/results?after=-2",
        "/v1/jobs/JOB/results?after=1e3",
        "/v1/jobs/JOB/results?after=99999999999999999999",
        "/v1/jobs/JOB/results?limit=1001",
        "/v1/jobs/JOB/results?limit=\u0663",
    ],
)
async def test_numbers_that_are_none_are_refused_in_words(
    tmp_path: Path, engine: GatedEngine, site: Site, path: str
) -> None:
    async with serving(tmp_path, engine, site) as client:
        job = await created(client, *items(site, 1))
        answer = await client.get(path.replace("JOB", job["id"]))
        assert answer.status_code == 422
        assert "Give" in answer.json()["detail"]


async def test_results_are_read_on_from_the_last_that_is_known(
    tmp_path: Path, engine: GatedEngine, site: Site
) -> None:
    async with serving(tmp_path, engine, site) as client:
        job = await created(client, *items(site, 5))
        await ended(client, job)
        path, found = f"/v1/jobs/{job['id']}/results?limit=2", []
        while path:
            answer = await client.get(path)
            found += [json.loads(line)["index"] for line in answer.text.splitlines()]
            path = answer.links.get("next", {}).get("url", "")
        assert found == [0, 1, 2, 3, 4]
        assert await results(client, job, "?after=4") == []


async def test_results_end_before_what_is_not_finished_and_lead_on(
    tmp_path: Path, engine: GatedEngine, site: Site
) -> None:
    engine.failures = [Overloaded("Too many pictures wait.")]
    async with serving(tmp_path, engine, site, jobs_at_once=1) as client:
        job = await created(client, *items(site, 3))
        await until(lambda: len(engine.asked) >= 3)
        answer = await client.get(f"/v1/jobs/{job['id']}/results")
        # The first is to be tried again; the others may be done, but are not told before it.
        assert answer.text == ""
        assert "after=-1" in answer.links["next"]["url"]
        assert (await ended(client, job))["done"] == 3
        assert len(await results(client, job)) == 3
    assert len(engine.asked) == 4


async def test_a_mistake_of_ours_is_one_result_and_is_logged(
    tmp_path: Path, engine: GatedEngine, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    engine.failures = [RuntimeError("the model broke")]
    async with serving(tmp_path, engine, site) as client:
        job = await created(client, *items(site, 3))
        assert (await ended(client, job))["failed"] == 1
        statuses = sorted(line["status"] for line in await results(client, job))
    assert statuses == [200, 200, 500]
    assert "the model broke" in caplog.text
    assert site.url not in caplog.text


async def test_few_pictures_of_jobs_are_checked_at_once(
    tmp_path: Path, engine: GatedEngine, site: Site
) -> None:
    engine.gate.clear()
    async with serving(tmp_path, engine, site, jobs_at_once=3) as client:
        job = await created(client, *items(site, 12))
        await until(lambda: engine.inside == 3)
        engine.gate.set()
        assert (await ended(client, job))["done"] == 12
    assert engine.most_inside == 3


async def test_a_small_job_does_not_wait_for_a_large_one(
    tmp_path: Path, engine: GatedEngine, site: Site
) -> None:
    async with serving(tmp_path, engine, site, jobs_at_once=1) as client:
        large = await created(client, *items(site, 300))
        small = await created(client, *items(site, 2))
        await ended(client, small)
        assert (await client.get(f"/v1/jobs/{large['id']}")).json()["state"] == "running"
        await client.post(f"/v1/jobs/{large['id']}/cancel")


async def test_a_cancelled_job_tells_what_was_found_and_what_was_not(
    tmp_path: Path, engine: GatedEngine, site: Site
) -> None:
    async with serving(tmp_path, engine, site, jobs_at_once=1) as client:
        job = await created(client, *items(site, 50))
        await until(lambda: len(engine.asked) >= 3)
        engine.gate.clear()
        await until(lambda: engine.inside == 1)
        answers = [await client.post(f"/v1/jobs/{job['id']}/cancel") for _ in range(2)]
        engine.gate.set()
        assert [answer.status_code for answer in answers] == [200, 200]
        cancelled = answers[0].json()
        assert (cancelled["state"], cancelled["reason"]) == (
            "cancelled",
            "The caller cancelled it.",
        )
        assert answers[1].json() == cancelled
        lines = await results(client, job)
        asked = len(engine.asked)
        assert (await client.get(f"/v1/jobs/{job['id']}")).json() == cancelled
    assert len(lines) == 50
    assert [line["status"] for line in lines].count(200) == cancelled["done"]
    assert {line["status"] for line in lines} == {200, 409}
    assert lines[-1]["problem"]["type"] == "urn:candor:problem:cancelled"
    assert len(engine.asked) == asked < 50


async def test_a_deleted_job_is_gone(tmp_path: Path, engine: GatedEngine, site: Site) -> None:
    async with serving(tmp_path, engine, site) as client:
        job = await created(client, *items(site, 2))
        await ended(client, job)
        assert (await client.delete(f"/v1/jobs/{job['id']}")).status_code == 204
        for method, path in [("GET", ""), ("GET", "/results"), ("POST", "/cancel"), ("DELETE", "")]:
            answer = await client.request(method, f"/v1/jobs/{job['id']}{path}")
            assert answer.status_code == 404


async def test_jobs_are_listed_page_by_page(
    tmp_path: Path, engine: GatedEngine, site: Site
) -> None:
    async with serving(tmp_path, engine, site) as client:
        made = [(await created(client, *items(site, 1)))["id"] for _ in range(5)]
        listed, before = [], ""
        while True:
            page = (await client.get(f"/v1/jobs?limit=2{before}")).json()
            listed += [job["id"] for job in page["jobs"]]
            if page["next"] is None:
                break
            before = f"&before={page['next']}"
    assert listed == made[::-1]


async def test_nobody_sees_anothers_jobs(tmp_path: Path, engine: GatedEngine, site: Site) -> None:
    settings = Settings(data_dir=tmp_path)
    mine, yours = [(await made_key(settings))[1] for _ in range(2)]
    async with serving(tmp_path, engine, site, key=mine) as client:
        job = await created(client, *items(site, 1))
        await ended(client, job)
        client.headers["Authorization"] = f"Bearer {yours}"
        assert (await client.get("/v1/jobs")).json()["jobs"] == []
        for method, path in [("GET", ""), ("GET", "/results"), ("POST", "/cancel"), ("DELETE", "")]:
            answer = await client.request(method, f"/v1/jobs/{job['id']}{path}")
            assert answer.status_code == 404
        client.headers["Authorization"] = f"Bearer {mine}"
        assert (await client.get(f"/v1/jobs/{job['id']}")).json()["done"] == 1


async def test_jobs_need_the_scope(tmp_path: Path, engine: GatedEngine) -> None:
    _, key = await made_key(Settings(data_dir=tmp_path), {Scope.LOOKUP, Scope.ADMIN})
    async with serving(tmp_path, engine, key=key) as client:
        for method, path in [
            ("POST", ""), ("GET", ""), ("GET", "/a"), ("GET", "/a/results"), ("POST", "/a/cancel"),
            ("DELETE", "/a"),
        ]:  # fmt: skip
            assert (await client.request(method, f"/v1/jobs{path}")).status_code == 403


async def test_jobs_leave_half_of_a_minute_to_other_requests(
    tmp_path: Path, engine: GatedEngine, site: Site
) -> None:
    _, key = await made_key(Settings(data_dir=tmp_path), pictures_per_minute=20)
    async with serving(tmp_path, engine, site, key=key) as client:
        job = await created(client, *items(site, 30))
        await until(lambda: len(engine.asked) >= 10)
        answer = await client.post("/v1/checks", json={"url": site.url})
        assert answer.status_code == 200
        assert int(answer.headers["RateLimit-Remaining"]) >= 8
        assert (await client.get(f"/v1/jobs/{job['id']}")).json()["state"] == "running"


async def test_a_revoked_key_ends_its_jobs(tmp_path: Path, engine: GatedEngine, site: Site) -> None:
    settings = Settings(data_dir=tmp_path)
    key, text = await made_key(settings)
    _, other = await made_key(settings)
    async with (
        opened(tmp_path) as store,
        serving(tmp_path, engine, site, key=text, jobs_at_once=1) as client,
    ):
        first = await created(client, *items(site, 200))
        second = await created(client, *items(site, 200))
        await store.revoke_key(key.id, datetime.now(UTC))
        client.headers["Authorization"] = f"Bearer {other}"
        third = await created(client, *items(site, 1))
        await ended(client, third)
        async with asyncio.timeout(60):
            while await store.open_jobs():  # noqa: ASYNC110 - only the store tells
                await asyncio.sleep(0.02)
        for job in (first, second):
            found = await store.job(job["id"])
            assert found is not None
            assert (found.state, found.reason) == (
                "cancelled",
                "The key that made this job was revoked.",
            )


async def test_a_caller_has_only_so_much_under_way(
    tmp_path: Path, engine: GatedEngine, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_desk, "OPEN_JOBS_AT_MOST", 2)
    monkeypatch.setattr(job_desk, "OPEN_ITEMS_AT_MOST", 5)
    async with serving(tmp_path, engine, site, jobs_at_once=0) as client:
        first = await created(client, *items(site, 3))
        many = await client.post("/v1/jobs", json={"items": items(site, 3)})
        assert (many.status_code, many.headers["Retry-After"]) == (429, "60")
        assert "3 pictures under way" in many.json()["detail"]
        await created(client, *items(site, 1))
        third = await client.post("/v1/jobs", json={"items": items(site, 1)})
        assert third.status_code == 429
        await client.post(f"/v1/jobs/{first['id']}/cancel")
        await created(client, *items(site, 1))


async def test_a_repeated_request_makes_one_job(
    tmp_path: Path, engine: GatedEngine, site: Site
) -> None:
    headers = {"Idempotency-Key": "once"}
    body = {"items": items(site, 2), "webhook": {"url": "https://example.org/hook"}}
    async with serving(tmp_path, engine, site) as client:
        first = await client.post("/v1/jobs", json=body, headers=headers)
        again = await client.post("/v1/jobs", json=body, headers=headers)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert again.headers["Location"] == first.headers["Location"]
        assert again.json() == first.json()
        assert len((await client.get("/v1/jobs")).json()["jobs"]) == 1


async def test_a_job_whose_answer_was_lost_is_not_made_twice(
    tmp_path: Path, engine: GatedEngine, site: Site
) -> None:
    headers = {"Idempotency-Key": "once"}
    body = {"items": items(site, 2), "webhook": {"url": "https://example.org/hook"}}
    async with opened(tmp_path) as store, serving(tmp_path, engine, site) as client:
        first = (await client.post("/v1/jobs", json=body, headers=headers)).json()
        # As if the process had died between making the job and keeping the answer.
        assert await store.forget_replays(datetime.now(UTC) + timedelta(days=1)) == 1
        again = (await client.post("/v1/jobs", json=body, headers=headers)).json()
        assert again["id"] == first["id"]
        assert again["webhook"]["secret"] == first["webhook"]["secret"]
        assert len((await client.get("/v1/jobs")).json()["jobs"]) == 1
        body["items"] = items(site, 1)
        await store.forget_replays(datetime.now(UTC) + timedelta(days=1))
        other = (await client.post("/v1/jobs", json=body, headers=headers)).json()
        assert other["id"] != first["id"]


async def test_a_store_that_goes_away_delays_a_job_and_loses_nothing(
    tmp_path: Path, engine: GatedEngine, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "POLL_S", 0.05)
    monkeypatch.setattr("api.job_runner.RECORD_AGAIN_S", 0.05)
    transaction, refused = SqliteStore._transaction, 0
    away = asyncio.Event()

    @asynccontextmanager
    async def sometimes(self: SqliteStore) -> AsyncIterator[Any]:
        nonlocal refused
        if away.is_set():
            refused += 1
            raise StoreUnavailable("The disk is full.")
        async with transaction(self) as connection:
            yield connection

    monkeypatch.setattr(SqliteStore, "_transaction", sometimes)
    async with serving(tmp_path, engine, site) as client:
        job = await created(client, *items(site, 8))
        await until(lambda: len(engine.asked) >= 3)
        away.set()
        await until(lambda: refused > 5)
        away.clear()
        done = await ended(client, job)
        lines = await results(client, job)
    assert (done["done"], done["failed"]) == (8, 0)
    assert [line["index"] for line in lines] == list(range(8))


async def test_a_service_that_stops_leaves_its_items_to_the_next(
    tmp_path: Path, engine: GatedEngine, site: Site
) -> None:
    engine.gate.clear()
    async with serving(tmp_path, engine, site) as client:
        job = await created(client, *items(site, 4))
        await until(lambda: engine.inside == 2)
    assert engine.cancelled == 2
    # At once, and not when the claims have ended.
    async with opened(tmp_path) as store:
        now = datetime.now(UTC)
        claimed = [await store.claim_item(job["id"], "next", now, now) for _ in range(2)]
    assert sorted(item.number for item in claimed if item) == [0, 1]
    assert {item.lost for item in claimed if item} == {0}
    engine.gate.set()
    async with serving(tmp_path, engine, site) as client:
        assert (await ended(client, job))["done"] == 4


async def test_an_item_at_which_the_service_always_dies_is_given_up(
    tmp_path: Path, engine: GatedEngine, site: Site
) -> None:
    async with serving(tmp_path, engine, site, jobs_at_once=0) as client:
        job = await created(client, *items(site, 2))
    async with opened(tmp_path) as store:
        for _ in range(4):
            # Claims that end at once, of processes that were not heard of again.
            await store.claim_item(job["id"], "died", datetime.now(UTC), BEFORE_ALL)
    async with serving(tmp_path, engine, site) as client:
        await ended(client, job)
        first, second = await results(client, job)
    assert first["problem"]["type"] == "urn:candor:problem:abandoned"
    assert second["status"] == 200


async def test_the_schema_documents_jobs(tmp_path: Path, engine: GatedEngine) -> None:
    async with serving(tmp_path, engine) as client:
        paths = (await client.get("/schema")).json()["paths"]
    assert paths["/v1/jobs"]["post"]["operationId"] == "createJob"
    assert set(paths["/v1/jobs"]["post"]["requestBody"]["content"]) == {
        "application/json",
        "application/x-ndjson",
        "multipart/form-data",
    }
    of_results = paths["/v1/jobs/{job_id}/results"]["get"]["responses"]["200"]["content"]
    assert set(of_results) == {"application/x-ndjson"}
    of_batches = paths["/v1/checks/batch"]["post"]["responses"]
    assert set(of_batches["200"]["content"]) == {"application/x-ndjson"}
    assert {"401", "413", "415", "422", "429"} <= set(of_batches)
