"""Every request has one id and one line in the log, and the log tells nothing of pictures."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from remembered import Client, NoEngine, remembering

from api.imaging import Picture
from api.logs import JsonLines, TextLines
from model import Scores

from pictures import encoded, noise

UNTOLD = "un-t0ld"


class Engine(NoEngine):
    """Calls everything fake, or fails in words that nobody may read."""

    broken = False

    async def score(self, picture: Picture) -> Scores:
        if self.broken:
            try:
                raise ValueError(f"http://{UNTOLD}.example/")
            except ValueError as error:
                raise ZeroDivisionError(UNTOLD) from error
        return Scores(0.9, (), {"face": 0.9})


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
async def client(tmp_path: Path, engine: Engine) -> AsyncIterator[Client]:
    async with remembering(tmp_path, engine) as client:
        yield client


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that Candor says, down to the smallest, as JSON lines."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("candor")
    before = logger.level
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    yield written
    logger.removeHandler(handler)
    logger.setLevel(before)


def lines(log: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


async def check(client: Client, body: bytes, **headers: str):
    headers["Content-Type"] = "image/png"
    return await client.post(f"/v1/checks?fresh=true&{UNTOLD}=1", content=body, headers=headers)


async def test_a_check_is_one_line_that_names_its_verdict(client: Client, log: io.StringIO) -> None:
    response = await check(client, encoded(noise(60, 80)))

    [line] = lines(log)
    assert line.pop("ms") > 0
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "candor.requests",
        "message": "request",
        "request_id": response.headers["x-request-id"],
        "method": "POST",
        "route": "/v1/checks",
        "status": 200,
        "verdict": response.json()["id"],
        "label": "fake",
        "cache": "miss",
    }


@pytest.mark.parametrize("given", ["a", "A-b_c.9", "x" * 64])
async def test_an_id_that_is_given_is_kept(client: Client, given: str) -> None:
    response = await client.get("/health/live", headers={"X-Request-ID": given})
    assert response.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", "a;b", "a=b", "é", "{}", "/"])
async def test_an_id_of_another_form_is_replaced(client: Client, given: str) -> None:
    headers = {"X-Request-ID": given.encode()}
    response = await client.get("/health/live", headers=headers)
    assert len(response.headers["x-request-id"]) == 32


@pytest.mark.parametrize(
    ("method", "path", "host", "status"),
    [
        ("GET", "/nothing", "127.0.0.1", 404),
        ("DELETE", "/v1/checks", "127.0.0.1", 405),
        ("GET", "/v1/verdicts/none", "127.0.0.1", 404),
        ("POST", "/v1/checks", "127.0.0.1", 415),
        ("GET", "/health/live", "evil.example", 403),
        ("GET", "/health/live", "/", 400),
    ],
)
async def test_a_problem_its_header_and_its_line_bear_one_id(
    client: Client, log: io.StringIO, method: str, path: str, host: str, status: int
) -> None:
    response = await client.request(method, path, headers={"Host": host})

    [line] = lines(log)
    assert response.status_code == status
    slug = response.json()["type"].rpartition(":")[2]
    assert response.json()["request_id"] == response.headers["x-request-id"]
    assert (line["request_id"], line["problem"]) == (response.headers["x-request-id"], slug)


async def test_probes_are_quiet_until_they_fail(client: Client, log: io.StringIO) -> None:
    await client.get("/health/ready")
    await client.get("/health/ready", headers={"Host": "evil.example"})
    assert [line["level"] for line in lines(log)] == ["debug", "info"]


async def test_a_mistake_of_ours_is_placed_and_not_quoted(
    client: Client, engine: Engine, log: io.StringIO
) -> None:
    engine.broken = True

    response = await check(client, encoded(noise(60, 80)))

    mistake, request = lines(log)
    assert response.status_code == request["status"] == 500
    assert mistake["request_id"] == request["request_id"] == response.json()["request_id"]
    assert "builtins.ZeroDivisionError\nwhich came of\n" in mistake["traceback"]
    assert "in score" in mistake["traceback"]
    # The lines of the test that raise it are quoted as code, and name no value.
    assert UNTOLD not in log.getvalue()


async def test_nothing_that_was_asked_is_logged(client: Client, log: io.StringIO) -> None:
    body = encoded(noise(60, 80))
    asked = [
        await check(client, UNTOLD.encode()),
        await check(client, body, Cookie=UNTOLD, Referer=f"http://{UNTOLD}/"),
        await client.post("/v1/checks", json={"url": f"http://{UNTOLD}.invalid/{UNTOLD}"}),
        await client.post("/v1/checks", json={"url": f"ftp://{UNTOLD}/"}),
        await client.post("/v1/checks", json={UNTOLD: UNTOLD}),
        await client.post("/v1/checks", files={UNTOLD: (UNTOLD, body)}),
        await client.post("/v1/checks", files={"image": (UNTOLD, body)}),
        await client.get(f"/{UNTOLD}"),
        await client.get(f"/v1/verdicts/{UNTOLD}"),
        await client.get("/v1/reputation", params={"url": f"http://{UNTOLD}.example/"}),
        await client.get("/v1/reputation", params={"url": UNTOLD}),
        await client.get(f"/v1/reputation/hosts/{UNTOLD}.example"),
        await client.get("/", headers={"Host": UNTOLD}),
        await client.get("/", headers={"X-Request-ID": f"{UNTOLD} "}),
    ]

    written = log.getvalue()
    assert len(lines(log)) == len(asked)
    assert {response.status_code for response in asked} >= {200, 400, 403, 404, 422, 502}
    assert UNTOLD not in written


def test_a_line_for_people_says_the_same(caplog: pytest.LogCaptureFixture) -> None:
    record = logging.LogRecord("candor", logging.INFO, "", 0, "request", None, None)
    record.fields = {"route": "/", "status": 200}
    assert TextLines().format(record) == "INFO:     request route=/ status=200"


@pytest.mark.parametrize("lines_", [TextLines(), JsonLines()])
def test_what_asyncio_says_of_a_failed_task_is_not_quoted(lines_: logging.Formatter) -> None:
    text = f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{UNTOLD}')>"
    record = logging.LogRecord("asyncio", logging.ERROR, "", 0, text, None, None)
    written = lines_.format(record)
    assert "never retrieved" in written
    assert UNTOLD not in written
