"""The real service as a child process, with the shipped weights and a store of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LISTENING = re.compile(r"running on (http://127\.0\.0\.1:\d+)")
GRACE_S = 30
PATIENCE_S = 300
"""For a model that loads beside everything else on a busy machine."""


@dataclass(frozen=True)
class Service:
    """A service that answers; its log grows while it runs."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def running_service(folder: Path, **settings: str) -> Iterator[str]:
    """The address of `started_service`, for who needs no more."""
    with started_service(folder, **settings) as service:
        yield service.address


@contextmanager
def started_service(folder: Path, **settings: str) -> Iterator[Service]:
    """A service, once it answers; `settings` are CANDOR_ variables in lower case.

    Args:
        folder: For its store and its log.
    """
    log = folder / "service.log"
    environment = os.environ | {f"CANDOR_{key.upper()}": value for key, value in settings.items()}
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data-dir", str(folder)]
    with log.open("w") as output:
        service = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    try:
        yield Service(_address(service, log), service, log)
    finally:
        service.terminate()
        service.wait(GRACE_S)


def _address(service: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(PATIENCE_S * 10):
        found = LISTENING.search(log.read_text())
        if found:
            return found[1]
        if service.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"The service did not start:\n{log.read_text()}")
