"""docs/retraining.md is what it says: its commands and its run, on a few drawn faces."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from PIL import Image

from api.settings import Settings
from model import weights

from pictures import DRAWN_FACE, drawn_face, swapped
from service import LISTENING, PATIENCE_S

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "docs" / "retraining.md").read_text(encoding="utf-8")
FACES = (2, 3, 4, 7, 8, 10, 11, 12)
"""Seeds of drawn faces that the face finder sees."""


def commands() -> tuple[list[str], list[str]]:
    """Of the six, and of what comes then."""
    six, then = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.M | re.S)
    return six.splitlines(), then.splitlines()


def run_file() -> str:
    """The run of the guide, with fewer and smaller steps."""
    [text] = re.findall(r"^```toml\n(.*?)^```", GUIDE, re.M | re.S)
    for pattern, small in ((r"steps = \d+", "steps = 2"), (r"side = \d+", "side = 64"),
                           (r"validate_every = \d+", "validate_every = 2")):  # fmt: skip
        text, count = re.subn(pattern, small, text)
        assert count
    return f"workers = 0\n{text}"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A root with the shipped weights, the run, and pictures with nothing but their folders."""
    shutil.copytree(Settings().weights_dir, tmp_path / "weights")
    (tmp_path / "weights" / "portraits.toml").write_text(run_file())
    for label in ("real/interviews", "fake/inswapper", "fake/drawn"):
        (tmp_path / "pictures" / label).mkdir(parents=True)
    for seed in FACES:
        real, other = drawn_face(seed), drawn_face(seed + 500)
        fake = swapped(real, other, DRAWN_FACE, 0.8)
        pictures = tmp_path / "pictures"
        Image.fromarray(real).save(pictures / "real" / "interviews" / f"{seed}.jpg", quality=90)
        Image.fromarray(fake).save(pictures / "fake" / "inswapper" / f"{seed}.jpg", quality=90)
        lone = pictures / "fake" / "drawn" / f"made-{seed}.jpg"
        Image.fromarray(drawn_face(seed + 1000)).save(lone, quality=90)
    command = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m api.cli "$@"\n'
    candor = tmp_path / "bin" / "candor"
    candor.parent.mkdir()
    candor.write_text(command)
    candor.chmod(0o755)
    return tmp_path


def environment(place: Path) -> dict[str, str]:
    return os.environ | {
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "CANDOR_WEIGHTS_DIR": str(place / "weights"),
        "CANDOR_DATA_DIR": str(place / "store"),
        "CANDOR_PORT": "0",
        "COLUMNS": "200",
    }


def done(command: str, place: Path) -> str:
    ended = subprocess.run(
        ["sh", "-c", command], cwd=place, env=environment(place), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 0, f"{command}\n{ended.stdout}{ended.stderr}"
    return ended.stdout


@contextmanager
def serving(command: str, place: Path) -> Iterator[str]:
    log = place / "service.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            ["sh", "-c", f"exec {command}"], cwd=place, env=environment(place),
            stdout=output, stderr=output,
        )  # fmt: skip
    try:
        for _ in range(PATIENCE_S * 10):
            found = LISTENING.search(log.read_text())
            if found:
                break
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        assert found, log.read_text()
        yield found[1]
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.slow
def test_the_guide_leads_from_a_folder_to_weights_that_serve_and_on_to_others(place: Path) -> None:
    six, then = commands()
    assert len(six) == 6
    before = weights.Registry.read(place / "weights")

    told = [done(command, place) for command in six[:-1]]

    assert "24 pictures" in told[0]
    assert "3 folds" in told[1]
    assert (place / "runs" / "portraits-3-folds.json").exists()
    card = weights.read_card(place / "weights" / "portraits.safetensors", "face")
    assert "CC-BY-4.0" in {source.licence for source in card.sources}
    after = weights.Registry.read(place / "weights")
    assert dict(after.experts) == dict(before.experts) | {"face": "portraits"}
    assert after.thresholds != before.thresholds
    with serving(six[-1], place) as address:
        picture = (place / "pictures" / "real" / "interviews" / "3.jpg").read_bytes()
        answer = httpx.post(
            f"{address}/v1/checks", content=picture, headers={"Content-Type": "image/jpeg"},
            timeout=60,
        )  # fmt: skip
    assert answer.status_code == 200, answer.text
    served = answer.json()["model"]
    assert served["id"] == weights.model_id(place / "weights", after)
    assert served["thresholds"] == after.thresholds.model_dump()

    for command in then:
        done(command, place)

    assert (place / "report" / "report.html").exists()
    card = weights.read_card(place / "weights" / "portraits-forged.safetensors", "face")
    assert "forged-swap" in {source.kind for source in card.sources}
    # What serves is still what was pinned.
    done("candor weights verify", place)
    done("candor weights use portraits-forged", place)
