"""Weights that are missing or damaged: the service says so in a sentence, and does not start."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from api.settings import ROOT

FACE = "face.safetensors"


def missing(folder: Path) -> None:
    (folder / FACE).unlink()


def truncated(folder: Path) -> None:
    with (folder / FACE).open("r+b") as file:
        file.truncate(file.seek(0, 2) // 2)


def empty(folder: Path) -> None:
    (folder / FACE).write_bytes(b"")


def overwritten(folder: Path) -> None:
    with (folder / FACE).open("r+b") as file:
        file.write(b"\xff" * 4096)


def of_another_network(folder: Path) -> None:
    """A sound file with the card of the face expert, and a tensor that its network has not."""
    rewritten(
        folder / FACE, lambda header: header | {"novel": header.pop("attention.spatial.look.bias")}
    )


def without_a_card(folder: Path) -> None:
    rewritten(folder / FACE, lambda header: header | {"__metadata__": {}})


def rewritten(path: Path, change: Callable[[dict[str, object]], dict[str, object]]) -> None:
    """Another header over the same tensors."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = change(json.loads(content[8 : 8 + length]))
    changed = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(changed)) + changed + content[8 + length :])


HARMS = [missing, truncated, empty, overwritten, of_another_network, without_a_card]


@pytest.mark.parametrize("harm", HARMS)
def test_the_service_says_which_weights_and_does_not_start(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(ROOT / "weights", folder)
    harm(folder)

    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data-dir", str(tmp_path)]
    environment = {"CANDOR_WEIGHTS_DIR": str(folder), "PATH": "", "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    assert ran.returncode == 1
    assert ran.stderr.startswith(f"Error: {folder / FACE} cannot be used as weights: ")
    assert "Traceback" not in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
