"""What `candor fuse` fits, drops and writes, on members whose worth is known."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from safetensors import safe_open
from safetensors.torch import save_file
from shipped import SHIPPED, shipped_weights

from api.cli import main
from model import metrics, weights
from model.decision import Fusion, Thresholds, probability
from model.detector import Detector
from model.fusing import bounds, fit, gains
from model.fusing.fit import Verdicts
from model.fusing.rows import Row, read
from model.stacking import Heard

from pictures import cup, encoded, noise, portrait

LIMITS = Thresholds(real_below=0.3, fake_from=0.9)
COUNT = 400


def rows(*members: np.ndarray, fake: np.ndarray) -> list[Row]:
    """One face a picture, two pictures a group."""
    return [
        Row(bool(fake[n]), "k", f"g{n // 2}", "face", Heard(np.array([said]), np.empty(0)))
        for n, said in enumerate(np.column_stack(members))
    ]


@pytest.fixture(scope="module")
def opinions() -> list[Row]:
    """Two members that err apart, one that repeats the first, and one that knows nothing."""
    rng = np.random.default_rng(0)
    fake = np.arange(COUNT) % 2 == 1
    first, second, blind = (rng.normal(size=COUNT) * 2 for _ in range(3))
    truth = np.where(fake, 1.5, -1.5)
    return rows(
        truth + first, truth + second, truth + first + rng.normal(size=COUNT) * 0.3, blind,
        fake=fake,
    )  # fmt: skip


ALL = {"face": (0, 1, 2, 3)}


def test_members_that_err_apart_add_and_others_do_not(opinions: list[Row]) -> None:
    found = {one.number: one for one in gains.gains(opinions, ALL, Fusion(), LIMITS)}

    assert found[1].gain.value > 0.03
    assert found[1].gain.low > 0
    for useless in (2, 3):
        assert found[useless].gain.value < gains.LEAST_GAIN
    assert found[3].alone < 0.6


def test_what_adds_nothing_is_let_go(opinions: list[Row]) -> None:
    left = gains.kept(opinions, ALL, Fusion(), LIMITS, gains.LEAST_GAIN)

    assert left == {"face": (0, 1)}


def test_one_member_always_stays(opinions: list[Row]) -> None:
    left = gains.kept(opinions, {"face": (0, 3)}, Fusion(), LIMITS, 0.002)

    assert left == {"face": (0,)}


def test_a_stack_is_calibrated_and_hears_equals_alike(opinions: list[Row]) -> None:
    stack = fit.ensemble_of(opinions, {"face": (0, 1)}).face
    assert stack is not None

    both = np.array(stack.weights)
    assert both[0] == pytest.approx(both[1], rel=0.2)
    # Log-odds of two unit-variance Gaussians 3 apart with deviation 2: 3/4 of the value each.
    assert both.mean() == pytest.approx(0.75, rel=0.2)
    assert stack.bias == pytest.approx(0, abs=0.3)


def test_verdicts_of_a_stack_come_from_other_groups() -> None:
    """Labels that are chance: only who has seen them does better than chance."""
    rng = np.random.default_rng(1)
    fake = np.repeat(rng.random(30) < 0.5, 2)
    blind = rows(*rng.normal(size=(12, 60)) * 3, fake=fake)
    chosen = {"face": tuple(range(12))}

    crossed = fit.crossed(blind, chosen, Fusion()).probability
    seen = fit.ensemble_of(blind, chosen)
    heard = np.array([row.heard.faces[0] for row in blind])
    assert seen.face is not None
    own = heard @ np.array(seen.face.weights)

    assert metrics.value(fit.scored(blind, own), metrics.auc) > 0.7
    assert metrics.value(fit.scored(blind, crossed), metrics.auc) < 0.6
    part = fit.folds(blind)
    assert all(part[n] == part[n + 1] for n in range(0, 60, 2))


def test_disagreement_counts_where_it_tells_errors_and_not_elsewhere() -> None:
    rng = np.random.default_rng(2)
    fake = np.arange(COUNT) % 2 == 1
    wrong, elsewhere = rng.random((2, COUNT)) < 0.2
    odds = np.where(fake != wrong, 3.0, -3.0)
    # One in five is left uncertain, or there would be nothing to choose.
    odds[::5] = 0
    pictures = rows(odds, fake=fake)
    said = np.array([probability(one) for one in odds])

    telling = bounds.widenings(pictures, Verdicts(said, np.where(wrong, 4.0, 0.0)), LIMITS)
    idle = bounds.widenings(pictures, Verdicts(said, np.where(elsewhere, 4.0, 0.0)), LIMITS)

    assert telling[0].factor == 0
    assert telling[0].wrong == pytest.approx(0.2, abs=0.05)
    assert telling[-1].wrong == 0
    assert telling[-1].answered < telling[0].answered
    assert bounds.best(telling) > 0
    assert bounds.best(idle) == 0


def test_first_members_settle_only_where_all_would_say_the_same(opinions: list[Row]) -> None:
    chosen = {"face": (0, 1)}
    verdicts = fit.crossed(opinions, chosen, Fusion())

    loose = bounds.exit_of(opinions, chosen, verdicts, Fusion(), LIMITS, 0.0, 0.6)
    strict = bounds.exit_of(opinions, chosen, verdicts, Fusion(), LIMITS, 0.0, 0.95)

    assert loose is not None
    assert loose.bounds.real_below <= LIMITS.real_below
    assert loose.bounds.fake_from >= LIMITS.fake_from
    assert strict is not None
    assert 0 < strict.settled < loose.settled
    assert strict.bounds.real_below <= loose.bounds.real_below
    assert strict.agreed > 0.9


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped weights, and a second face expert that is less sure."""
    copied = shipped_weights(tmp_path)
    with safe_open(SHIPPED / "face.safetensors", "pt") as file:
        card = json.loads(file.metadata()["candor"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    card["calibration"] = {"temperature": 3.0, "bias": 0.0}
    save_file(tensors, copied / "calm.safetensors", {"candor": json.dumps(card)})
    return copied


def candor(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def joined(folder: Path) -> None:
    result = candor("weights", "use", "calm", "--beside", "--weights", folder)
    assert result.exit_code == 0, result.output
    assert weights.Registry.read(folder).members["face"] == ("face", "calm")


def test_with_one_member_for_each_expert_there_is_nothing_to_fuse(
    folder: Path, tmp_path: Path
) -> None:
    scores = tmp_path / "scores.json"
    scores.write_text(json.dumps({"weights": pins(folder), "scores": []}))

    result = candor("fuse", scores, "--weights", folder)

    assert result.exit_code == 1
    assert "--beside" in result.output


def pins(folder: Path) -> dict[str, str]:
    return {
        name: weights.digest(folder / f"{name}.safetensors")
        for _, name in weights.Registry.read(folder).serving
    }


def written(
    folder: Path, path: Path, members: np.ndarray, fake: np.ndarray, split: str = "val"
) -> Path:
    """Scores as `candor evaluate --json` writes them."""
    path.write_text(
        json.dumps(
            {
                "weights": pins(folder),
                "scores": [
                    {
                        "split": split,
                        "label": "fake" if fake[n] else "real",
                        "kind": "k",
                        "group": f"g{n // 2}",
                        "domain": "face",
                        "faces": [
                            {
                                "fake_probability": 0.5,
                                "members": {
                                    "face": probability(one[0]), "calm": probability(one[1]),
                                },
                            }
                        ],
                        "experts": {"face": 0.5},
                    }
                    for n, one in enumerate(members)
                ],
            }
        )
    )  # fmt: skip
    return path


def test_scores_of_other_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    joined(folder)
    scores = tmp_path / "scores.json"
    scores.write_text(json.dumps({"weights": {"face": "0" * 64}, "scores": []}))

    assert "other weights" in candor("fuse", scores, "--weights", folder).output
    scores.write_text("[]")
    assert "candor evaluate --json" in candor("fuse", scores, "--weights", folder).output


def test_scores_of_another_split_are_passed_over(folder: Path, tmp_path: Path) -> None:
    joined(folder)
    fake = np.arange(COUNT) % 2 == 1
    members = np.column_stack([np.where(fake, 1.0, -1.0)] * 2)
    scores = written(folder, tmp_path / "scores.json", members, fake, "test")

    said = candor("fuse", scores, "--weights", folder, "--write").output

    assert "no pictures of the split 'val'" in said
    assert "--split (test)" in said
    assert len(read(scores, {"face": ("face", "calm")}, pins(folder), "test")) == COUNT


def test_what_is_fitted_serves_and_is_told(
    folder: Path, tmp_path: Path, opinions: list[Row]
) -> None:
    joined(folder)
    before = Detector.load(folder).model_id
    fake = np.array([row.fake for row in opinions])
    members = np.array([row.heard.faces[0, :2] for row in opinions])
    scores = written(folder, tmp_path / "scores.json", members, fake)

    result = candor("fuse", scores, "--weights", folder, "--agreement", "0.9", "--write")

    assert result.exit_code == 0, result.output
    registry = weights.Registry.read(folder)
    assert registry.members == {"face": ("face", "calm"), "whole": ("whole",)}
    assert registry.ensemble is not None
    assert registry.ensemble.face is not None
    assert "# " in (folder / "registry.toml").read_text(), "comments are kept"
    assert "| `calm` | face |" in (folder / "ensemble.md").read_text()
    detector = Detector.load(folder)
    assert detector.model_id != before
    [scored] = detector.score([portrait()])
    assert set(scored.members["face"]) <= {"face", "calm"}

    # Another member makes what was fitted for these two worthless.
    assert candor("weights", "use", "face", "--weights", folder).exit_code == 0
    assert weights.Registry.read(folder).ensemble is None


def test_a_member_that_adds_nothing_is_dropped(folder: Path, tmp_path: Path) -> None:
    joined(folder)
    rng = np.random.default_rng(3)
    fake = np.arange(COUNT) % 2 == 1
    good = np.where(fake, 1.5, -1.5) + rng.normal(size=COUNT)
    members = np.column_stack((good, rng.normal(size=COUNT)))
    scores = written(folder, tmp_path / "scores.json", members, fake)

    dropped = candor("fuse", scores, "--weights", folder, "--write")

    assert dropped.exit_code == 0, dropped.output
    assert "nothing to fuse" in dropped.output
    assert weights.Registry.read(folder).experts["face"] == "face"


@pytest.mark.slow
def test_members_are_fused_on_pictures(folder: Path, tmp_path: Path) -> None:
    joined(folder)
    data = tmp_path / "data"
    data.mkdir()
    lines = []
    for n in range(6):
        for label, pixels in (("real", portrait()), ("fake", noise(300, 300))):
            name = f"{label}{n}.png"
            shown = cup() if label == "real" and n % 2 else pixels
            (data / name).write_bytes(encoded(shown[n * 4 :]))
            lines.append((name, "face", "val", label, label, f"g{n}"))
        face = portrait()[: -4 * n or None]
        (data / f"face{n}.png").write_bytes(encoded(face[..., ::-1]))
        lines.append((f"face{n}.png", "face", "val", "fake", "swap", f"g{n}"))
    with (data / "manifest.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(("path", "domain", "split", "label", "kind", "group"))
        table.writerows(lines)

    result = candor("fuse", data, "--weights", folder, "--keep-all", "--write")

    assert result.exit_code == 0, result.output
    ensemble = weights.Registry.read(folder).ensemble
    assert ensemble is not None
    assert ensemble.face is not None
    assert Detector.load(folder).ensemble == ensemble


def test_an_expert_that_nothing_tells_of_keeps_all_members() -> None:
    """Only reals: no member can be told from another, and nothing is fitted."""
    reals = rows(*np.zeros((2, 20)), fake=np.zeros(20, bool))
    chosen = {"face": (0, 1)}

    assert fit.ensemble_of(reals, chosen).face is None
    assert gains.kept(reals, chosen, Fusion(), LIMITS, 0.002) == chosen
