"""The main job on real input: the real service, the shipped weights, a site, the command line."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from api.verdict import Verdict

from pictures import cup, encoded, portrait
from service import running_service


class Pictures(BaseHTTPRequestHandler):
    """Serves one portrait, and a way out of the machine to somewhere it must not lead."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", f"http://{self.path.removeprefix('/to/')}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = encoded(portrait(), "JPEG", quality=90)
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Pictures) as server:
        Thread(target=partial(server.serve_forever, 0.05), daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def pictures() -> Iterator[str]:
    with site() as name:
        yield name


@pytest.fixture(scope="module")
def fetching(tmp_path_factory: pytest.TempPathFactory, pictures: str) -> Iterator[str]:
    """A service that may fetch from the site of this module, and from nothing else here."""
    folder = tmp_path_factory.mktemp("fetching")
    with running_service(folder, fetch_private_hosts=pictures) as address:
        yield address


def by_url(service: str, url: str) -> httpx.Response:
    return httpx.post(f"{service}/v1/checks", json={"url": url}, timeout=60)


def test_a_portrait_that_is_sent_is_judged_by_its_face_and_whole(service: str) -> None:
    body = encoded(portrait())

    answer = httpx.post(
        f"{service}/v1/checks", content=body, headers={"Content-Type": "image/png"}, timeout=60
    )

    verdict = Verdict.model_validate_json(answer.content)
    assert {expert.name for expert in verdict.experts} >= {"face"}
    [face] = verdict.faces
    assert 150 < face.box.left < 200
    assert verdict.label != "fake"
    assert "face" in verdict.reason


def test_a_picture_is_fetched_judged_and_remembered(fetching: str, pictures: str) -> None:
    first = by_url(fetching, f"http://{pictures}/portrait.jpg").json()
    second = by_url(fetching, f"http://{pictures}/elsewhere.jpg").json()

    assert first["provenance"]["final_url"] == f"http://{pictures}/portrait.jpg"
    assert (first["cache"], second["cache"]) == ("miss", "bytes")
    assert second["provenance"]["final_url"] == f"http://{pictures}/elsewhere.jpg"
    assert first["id"] == second["id"]


@pytest.mark.parametrize("inside", ["169.254.169.254/latest/meta-data", "127.0.0.1:1/"])
def test_a_redirect_into_the_machine_is_not_followed(
    fetching: str, pictures: str, inside: str
) -> None:
    answer = by_url(fetching, f"http://{pictures}/to/{inside}")

    assert answer.status_code in (422, 502)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_request_that_is_not_even_http_leaves_the_service_standing(service: str) -> None:
    host, port = service.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        connection.recv(1000)

    assert httpx.get(f"{service}/health/ready").status_code == 200


def candor(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "api.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_checks_files_and_goes_on_after_a_bad_one(tmp_path: Path) -> None:
    (tmp_path / "cup.jpg").write_bytes(encoded(cup(), "JPEG"))
    (tmp_path / "note.jpg").write_text("This is no picture.")
    files = [str(tmp_path / name) for name in ("note.jpg", "missing.png", "cup.jpg")]

    ran = candor("check", "--json", "--data-dir", str(tmp_path / "data"), *files)

    assert ran.returncode == 1
    note, missing, good = (json.loads(line) for line in ran.stdout.splitlines())
    assert note["problem"]["status"] == 400
    assert "missing.png" in missing["problem"]["detail"]
    assert good["source"] == files[2]
    Verdict.model_validate(good["verdict"])


def test_the_command_prints_a_verdict_that_a_person_reads(tmp_path: Path) -> None:
    (tmp_path / "portrait.png").write_bytes(encoded(portrait()))

    ran = candor("check", "--data-dir", str(tmp_path), str(tmp_path / "portrait.png"))

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split()[0] in ("real", "uncertain")
    assert "face" in ran.stdout


def test_a_public_address_is_refused_with_the_way_out() -> None:
    ran = candor("serve", "--host", "0.0.0.0")

    assert ran.returncode == 1
    assert "127.0.0.1" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_store_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    ran = candor("serve", "--data-dir", str(tmp_path / "file"))

    assert ran.returncode == 1
    assert str(tmp_path / "file") in ran.stderr
    assert "Traceback" not in ran.stderr
