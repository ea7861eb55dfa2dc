"""Batches that cost the service far more than they cost their sender.

What is gained without the guards: memory, by bodies that parse into a hundred times their length
or by many bodies at once; the model, by batches that are charged as one request; threads and
queue places, by leaving after sending.
"""

from __future__ import annotations

import asyncio
import base64
import json

import httpx
import pytest

from engines import GatedEngine
from keyed import keyed
from listening import listening, until
from pictures import encoded, noise


def items(count: int, first: int = 0) -> dict[str, object]:
    pictures = (encoded(noise(40, 40, first + number)) for number in range(count))
    return {"items": [{"data": base64.b64encode(one).decode()} for one in pictures]}


@pytest.mark.parametrize("piece", [b"[],", b'{"a":{}},', b"[[[[", b'"",', b"0,"])
async def test_a_body_that_would_fill_the_memory_is_not_parsed(tmp_path, piece, monkeypatch):
    parsed = []
    monkeypatch.setattr(
        "api.batches.BatchRequest.model_validate_json", lambda body: parsed.append(len(body))
    )
    body = b'{"items": [' + piece * (8_000_000 // len(piece))
    headers = {"Content-Type": "application/json"}
    async with keyed(tmp_path, GatedEngine()) as client:
        answer = await client.post("/v1/checks/batch", content=body, headers=headers)
    assert answer.status_code == 422
    assert "brackets and commas" in answer.json()["detail"]
    assert parsed == []


async def test_a_caller_holds_only_a_few_batches_in_memory(tmp_path):
    engine = GatedEngine()
    engine.gate.clear()
    async with (
        listening(tmp_path, engine) as address,
        httpx.AsyncClient(base_url=address, timeout=60) as client,
    ):
        held = [
            asyncio.create_task(client.post("/v1/checks/batch", json=items(1, seed)))
            for seed in range(4)
        ]
        await until(lambda: engine.inside == 4)
        refused = await client.post("/v1/checks/batch", json=items(1, 9))
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
        engine.gate.set()
        assert [(await one).status_code for one in held] == [200] * 4
        assert (await client.post("/v1/checks/batch", json=items(1, 9))).status_code == 200


async def test_a_slow_body_holds_a_place_of_its_sender_only_while_it_lasts(tmp_path):
    engine = GatedEngine()
    head = (
        b"POST /v1/checks/batch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b'Content-Length: 1000\r\n\r\n{"items":'
    )
    async with (
        listening(tmp_path, engine) as address,
        httpx.AsyncClient(base_url=address, timeout=60) as client,
    ):

        async def status() -> int:
            return (await client.post("/v1/checks/batch", json=items(1))).status_code

        port = int(address.rpartition(":")[2])
        writers = []
        for _ in range(4):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head)
            await writer.drain()
            writers.append(writer)
        async with asyncio.timeout(60):
            while await status() != 429:  # noqa: ASYNC110 - only an answer tells
                await asyncio.sleep(0.01)
            for writer in writers:
                writer.close()
            while await status() != 200:  # noqa: ASYNC110 - only an answer tells
                await asyncio.sleep(0.01)


async def test_the_pictures_of_a_batch_do_not_pass_as_one(tmp_path):
    engine = GatedEngine()
    # So few that the next is let in after seven seconds, however busy this machine is.
    async with keyed(tmp_path, engine, pictures_per_minute=8) as client:
        assert (await client.post("/v1/checks/batch", json=items(8))).status_code == 200
        assert (await client.post("/v1/checks/batch", json=items(1, 99))).status_code == 429
    assert len(engine.asked) == 8


async def test_a_batch_of_nonsense_is_charged_too(tmp_path):
    async with keyed(tmp_path, GatedEngine(), pictures_per_minute=3) as client:
        statuses = [
            (await client.post("/v1/checks/batch", json={"items": []})).status_code
            for _ in range(4)
        ]
        assert statuses == [422, 422, 422, 429]


async def test_a_picture_that_is_large_only_when_decoded_spoils_no_other(tmp_path):
    bomb = base64.b64encode(encoded(noise(1, 1)) + bytes(200_000)).decode()
    good = items(1)["items"][0]
    async with keyed(tmp_path, GatedEngine(), max_bytes=100_000) as client:
        answer = await client.post("/v1/checks/batch", json={"items": [{"data": bomb}, good]})
    statuses = {line["index"]: line["status"] for line in map(json.loads, answer.text.splitlines())}
    assert statuses == {0: 413, 1: 200}
