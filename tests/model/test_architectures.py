"""A network of one's own: one class and one entry in the registry, from its file to a verdict."""

from __future__ import annotations

import importlib
import re
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from litestar.testing import AsyncTestClient
from own_networks import Attentive, Narrow, Tiny
from peers import called_from
from shipped import shipped_weights
from torch import nn

from api.app import create_app
from api.cli import main
from api.settings import Settings
from api.verdict import Verdict
from model import weights
from model.cards import Card
from model.decision import Calibration, Thresholds
from model.detector import Detector
from model.fusing import costs
from model.preparation import PREPARATION, SIDE, network_input
from model.weights import Registry, WeightsError

from pictures import encoded, portrait

TINY = "own_networks:Tiny"
LOOPBACK = "http://127.0.0.1:8000"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped weights, and `tiny` for faces, which nobody has named yet."""
    copied = shipped_weights(tmp_path)
    save(copied, "tiny", Tiny())
    return copied


def save(folder: Path, name: str, network: nn.Module, **card: object) -> None:
    """With weights that are always the same, and a card."""
    facts: dict[str, object] = {
        "name": name,
        "expert": "face",
        "backbone": "tiny",
        "preparation": PREPARATION,
        "calibration": Calibration(),
        "thresholds": Thresholds(real_below=0.3, fake_from=0.7),
        "made_at": datetime.now(UTC),
    }
    path = folder / f"{name}.safetensors"
    weights.write(path, drawn(network), Card.model_validate(facts | card))


def drawn(network: nn.Module) -> nn.Module:
    torch.manual_seed(0)
    for value in network.parameters():
        nn.init.normal_(value)
    return network


def candor(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["weights", *words, "--weights", str(folder)])


def use(folder: Path, architecture: str, name: str = "tiny") -> Result:
    return candor(folder, "use", name, "--architecture", architecture)


async def verdict_by(folder: Path, data: Path) -> Verdict:
    """What the service says of a portrait."""
    settings = Settings(weights_dir=folder, data_dir=data)
    async with AsyncTestClient(called_from(create_app(settings)), LOOPBACK) as client:
        answer = await client.post(
            "/v1/checks?explain=true", content=encoded(portrait()),
            headers={"Content-Type": "image/png"},
        )  # fmt: skip
    assert answer.status_code in (200, 201), answer.text
    return Verdict.model_validate_json(answer.content)


async def test_one_class_and_one_entry_serve_a_verdict(folder: Path, tmp_path: Path) -> None:
    shipped = await verdict_by(folder, tmp_path / "before")
    assert use(folder, TINY).exit_code == 0

    own = await verdict_by(folder, tmp_path / "after")

    registry = Registry.read(folder)
    assert registry.experts == {"face": "tiny", "whole": "whole"}
    assert registry.weights["tiny"].architecture == TINY
    assert own.model.id != shipped.model.id
    assert own.model.id == Detector.load(folder).model_id
    [face] = own.faces
    assert face.look is None, "it has no attention to show"
    assert face.fake_probability != shipped.faces[0].fake_probability
    # The service says what the class says.
    prepared = Detector.load(folder).prepare(portrait())
    network = drawn(Tiny())
    said = network(network_input(np.stack(prepared.face_squares[SIDE]))).sigmoid().item()
    assert face.fake_probability == pytest.approx(said, abs=1e-3)


def test_its_code_is_part_of_the_model_id(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    source = Path(sys.modules["own_networks"].__file__ or "").read_text()
    (tmp_path / "first_networks.py").write_text(source)
    assert use(folder, "first_networks:Tiny").exit_code == 0
    first = Detector.load(folder).model_id

    (tmp_path / "first_networks.py").write_text(source.replace(".mean((2, 3))", ".amax((2, 3))"))

    assert Detector.load(folder).model_id != first


def test_attention_of_ones_own_is_shown(folder: Path) -> None:
    save(folder, "attentive", Attentive())
    assert use(folder, "own_networks:Attentive", "attentive").exit_code == 0

    [scores] = Detector.load(folder).score([portrait()])

    assert scores.faces[0].look is not None


def test_ones_own_can_stand_beside_the_shipped(folder: Path) -> None:
    assert candor(folder, "use", "tiny", "--beside", "--architecture", TINY).exit_code == 0

    [scores] = Detector.load(folder).score([portrait()])

    assert list(scores.members["face"]) == ["face", "tiny"]
    assert scores.faces[0].look is not None, "of the first member"


@pytest.mark.parametrize(
    ("architecture", "said"),
    [
        ("own_networks", "names no class"),
        ("own_networks:Tiny()", "names no class"),
        ("no_such_package.nets:Tiny", "PYTHONPATH"),
        ("own_networks:Missing", "cannot be imported"),
        ("own_networks:Demanding", "without arguments"),
        ("own_networks:not_a_network", "no torch module"),
        ("torch.nn:Identity", "are not as torch.nn:Identity has them"),
    ],
)
def test_what_is_no_such_class_is_named(folder: Path, architecture: str, said: str) -> None:
    before = (folder / "registry.toml").read_text()

    result = use(folder, architecture)

    assert result.exit_code == 1
    assert said in result.output
    assert (folder / "registry.toml").read_text() == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Wide", r"returns \(\d, 2\), and logits of"),
        ("Failing", "fails on .*reshape|fails on .*shape"),
        ("Constant", "the same of every drawn picture"),
    ],
)
def test_a_class_that_does_not_do_its_work_does_not_serve(
    folder: Path, name: str, said: str
) -> None:
    assert use(folder, TINY).exit_code == 0
    written = (folder / "registry.toml").read_text()

    result = use(folder, f"own_networks:{name}")

    assert result.exit_code == 1
    assert re.search(said, result.output)
    assert (folder / "registry.toml").read_text() == written
    (folder / "registry.toml").write_text(written.replace(TINY, f"own_networks:{name}"))
    with pytest.raises(WeightsError, match=said):
        Detector.load(folder)


def test_a_class_is_tried_on_squares_of_the_side_that_its_card_names(folder: Path) -> None:
    save(folder, "narrow", Narrow(), side=192)

    result = use(folder, "own_networks:Narrow", "narrow")

    assert result.exit_code == 0, result.output
    loaded = Detector.load(folder)
    assert loaded.score([portrait()])[0].faces
    assert costs.of(folder, Registry.read(folder))["narrow"] > 0


def test_what_a_file_says_of_itself_is_never_imported(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "trap.py").write_text("raise SystemExit('imported')")
    save(folder, "lure", Tiny(), backbone="trap", config={"architecture": "trap:Net"})

    result = candor(folder, "use", "lure")

    assert result.exit_code == 1
    assert "--architecture MODULE:CLASS" in result.output
    assert candor(folder, "list").exit_code == 0
    assert "trap" not in sys.modules
    # Nor does a card get the fields to say so.
    with pytest.raises(ValueError, match="architecture"):
        save(folder, "lure", Tiny(), architecture="trap:Net")


def test_the_documented_network_serves_as_documented(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).parents[2] / "docs/models.md").read_text(encoding="utf-8")
    the_class, the_card = re.findall(r"```python\n(.*?)```", page, re.S)
    package = tmp_path / "mynets"
    package.mkdir()
    (package / "bright.py").write_text(the_class)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    bright = importlib.import_module("mynets.bright").Bright

    exec(the_card, {"network": drawn(bright())})  # noqa: S102
    words = re.search(r"candor weights (use bright --architecture \S+)", page)
    assert words
    result = candor(folder, *words[1].split())

    assert result.exit_code == 0, result.output
    assert Detector.load(folder).score([portrait()])[0].faces


def test_the_documented_registry_is_one() -> None:
    page = (Path(__file__).parents[2] / "docs/models.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", page, re.S)
    written = tomllib.loads("\n".join(blocks).replace("…", "0" * 64))

    registry = Registry.model_validate(
        written | {"thresholds": {"real_below": 0.3, "fake_from": 0.9}}
    )

    assert registry.ensemble is not None
    assert registry.architecture("bright") == "mynets.bright:Bright"
