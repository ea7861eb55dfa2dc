"""The detector with the shipped weights: what it says has the right shape and repeats."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from api.settings import Settings
from model import Detector, FaceScore, Scores, weights
from model.cards import Card
from model.decision import Ensemble, Fusion, Stack, Thresholds, probability
from model.ensemble import Expert, fused
from model.preparation import SIDE

from pictures import cup, noise, portrait

SHIPPED = Settings().weights_dir


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector.load(SHIPPED)


def test_a_portrait_is_scored_whole_and_by_its_face(detector: Detector) -> None:
    [scores] = detector.score([portrait()])

    [face] = scores.faces
    assert abs(face.left - 177) < 10
    assert scores.experts["face"] == face.fake_probability
    assert set(scores.experts) == {"face", "whole"}


def test_an_ordinary_portrait_is_not_called_fake(detector: Detector) -> None:
    [scores] = detector.score([portrait()])

    assert scores.fake_probability < detector.thresholds.fake_from


def test_a_picture_without_a_face_is_not_judged_by_the_face_expert(detector: Detector) -> None:
    [scores] = detector.score([cup()])

    assert scores.faces == ()
    assert "face" not in scores.experts


def test_pictures_of_different_sizes_share_a_batch_without_touching_each_other(
    detector: Detector,
) -> None:
    pictures = [portrait(), noise(40, 700), cup(), portrait()[:200]]

    together = detector.score(pictures)
    alone = [detector.score([picture])[0] for picture in pictures]

    for a, b in zip(together, alone, strict=True):
        assert a.fake_probability == pytest.approx(b.fake_probability, abs=1e-4)
        assert len(a.faces) == len(b.faces)


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (32, 32), (223, 225)])
def test_any_size_gets_a_probability(detector: Detector, shape: tuple[int, int]) -> None:
    [scores] = detector.score([noise(*shape)])

    assert 0 <= scores.fake_probability <= 1


def test_faces_are_read_at_the_side_that_the_card_names(tmp_path: Path) -> None:
    for name in ("registry.toml", "whole.safetensors"):
        (tmp_path / name).write_bytes((SHIPPED / name).read_bytes())
    network, card = weights.read(SHIPPED / "face.safetensors")
    said = []
    for side in (160, 224):
        registry = (SHIPPED / "registry.toml").read_text().split("[weights.face]")[0]
        (tmp_path / "registry.toml").write_text(registry)
        other = card.model_copy(update={"side": side})
        weights.write(tmp_path / "face.safetensors", network, other)

        detector = Detector.load(tmp_path)
        prepared = detector.prepare(portrait())
        [scores] = detector.judge([prepared])

        assert {
            side: [square.shape for square in squares]
            for side, squares in prepared.face_squares.items()
        } == {side: [(side, side, 3)]}
        assert prepared.views[0].shape == (224, 224, 3)
        assert scores.faces[0].look is not None
        assert scores.faces[0].look.attention.shape == (14, 14)
        said.append(scores.experts["face"])
    assert said[0] != said[1]


def test_members_of_one_expert_may_read_different_sides() -> None:
    network, card = weights.read(SHIPPED / "face.safetensors")
    members = {f"face-{side}": Expert(network, card.calibration, side=side) for side in (160, 224)}
    thresholds = Thresholds(real_below=0.3, fake_from=0.9)

    def alone(name: str) -> float:
        one = Detector({"face": {name: members[name]}}, Fusion(), thresholds, "alone")
        return one.score([portrait()])[0].experts["face"]

    both = Detector({"face": members}, Fusion(), thresholds, "both", thorough=True)
    [scores] = both.score([portrait()])

    assert scores.members["face"] == pytest.approx({name: alone(name) for name in members})


def test_whole_pictures_are_read_at_one_side() -> None:
    card = weights.read_card(SHIPPED / "whole.safetensors")

    with pytest.raises(ValueError, match="side is 192"):
        Card.model_validate(card.model_dump() | {"side": 192})


class Opinion(Expert):
    """Has log-odds for each square, and counts what it is asked."""

    side = SIDE

    def __init__(self, *log_odds: float) -> None:
        self._log_odds = log_odds
        self.asked: list[int] = []

    def logits(self, squares: Sequence[np.ndarray]) -> np.ndarray:
        self.asked.append(len(squares))
        seen = sum(self.asked[:-1])
        return np.array(self._log_odds[seen : seen + len(squares)])

    def opinions(self, squares: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        return self.logits(squares), np.zeros((len(squares), 14, 14), np.float32)


def opinions(face: float, *whole: float) -> tuple[Detector, Opinion]:
    expert = Opinion(*whole)
    limits = Thresholds(real_below=0.3, fake_from=0.9)
    experts = {"face": {"a": Opinion(face)}, "whole": {"b": expert}}
    return Detector(experts, Fusion(), limits, "a"), expert


def test_corners_are_looked_at_only_where_they_could_add_suspicion() -> None:
    detector, whole = opinions(-2, -3, 9, 9, 9, 9)
    [settled] = detector.score([portrait()])
    assert whole.asked == [1]
    assert settled.fake_probability == pytest.approx(probability(-2))
    assert settled.experts["whole"] == pytest.approx(probability(-3))

    detector, whole = opinions(-2, 0, 1, 2, 3, 4)
    [doubtful] = detector.score([portrait()])
    assert whole.asked == [1, 4]
    assert doubtful.experts["whole"] == pytest.approx(probability(2))


def test_without_a_face_all_views_count() -> None:
    detector, whole = opinions(0, -3, -3, -3, -3, 12)
    [scores] = detector.score([noise(600, 600)])

    assert whole.asked == [5]
    assert scores.fake_probability == pytest.approx(0.5)


def several(
    faces: Sequence[Opinion],
    wholes: Sequence[Opinion],
    ensemble: Ensemble,
    *,
    thorough: bool = False,
) -> Detector:
    """A detector whose experts have members called a, b, c."""
    limits = Thresholds(real_below=0.3, fake_from=0.9)
    experts = {
        "face": dict(zip("abc", faces, strict=False)),
        "whole": dict(zip("abc", wholes, strict=False)),
    }
    return Detector(experts, Fusion(), limits, "a", ensemble, thorough=thorough)


SURE = Thresholds(real_below=0.1, fake_from=0.95)


def test_members_of_an_expert_become_one_and_each_is_told() -> None:
    ensemble = Ensemble(face=Stack(weights=(0.5, 1.0), bias=0.5), widening=0.5)
    detector = several([Opinion(2), Opinion(-1)], [Opinion(*[-4] * 5)], ensemble)

    [scores] = detector.score([portrait()])

    assert scores.experts["face"] == pytest.approx(probability(0.5))
    assert scores.members == {"face": pytest.approx({"a": probability(2), "b": probability(-1)})}
    assert scores.faces[0].members == scores.members["face"]
    assert scores.doubt == pytest.approx(1.5)


def test_members_are_not_asked_of_what_the_first_settle() -> None:
    second, third = Opinion(-1, -1), Opinion(*[-4] * 10)
    first = Opinion(-5, 0.2)
    detector = several(
        [first, second], [Opinion(*[-4] * 10), third], Ensemble(exit=SURE, widening=1)
    )

    settled, open_ = detector.score([portrait(), portrait()])

    assert second.asked == [1]
    assert third.asked == [1]
    assert settled.fake_probability == pytest.approx(probability(-5))
    assert settled.members["face"] == {"a": pytest.approx(probability(-5))}
    assert settled.doubt == 0
    assert open_.fake_probability == pytest.approx(probability((0.2 - 1) / 2))
    assert open_.doubt > 0


def test_who_measures_asks_all_and_gets_the_same_answers() -> None:
    def asked(second: Opinion, *, thorough: bool) -> list[Scores]:
        members, wholes = [Opinion(-5, 0.2), second], [Opinion(*[-4] * 10)]
        detector = several(members, wholes, Ensemble(exit=SURE), thorough=thorough)
        return detector.score([portrait(), portrait()])

    plain, all_asked = asked(Opinion(-1), thorough=False), asked(Opinion(3, -1), thorough=True)

    assert [one.fake_probability for one in all_asked] == [one.fake_probability for one in plain]
    assert set(plain[0].members["face"]) == {"a"}
    assert set(all_asked[0].members["face"]) == {"a", "b"}


def test_other_members_look_at_the_views_that_the_first_looked_at() -> None:
    second = Opinion(*[1] * 10)
    detector = several([Opinion(-2)], [Opinion(0, 1, 2, 3, 4), second], Ensemble())

    [scores] = detector.score([portrait()])

    assert second.asked == [5]
    assert scores.experts["whole"] == pytest.approx(probability((2 + 1) / 2))


def test_pictures_without_a_face_are_settled_by_the_whole() -> None:
    second = Opinion(*[1] * 10)
    detector = several([Opinion(), Opinion()], [Opinion(*[-5] * 5), second], Ensemble(exit=SURE))

    [scores] = detector.score([noise(600, 600)])

    assert second.asked == []
    assert scores.members == {"whole": {"a": pytest.approx(probability(-5))}}


def test_a_member_named_twice_or_a_stack_of_another_size_is_refused(tmp_path: Path) -> None:
    limits = "[thresholds]\nreal_below = 0.3\nfake_from = 0.9\n"
    for text, said in (
        ('[experts]\nface = ["a", "a"]\n', "same weights twice"),
        ("[experts]\nface = []\n", "face"),
        ('[experts]\nface = ["a", "b"]\n[ensemble.face]\nweights = [1, 1, 1]\n', "candor fuse"),
        ('[experts]\nface = "a"\n[ensemble.face]\nweights = [1, nan]\n', "finite"),
    ):
        (tmp_path / "registry.toml").write_text(text + limits)
        with pytest.raises(weights.WeightsError, match=said):
            weights.Registry.read(tmp_path)


def test_with_one_member_each_the_model_keeps_its_name() -> None:
    """A setting that nobody set must not empty every cache."""
    registry = weights.Registry.read(SHIPPED)
    lists = registry.model_copy(update={"ensemble": Ensemble(widening=0.1)})

    assert '"ensemble"' not in registry.model_dump_json(exclude_none=True)
    assert weights.model_id(SHIPPED, registry) != weights.model_id(SHIPPED, lists)


def test_nothing_to_score_is_no_error(detector: Detector) -> None:
    assert detector.score([]) == []


def test_the_shipped_weights_were_trained() -> None:
    for _, name in weights.Registry.read(SHIPPED).serving:
        network, card = weights.read(SHIPPED / f"{name}.safetensors")
        assert network.head.weight.abs().max() > 0
        assert card.sources
        figures = {figure.name: figure.value for figure in card.figures}
        assert figures["AUC, all"] > 0.75
        assert figures["AUC, degraded"] > 0.7


def test_the_model_id_follows_the_thresholds_and_the_weights() -> None:
    registry = weights.Registry.read(SHIPPED)
    other = registry.model_copy(update={"thresholds": Thresholds(real_below=0.1, fake_from=0.9)})

    assert weights.model_id(SHIPPED, registry) == weights.model_id(SHIPPED, registry)
    assert weights.model_id(SHIPPED, registry) != weights.model_id(SHIPPED, other)


def test_the_worst_face_speaks_and_the_whole_picture_may_add_suspicion() -> None:
    faces = [FaceScore(0, 0, 9, 9, 1.0, 0.2), FaceScore(0, 0, 5, 5, 1.0, 0.7)]

    assert fused(faces, None).fake_probability == 0.7
    assert fused(faces, 0.01).fake_probability == pytest.approx(0.7)
    assert fused(faces, 0.5).fake_probability == pytest.approx(0.7)
    # Odds of nine, eight of them above even, weighed by a half: real is five times less likely.
    assert fused(faces, 0.9).fake_probability == pytest.approx(1 - 0.3 / 5)
    assert fused(faces, 0.9, Fusion(whole_weight=0)).fake_probability == pytest.approx(0.7)
    assert fused(faces, 0.5, Fusion(temperature=0.5)).fake_probability > 0.8
    assert fused([], 0.3).experts == {"whole": 0.3}
    assert fused([], None).fake_probability == 0.5


def test_extreme_log_odds_stay_probabilities() -> None:
    assert probability(1e9) == pytest.approx(1)
    assert probability(-1e9) == pytest.approx(0, abs=1e-12)
    assert np.isfinite(probability(0))


def test_missing_weights_say_where_they_were_sought(tmp_path: Path) -> None:
    with pytest.raises(weights.WeightsError, match=r"registry\.toml.*CANDOR_WEIGHTS_DIR"):
        Detector.load(tmp_path)


def test_damaged_weights_are_named(tmp_path: Path) -> None:
    registry = (SHIPPED / "registry.toml").read_text()
    (tmp_path / "registry.toml").write_text(registry)
    for _, name in weights.Registry.read(SHIPPED).serving:
        whole = (SHIPPED / f"{name}.safetensors").read_bytes()
        (tmp_path / f"{name}.safetensors").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(weights.WeightsError, match=r"\.safetensors cannot be used"):
        Detector.load(tmp_path)


def test_weights_and_card_are_one_safe_file() -> None:
    for _, name in weights.Registry.read(SHIPPED).serving:
        with safe_open(SHIPPED / f"{name}.safetensors", "pt") as file:
            card = Card.model_validate_json(file.metadata()["candor"])
        assert card.name == name
