"""The real service, killed in the middle of a job: nothing is lost, and nothing is there twice."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from pictures import encoded, noise
from service import running_service

ITEMS = 120
KILLS = 2
PATIENCE_S = 240


class Pictures(BaseHTTPRequestHandler):
    """Serves a picture of its own for each number."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = encoded(noise(64, 64, int(self.path.removeprefix("/"))))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Pictures) as server:
        Thread(target=partial(server.serve_forever, 0.05), daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def job_when(address: str, job: str, finished: int) -> dict[str, Any]:
    """The job, once so many of its items are finished."""
    for _ in range(PATIENCE_S * 10):
        now: dict[str, Any] = httpx.get(f"{address}/v1/jobs/{job}", timeout=30).json()
        if now["done"] + now["failed"] >= finished:
            return now
        time.sleep(0.1)
    raise AssertionError(f"the job stands still: {now}")


def kill(folder: Path) -> None:
    """End the service in this folder as a power cut would."""
    found = re.search(r"Started server process \[(\d+)\]", (folder / "service.log").read_text())
    assert found
    os.kill(int(found[1]), signal.SIGKILL)


@pytest.mark.slow
def test_a_job_outlives_the_service_being_killed(tmp_path: Path, site: str) -> None:
    wanted = [
        {"external_id": f"post-{number}", "url": f"http://{site}/{number}"}
        for number in range(ITEMS)
    ]
    job, finished = "", 0
    for _ in range(KILLS):
        with running_service(tmp_path, fetch_private_hosts=site) as address:
            if not job:
                made = httpx.post(f"{address}/v1/jobs", json={"items": wanted}, timeout=30)
                job = made.json()["id"]
            before = job_when(address, job, finished + 5)
            assert before["state"] == "running"
            finished = before["done"]
            kill(tmp_path)
    with running_service(tmp_path, fetch_private_hosts=site) as address:
        done = job_when(address, job, ITEMS)
        results = httpx.get(f"{address}/v1/jobs/{job}/results", timeout=30).text
    lines = [json.loads(line) for line in results.splitlines()]
    assert (done["done"], done["failed"]) == (ITEMS, 0)
    assert [line["index"] for line in lines] == list(range(ITEMS))
    assert [line["external_id"] for line in lines] == [f"post-{n}" for n in range(ITEMS)]
    assert all(
        line["verdict"]["provenance"]["url"] == f"http://{site}/{line['index']}" for line in lines
    )
    assert len({line["verdict"]["id"] for line in lines}) == ITEMS
