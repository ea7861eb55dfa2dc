"""A service that says what a test tells it to, as slowly as it is told to.

For what the real one cannot be made to do. It knows pictures by their bytes, and remembers what it
was sent.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = {"id": "stand-in"}
CHANCES = {"real": 0.03, "fake": 0.97, "uncertain": 0.5}


class Answering(BaseHTTPRequestHandler):
    """Answers as its server was told."""

    server: StandIn

    def do_GET(self) -> None:
        self._say(200, {"status": "ready", "model": MODEL})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind = self.headers["Content-Type"]
        if kind.startswith("application/json"):
            given = json.loads(body)
            pictures = [one["url"].encode() for one in given.get("items", [])]
        elif kind.startswith("multipart/"):
            form = message_from_bytes(
                b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body, policy=HTTP
            )
            pictures = [part.get_payload(decode=True) for part in form.iter_parts()]
        else:
            pictures = [body]
        self.server.asked.append((self.path, pictures))
        if self.path == "/v1/checks/batch":
            self._tell(pictures)
        elif pictures:
            self._say(200, self.server.verdict(pictures[0]))
        else:
            self._say(422, {"type": "urn:candor:problem:invalid-request"})

    def _tell(self, pictures: list[bytes]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.end_headers()
        # Who does not want to wait hangs up.
        with suppress(ConnectionError):
            for index, picture in enumerate(pictures):
                self.wfile.flush()
                time.sleep(self.server.takes_s)
                line = {"index": index, "status": 200, "verdict": self.server.verdict(picture)}
                self.wfile.write(json.dumps(line).encode() + b"\n")

    def _say(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the test report is for the tests."""


class StandIn(ThreadingHTTPServer):
    """Listens on a free port.

    Attributes:
        labels: What to say of a picture, by its bytes; of all others, that nobody can tell.
        asked: The path of each question, and the pictures in it: bytes, or addresses.
        takes_s: Seconds for each picture of a batch, once its answer has begun.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.labels: dict[bytes, str] = {}
        self.asked: list[tuple[str, list[bytes]]] = []
        self.takes_s = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def times_sent(self, picture: bytes) -> int:
        """How often it was sent these bytes."""
        return sum(pictures.count(picture) for _, pictures in self.asked)

    def verdict(self, picture: bytes) -> dict[str, object]:
        """What it says of a picture."""
        label = self.labels.get(picture, "uncertain")
        name = hashlib.sha256(picture).hexdigest()[:32]
        return {"id": name, "label": label, "fake_probability": CHANCES[label], "model": MODEL}


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """Such a service, while it answers."""
    with StandIn() as service:
        threading.Thread(target=service.serve_forever, daemon=True).start()
        yield service
        service.shutdown()
