"""JSON that is small to send and large to read: deep, wide, or with a number of a million digits.

Gained would be the memory or the minutes of a service, for a few kilobytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import ValidationError
from remembered import Client, NoEngine, opened, remembering, verdict

from api.batches import BatchItem
from api.routes.checks import CheckRequest

from listening import listening

JSON = {"Content-Type": "application/json"}
SPEAKING = [f"/v1/verdicts/one/{kind}" for kind in ("reports", "reviews", "appeals")]
PATHS = ["/v1/checks", "/v1/checks/batch", "/v1/jobs", "/v1/reputation/batch", *SPEAKING]
BODIES = {
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "deep within": b'{"items": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "wide": b"[" + b"1," * 500_000 + b"1]",
    "many names": b"{" + b",".join(b'"%d":1' % number for number in range(100_000)) + b"}",
    "a number of digits": b'{"url": ' + b"9" * 1_000_000 + b"}",
    "an exponent": b'{"url": 1e999999999}',
    "not a number": b'{"url": NaN}',
    "half a string": b'{"url": "' + b"x" * 100_000,
    "half a surrogate": rb'{"url": "\ud800"}',
    "no UTF-8": b'{"url": "\xff\xfe"}',
    "another encoding": '{"url": "x"}'.encode("utf-16"),
    "empty": b"",
    "a word": b"null",
    "two": b'{"url": "a"}{"url": "b"}',
}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    async with opened(tmp_path) as store:
        await store.put(verdict("one"))
    async with remembering(tmp_path, NoEngine()) as client:
        yield client


@pytest.mark.parametrize("name", BODIES)
async def test_each_is_refused_in_a_sentence(client: Client, name: str) -> None:
    for path in PATHS:
        answer = await client.post(path, content=BODIES[name], headers=JSON)
        assert answer.status_code in (413, 422), (path, answer.text[:300])
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert len(answer.text) < 2000


def with_keys(count: int, before: str = "") -> str:
    return "{" + before + ",".join(f'"{number}":0' for number in range(count)) + "}"


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        ("/v1/checks", with_keys(3_000), "The body"),
        ("/v1/checks/batch", with_keys(20_000), "The body"),
        ("/v1/jobs", with_keys(20_000), "The body"),
        ("/v1/jobs", f'{{"items": [{with_keys(20_000)}]}}', "item 0"),
        ("/v1/jobs", f'{{"items": [], "webhook": {with_keys(20_000)}}}', "'webhook'"),
        ("/v1/reputation/batch", with_keys(20_000), "The body"),
        ("/v1/verdicts/one/reports", with_keys(3_000), "The body"),
    ],
)
async def test_an_object_of_many_keys_is_refused_for_their_number_alone(
    client: Client, path: str, body: str, place: str
) -> None:
    answer = await client.post(path, content=body, headers=JSON)
    assert answer.status_code == 422
    detail = answer.json()["detail"]
    assert place in detail
    assert "at most 16 keys, not" in detail


async def test_an_item_of_many_keys_is_one_fault_and_keeps_its_name(client: Client) -> None:
    item = with_keys(20_000, '"external_id": "a",')
    answer = await client.post("/v1/checks/batch", content=f'{{"items": [{item}]}}', headers=JSON)
    line = answer.json()
    assert (line["external_id"], line["status"]) == ("a", 422)
    assert "at most 16 keys, not 20001" in line["problem"]["detail"]
    with pytest.raises(ValidationError) as refused:
        BatchItem.model_validate_json(item)
    assert refused.value.error_count() == 1


@pytest.mark.parametrize(
    ("body", "status"), [(with_keys(100_000), 413), ('{"url": "' + "," * 6_000 + '"}', 422)]
)
async def test_a_check_whose_json_is_long_is_not_parsed(
    client: Client, monkeypatch: pytest.MonkeyPatch, body: str, status: int
) -> None:
    parsed: list[int] = []
    monkeypatch.setattr(CheckRequest, "model_validate_json", lambda body: parsed.append(len(body)))
    answer = await client.post("/v1/checks", content=body, headers=JSON)
    assert answer.status_code == status
    assert parsed == []


@pytest.mark.parametrize("comma", [",", "\\u002c"])
async def test_the_longest_url_may_be_made_of_what_is_counted(client: Client, comma: str) -> None:
    url = "http://127.0.0.1/"
    written = url + comma * (4096 - len(url))
    answer = await client.post("/v1/checks", content=f'{{"url": "{written}"}}', headers=JSON)
    # Read, and refused only for where it leads.
    assert answer.json()["type"] == "urn:candor:problem:source-failed"


async def test_a_body_without_end_is_answered_before_it_ends(tmp_path: Path) -> None:
    async with listening(tmp_path, NoEngine()) as address:
        port = int(address.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"POST /v1/verdicts/one/reports HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            + (b"2000\r\n" + b" " * 0x2000 + b"\r\n")
            * 20
        )
        await writer.drain()
        assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
        writer.close()
        await writer.wait_closed()
