"""Weights that come, serve and go by `candor weights`, from a hub that stands on loopback."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from huggingface_hub import constants
from safetensors import safe_open
from safetensors.torch import save_file
from shipped import SHIPPED, shipped_weights

from api.cli import main
from model import weights
from model.detector import Detector

from hub import COMMIT, Hub, standing

FACE = (SHIPPED / "face.safetensors").read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped weights."""
    return shipped_weights(tmp_path)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with standing() as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.address)
        monkeypatch.setattr(
            constants,
            "HUGGINGFACE_CO_URL_TEMPLATE",
            hub.address + "/{repo_id}/resolve/{revision}/{filename}",
        )
        hub.files["lab/faces/better.safetensors"] = FACE
        yield hub


def candor(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["weights", *words, "--weights", str(folder)])


def refused(folder: Path, *words: str) -> str:
    """What is said, after nothing was changed."""
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    result = candor(folder, *words)
    assert result.exit_code == 1, result.output
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    return result.output


def test_the_shipped_weights_are_right_and_serve(folder: Path) -> None:
    lines = candor(folder, "list").output.splitlines()

    assert [line.split()[:2] for line in lines] == [["*", "face"], ["*", "whole"]]
    assert candor(folder, "verify").exit_code == 0


def test_pulled_weights_are_pinned_and_serve_when_told_to(folder: Path, hub: Hub) -> None:
    assert candor(folder, "pull", "hf://lab/faces/better.safetensors").exit_code == 0
    assert weights.Registry.read(folder).experts["face"] == "face"

    assert candor(folder, "use", "better").exit_code == 0

    registry = weights.Registry.read(folder)
    assert registry.experts == {"face": "better", "whole": "whole"}
    assert registry.weights["better"].sha256 == hashlib.sha256(FACE).hexdigest()
    assert registry.weights["better"].source == f"hf://lab/faces/better.safetensors@{COMMIT}"
    assert "# " in (folder / "registry.toml").read_text(), "comments are kept"
    assert Detector.load(folder).model_id
    assert candor(folder, "remove", "face").exit_code == 0
    assert not (folder / "face.safetensors").exists()


def test_a_connection_that_breaks_is_taken_up_where_it_broke(
    folder: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of a file this small the library would keep nothing: it writes ten megabytes at a time.
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1 << 16)
    hub.breaks = 2

    result = candor(folder, "pull", "hf://lab/faces/better.safetensors")

    assert result.exit_code == 0, result.output
    assert len(hub.ranges) == 2
    assert (folder / "better.safetensors").read_bytes() == FACE


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("lab/faces/better.safetensors", "no address of weights"),
        ("hf://lab/faces/better.bin", "no address of weights"),
        ("hf://lab/faces/../../etc/passwd.safetensors", "no address of weights"),
        ("hf://nobody/faces/better.safetensors", "no repository nobody/faces"),
        ("hf://lab/faces/worse.safetensors", "no file worse.safetensors"),
        ("hf://lab/faces/better.safetensors@v9", "no revision 'v9'"),
    ],
)
def test_what_the_hub_does_not_have_is_named(
    folder: Path, hub: Hub, address: str, said: str
) -> None:
    assert said in refused(folder, "pull", address)


def test_other_bytes_than_were_wanted_are_refused(folder: Path, hub: Hub) -> None:
    said = refused(folder, "pull", "hf://lab/faces/better.safetensors", "--sha256", "0" * 64)

    assert hashlib.sha256(FACE).hexdigest() in said


def test_another_file_of_the_name_is_not_overwritten_unasked(folder: Path, hub: Hub) -> None:
    hub.files["lab/faces/whole.safetensors"] = FACE

    assert "--replace" in refused(folder, "pull", "hf://lab/faces/whole.safetensors")


def with_card(tmp_path: Path, **changes: object) -> bytes:
    """The shipped face weights with another card."""
    with safe_open(SHIPPED / "face.safetensors", "pt") as file:
        card = json.loads(file.metadata()["candor"]) | changes
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    save_file(tensors, tmp_path / "made", {"candor": json.dumps(card)})
    return (tmp_path / "made").read_bytes()


def hostile(tmp_path: Path) -> dict[str, tuple[bytes, str]]:
    """Files by what is wrong with them, and what must be said of each."""
    header = json.dumps({"a": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 4]}})
    lying = len(header).to_bytes(8, "little") + header.encode() + b"\0\0\0\0"
    return {
        "truncated": (FACE[: len(FACE) // 2], "cannot be used as weights"),
        "corrupted head": (FACE[:40] + b"\xff" * 40 + FACE[80:], "cannot be used as weights"),
        "empty": (b"", "no safetensors file"),
        "a page": (b"<!doctype html><title>Login</title>", "no safetensors file"),
        "a pickle": (pickle.dumps({"a": 1}), "is a pickle"),
        "a zipped pickle": (b"PK\x03\x04" + b"\0" * 400, "is a pickle"),
        "a head of exabytes": (b"\xff" * 7 + b"\x7f{", "cannot be used as weights"),
        "a tensor of terabytes": (lying, "cannot be used as weights"),
        "without a card": (_bare(tmp_path), "no card"),
        "of a larger network": (
            with_card(tmp_path, backbone="tf_efficientnet_lite4"), "more are not as",
        ),
        "of an unknown network": (with_card(tmp_path, backbone="resnet9000"), "cannot run"),
        "of a network that the hub would be asked for": (
            with_card(tmp_path, backbone="hf-hub:lab/evil"), "no card",
        ),
    }  # fmt: skip


def _bare(tmp_path: Path) -> bytes:
    with safe_open(SHIPPED / "face.safetensors", "pt") as file:
        save_file({"a": file.get_tensor("head.bias")}, tmp_path / "bare")
    return (tmp_path / "bare").read_bytes()


def test_hostile_and_broken_files_are_refused_by_content(
    folder: Path, hub: Hub, tmp_path: Path
) -> None:
    for what, (body, said) in hostile(tmp_path).items():
        hub.files["lab/faces/x.safetensors"] = body
        assert said in refused(folder, "pull", "hf://lab/faces/x.safetensors"), what


def test_a_file_that_was_changed_after_it_was_pinned_does_not_serve(folder: Path) -> None:
    assert candor(folder, "use", "face").exit_code == 0
    changed = bytearray(FACE)
    changed[-1] ^= 1
    (folder / "face.safetensors").write_bytes(changed)

    with pytest.raises(weights.WeightsError, match="pins"):
        Detector.load(folder)
    assert "pins" in candor(folder, "verify").output
    assert "pins" in refused(folder, "use", "face")


def test_without_a_network_there_is_another_way(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)

    said = refused(folder, "pull", "hf://lab/faces/better.safetensors")

    assert "HF_HUB_OFFLINE" in said
    assert "candor weights use" in said


def test_a_hub_that_is_gone_is_no_crash(
    folder: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = "http://127.0.0.1:9/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    # It tries five times more, each after twice as long.
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)

    assert "cannot be reached" in refused(folder, "pull", "hf://lab/faces/better.safetensors")


def test_what_serves_stays(folder: Path) -> None:
    assert "serves" in refused(folder, "remove", "face")
    assert "no weights called 'nothing'" in refused(folder, "remove", "nothing")
    assert "cannot be a name" in refused(folder, "use", "../face")


def test_a_repository_to_publish_holds_the_card_and_the_very_weights(
    folder: Path, tmp_path: Path
) -> None:
    target = tmp_path / "repository"

    assert candor(folder, "push", "face", "--to", str(target)).exit_code == 0

    assert (target / "face.safetensors").read_bytes() == FACE
    page = (target / "README.md").read_text()
    assert page.startswith("---\n")
    assert "what their licences allow" in page
    assert "holds something" in refused(folder, "push", "face", "--to", str(target))


@pytest.mark.parametrize("command", [["weights", "list"], ["calibrate", "."], ["attack", "."]])
def test_a_variable_that_cannot_be_is_named(
    command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANDOR_PORT", "many")

    result = CliRunner().invoke(main, command)

    assert result.exit_code == 2
    assert "CANDOR_PORT) cannot be 'many'" in result.output
