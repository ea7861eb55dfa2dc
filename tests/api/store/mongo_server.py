"""A MongoDB to test against: SecantusDB as a child process, which can be stopped and restarted.

No Linux distribution or package index carries a mongod; this one speaks the wire protocol and
journals. It is no part of the service.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_S = 20


class MongoServer:
    """One server over `folder`; the port stays the same over restarts."""

    def __init__(self, folder: Path) -> None:
        self._storage = folder / "storage"
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def url(self, database: str) -> str:
        return f"mongodb://127.0.0.1:{self.port}/{database}?directConnection=true&journal=true"

    def start(self) -> None:
        command = [sys.executable, "-m", "secantus", "--host", "127.0.0.1"]
        options = ["--port", str(self.port), "--storage-path", str(self._storage)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen([*command, *options], stderr=log)
        self.port = self._listening()

    def _listening(self) -> int:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            said = self._log.read_text()
            if match := re.search(r"listening on \S+:(\d+)", said):
                return int(match[1])
            time.sleep(0.02)
        raise TimeoutError(f"no MongoDB after {START_S} s: {said}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(START_S)
            self._process = None

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(START_S)
            self._process = None

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """The server keeps its connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        # A thread on another core may answer once more before it sees the signal.
        os.waitpid(self._process.pid, os.WUNTRACED)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)
