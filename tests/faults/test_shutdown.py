"""SIGTERM: no more is asked for, what was taken is answered and stored, then the process ends."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
from remembered import opened

from pictures import cup, encoded
from service import started_service

PATIENCE_S = 120
"""Ends a test that hangs. How long anything takes is not tested."""


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if await true():
                return
            await asyncio.sleep(0.05)


async def test_what_was_taken_is_answered_and_stored(sites, tmp_path: Path) -> None:
    let_go = asyncio.Event()

    async def slow(writer: asyncio.StreamWriter) -> None:
        await let_go.wait()
        body = encoded(cup(), "JPEG")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)

    site = await sites.running(slow)
    settings = {"fetch_private_hosts": site.name, "fetch_deadline_s": "300", "drain_s": "300"}
    with started_service(tmp_path, log_format="json", **settings) as service:
        async with httpx.AsyncClient(base_url=service.address, timeout=PATIENCE_S) as client:
            check = asyncio.create_task(client.post("/v1/checks", json={"url": site.url}))

            async def asked() -> bool:
                return bool(site.requests)

            async def draining() -> bool:
                return (await client.get("/health/ready")).status_code == 503

            async def closed() -> bool:
                try:
                    async with httpx.AsyncClient() as stranger:
                        await stranger.get(f"{service.address}/health/live")
                except httpx.ConnectError:
                    return True
                except httpx.TransportError:
                    # It came in just as the door closed.
                    return False
                return False

            await until(asked)
            service.process.send_signal(signal.SIGTERM)
            await until(draining)
            ready = await client.get("/health/ready")
            live = await client.get("/health/live")
            # A second one ends the wait for balancers.
            service.process.send_signal(signal.SIGTERM)
            await until(closed)
            let_go.set()
            answer = await check
        await asyncio.to_thread(service.process.wait, PATIENCE_S)

    assert live.status_code == 200
    assert ready.json()["type"] == "urn:candor:problem:not-ready"
    assert "shutting down" in ready.json()["detail"]
    assert ready.headers["retry-after"]
    assert answer.status_code == 200
    assert service.process.returncode == -signal.SIGTERM
    async with opened(tmp_path) as store:
        assert (await store.get(answer.json()["id"])).picture.width == cup().shape[1]
    written = service.log.read_text()
    told = [json.loads(line) for line in written.splitlines()]
    assert [line for line in told if line["level"] == "error"] == []
    assert [line["verdict"] for line in told if "verdict" in line] == [answer.json()["id"]]
    assert site.url not in written
    assert site.name not in written
