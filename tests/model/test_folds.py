"""k-fold: every group once, no group torn, and runs that go on after they were killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from api.cli import main
from model import weights
from model.train import folds, manifest
from model.train.config import ConfigError
from model.train.manifest import Entry, ManifestError

from pictures import drawn_face

FACES = (2, 3, 4, 7, 8, 10, 11)
CONFIG = """
name = "tiny"
steps = 12
phases = [{ until = 1.0, side = 64 }]
validate_every = 12
workers = 0
checkpoint_seconds = 0

[mix]
expert = "face"
self_blended = 1
swapped = 0
generated = 1
"""


def entries() -> list[Entry]:
    """Two kinds of pictures in groups of two, and a test split."""
    return [
        Entry(
            Path(f"{kind}-{number}.png"), "face", ("train", "val")[number % 5 == 0],
            label, kind, f"{kind}-{number // 2}", "unstated",
        )
        for label, kind, count in (("real", "photo", 40), ("fake", "drawn", 20))
        for number in range(count)
    ] + [Entry(Path("t.png"), "face", "test", "real", "photo", "t", "unstated")]  # fmt: skip


def test_each_group_is_validated_on_once() -> None:
    held = Counter(
        entry.group
        for fold in folds.every(5)
        for entry in folds.split(entries(), fold)
        if entry.split == "val"
    )

    assert set(held.values()) == {2}
    assert len(held) == 30


def test_each_fold_has_its_part_of_every_kind_and_tears_no_group() -> None:
    for fold in folds.every(5):
        rows = folds.split(entries(), fold)
        held = Counter(entry.kind for entry in rows if entry.split == "val")
        assert held == {"photo": 8, "drawn": 4}
        splits = {(entry.group, entry.split) for entry in rows}
        assert len(splits) == len({group for group, _ in splits})
        assert rows[-1].split == "test", "what is kept for the end stays out of it"


def test_more_folds_than_groups_are_refused() -> None:
    with pytest.raises(ManifestError, match="too few for 3 folds"):
        folds.split(entries()[:4], folds.parsed("1/3"))


@pytest.mark.parametrize("text", ["0/5", "6/5", "2", "1/1", "a/b", "2/5/1", ""])
def test_what_is_no_fold_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="write 2/5 for the second of five"):
        folds.parsed(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    for seed in FACES:
        for label in ("real", "fake"):
            path = data / label / f"{label}-{seed}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(drawn_face(seed + 1000 * (label == "fake"))).save(path)
    assert CliRunner().invoke(main, ["manifest", str(data)]).exit_code == 0
    (tmp_path / "tiny.toml").write_text(CONFIG)
    return tmp_path


def arguments(folder: Path, *more: str) -> list[str]:
    paths = ["--data", str(folder / "data"), "--work", str(folder / "work")]
    return ["train", str(folder / "tiny.toml"), *paths, *more]


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on_and_the_folds_are_summed_up(folder: Path) -> None:
    command = [sys.executable, "-m", "api.cli", *arguments(folder, "--fold", "1/2")]
    checkpoint = folder / "work" / "tiny-fold-1-of-2" / "checkpoint.pt"
    process = subprocess.Popen(command, start_new_session=True)
    while not checkpoint.exists():
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (folder / "work" / "tiny-fold-1-of-2.safetensors").exists()
    killed_at = checkpoint.stat().st_mtime_ns

    result = CliRunner().invoke(main, arguments(folder, "--folds", "2"))

    assert result.exit_code == 0, result.output
    assert checkpoint.stat().st_mtime_ns > killed_at
    cards = [
        weights.read_card(folder / "work" / f"tiny-fold-{number}-of-2.safetensors")
        for number in (1, 2)
    ]
    aucs = [next(f.value for f in card.figures if f.name == "AUC, all") for card in cards]
    summary = json.loads((folder / "work" / "tiny-2-folds.json").read_text())
    assert summary["figures"]["AUC, all"]["folds"] == pytest.approx(aucs, abs=1e-4)
    assert summary["figures"]["AUC, all"]["mean"] == pytest.approx(sum(aucs) / 2, abs=1e-4)
    assert len(manifest.read(folder / "data")) == 2 * len(FACES)
