"""`candor attack`: the table says how the face expert that serves stands its attackers."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from api.cli import main
from api.settings import Settings
from model import weights
from model.ensemble import Expert
from model.evaluation.adversarial import ATTACKS, attack_all
from model.evaluation.adversarial_command import TITLE
from model.faces import FaceFinder
from model.train import manifest
from model.train.forgery.adversarial import Target

from pictures import drawn_face

FACES = (3, 4)
COLUMNS = ("path", "domain", "split", "label", "kind", "group")


def listed(folder: Path, *labels: str) -> Path:
    rows = []
    for seed in FACES:
        for label in labels:
            name = f"{label}-{seed}.png"
            Image.fromarray(drawn_face(seed + 1000 * (label == "fake"))).save(folder / name)
            rows.append((name, "face", "val", label, "drawn", name))
    with (folder / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return folder


def attack(data: Path, *more: str) -> Result:
    return CliRunner().invoke(main, ["attack", str(data), *more])


@pytest.mark.slow
def test_the_command_tells_every_attack_and_puts_it_into_the_card(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(Settings().weights_dir, folder)
    (folder / "face.md").write_text(f"# face\n\n{TITLE}\n\nlast year\n\n## Training pictures\n")
    (tmp_path / "data").mkdir()
    data = listed(tmp_path / "data", "real", "fake")

    result = attack(data, "--weights", str(folder), "--write")

    assert result.exit_code == 0, result.output
    card = (folder / "face.md").read_text("utf-8")
    assert re.findall(r"^\| (.+?/255|as they are) \|", card, re.M) == list(ATTACKS)
    assert card.count(TITLE) == 1
    assert "last year" not in card
    assert card.endswith("## Training pictures\n")


@pytest.mark.slow
def test_the_expert_that_serves_is_led_away_from_what_is_right(tmp_path: Path) -> None:
    network, card = weights.read(Settings().weights_dir / "face.safetensors", "face")
    entries = manifest.read(listed(tmp_path, "real", "fake"))[:2]

    expert = Expert(network, card.calibration, side=card.side)
    stood = list(attack_all(Target(network, card.side), expert, FaceFinder(), entries))

    assert [one.entry.is_fake for one in stood] == [False, True]
    for one in stood:
        wrong = {name: 1 - said if one.entry.is_fake else said for name, said in one.said.items()}
        for epsilon in ("2/255", "4/255"):
            assert wrong[f"PGD, {epsilon}"] > wrong[f"FGSM, {epsilon}"] > wrong["as they are"]


def test_one_class_alone_cannot_be_attacked(tmp_path: Path) -> None:
    result = attack(listed(tmp_path, "real"))

    assert result.exit_code == 1
    assert "needs real and fake pictures of faces" in " ".join(result.output.split())
