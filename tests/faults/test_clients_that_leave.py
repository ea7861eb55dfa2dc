"""Clients that hang up half way cost nothing: no 500, no traceback, and the next is answered."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Iterator

import httpx
import pytest

from clips import face_clip
from pictures import encoded, noise
from service import Service, started_service

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that makes `close` a reset: what was sent is not waited for."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("leaving")
    with started_service(folder, log_format="json", log_level="debug") as service:
        yield service


def connected(service: Service) -> socket.socket:
    url = httpx.URL(service.address)
    return socket.create_connection((url.host, url.port))


def request(body: bytes, length: int | None = None, more: str = "") -> bytes:
    head = "POST /v1/checks?fresh=true HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
    return f"{head}{more}Content-Length: {length or len(body)}\r\n\r\n".encode() + body


def leave_mid_clip(service: Service, body: bytes) -> None:
    """More often than one caller may have clips at once: none of them may keep its place."""
    head = "POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Type: video/mp4\r\n"
    half = face_clip()[:3000]
    with connected(service) as connection:
        connection.sendall(f"{head}Content-Length: {len(half) * 2}\r\n\r\n".encode() + half)
    with httpx.Client(base_url=service.address) as client:
        for _ in range(100):
            free = client.post("/v1/videos", content=b"", headers={"Content-Type": "video/mp4"})
            if free.status_code == 415:
                return
            time.sleep(0.05)
    raise AssertionError("A clip that nobody sends any more keeps its place.")


def leave_mid_upload(service: Service, body: bytes) -> None:
    with connected(service) as connection:
        connection.sendall(request(body[: len(body) // 2], len(body)))


def leave_mid_upload_with_a_key(service: Service, body: bytes) -> None:
    with connected(service) as connection:
        half = body[: len(body) // 2]
        connection.sendall(request(half, len(body), "Idempotency-Key: k\r\n"))


def reset_mid_upload(service: Service, body: bytes) -> None:
    with connected(service) as connection:
        connection.sendall(request(body[: len(body) // 2], len(body)))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def reset_before_the_answer(service: Service, body: bytes) -> None:
    with connected(service) as connection:
        connection.sendall(request(body))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def reset_mid_answer(service: Service, body: bytes) -> None:
    with connected(service) as connection:
        connection.sendall(request(body))
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def test_what_nobody_waits_for_any_more_is_not_scored(service: Service) -> None:
    pictures = [encoded(noise(900, 900, seed)) for seed in range(16)]
    lines = len(service.log.read_text().splitlines())
    kind = {"Content-Type": "image/png"}
    with httpx.Client(base_url=service.address, timeout=120) as client:
        connections = [connected(service) for _ in pictures]
        for connection, picture in zip(connections, pictures, strict=True):
            connection.sendall(request(picture))
        time.sleep(0.2)
        for connection in connections:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            connection.close()
        answer = client.post("/v1/checks", content=encoded(noise(61, 80)), headers=kind)

    assert answer.status_code == 200
    told = [json.loads(line) for line in service.log.read_text().splitlines()[lines:]]
    statuses = [line["status"] for line in told if line.get("route") == "/v1/checks"]
    assert 499 in statuses
    # Some were faster, and of some the body had not come yet.
    assert set(statuses) <= {200, 400, 499}


@pytest.mark.parametrize(
    "leave",
    [
        leave_mid_clip,
        leave_mid_upload,
        leave_mid_upload_with_a_key,
        reset_mid_upload,
        reset_before_the_answer,
        reset_mid_answer,
    ],
)
def test_who_leaves_is_no_mistake_of_ours(service: Service, leave) -> None:
    for seed in range(5):
        leave(service, encoded(noise(300, 300, seed)))

    with httpx.Client(base_url=service.address, timeout=60) as client:
        kind = {"Content-Type": "image/png"}
        good = client.post("/v1/checks", content=encoded(noise(60, 80)), headers=kind)
        ready = client.get("/health/ready")

    assert (good.status_code, ready.status_code) == (200, 200)
    told = [json.loads(line) for line in service.log.read_text().splitlines()]
    assert [line for line in told if line["level"] in ("error", "critical")] == []
    assert [line for line in told if line.get("status", 0) >= 500] == []
    assert "Traceback" not in service.log.read_text()
