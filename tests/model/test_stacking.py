"""Many opinions of one picture: what they come to, and how far apart they are."""

from __future__ import annotations

import numpy as np
import pytest

from model.decision import Calibration, Ensemble, Fusion, Stack, Thresholds, log_odds, probability
from model.ensemble import FaceScore, fused
from model.stacking import Heard, disagreement, said, settled, stacked

NOBODY = np.empty((0, 0))


def heard(faces: list[list[float]], whole: list[float]) -> Heard:
    return Heard(np.array(faces, float) if faces else NOBODY, np.array(whole, float))


def test_one_member_speaks_as_it_is_and_several_on_average_or_as_fitted() -> None:
    stack = Stack(weights=(0.5, 1.0), bias=-1)

    assert stacked(np.array([[2.0], [3.0]]), stack).tolist() == [2, 3]
    assert stacked(np.array([[2.0, 4.0]]), None).tolist() == [3]
    assert stacked(np.array([[2.0, 4.0]]), stack).tolist() == [4]


@pytest.mark.parametrize("whole", [None, 0.2, 0.7, 0.999])
def test_experts_of_one_member_are_fused_as_ever(whole: float | None) -> None:
    faces = [FaceScore(0, 0, 9, 9, 1.0, p) for p in (0.2, 0.7)]
    fusion = Fusion(temperature=1.1, bias=-0.2)
    one = heard([[log_odds(0.2)], [log_odds(0.7)]], [] if whole is None else [log_odds(whole)])

    together = said(one, Ensemble(), fusion)

    assert together.faces == pytest.approx((0.2, 0.7))
    expected = fused(faces, whole, fusion).fake_probability
    assert together.fake_probability == pytest.approx(expected)


def test_nothing_heard_is_even_odds() -> None:
    nothing = said(heard([], []), Ensemble(), Fusion())

    assert nothing.fake_probability == 0.5
    assert nothing.whole is None


def test_a_picture_without_faces_is_calibrated_as_such() -> None:
    fusion = Fusion(temperature=9, faceless=Calibration(temperature=2, bias=-1))

    alone = said(heard([], [4]), Ensemble(), fusion)

    assert log_odds(alone.fake_probability) == pytest.approx(4 / 2 - 1)
    assert alone.whole is not None
    assert log_odds(alone.whole) == pytest.approx(4)


def test_members_that_say_the_same_do_not_disagree() -> None:
    assert disagreement(heard([[1, 1]], [2, 2]), Ensemble(), Fusion()) == pytest.approx(0)
    assert disagreement(heard([[1], [5]], [-2]), Ensemble(), Fusion()) == 0


def test_disagreement_is_how_far_apart_verdicts_would_be() -> None:
    fusion = Fusion(whole_weight=0.5)

    assert disagreement(heard([[1, 4]], []), Ensemble(), fusion) == pytest.approx(3)
    # The worst face speaks, for each member its own.
    assert disagreement(heard([[1, -9], [-9, 1]], []), Ensemble(), fusion) == pytest.approx(0)


def test_members_that_move_no_verdict_do_not_disagree_about_it() -> None:
    silent = heard([[0]], [-2, -9])
    suspicious = heard([[0]], [-2, 3])

    assert disagreement(silent, Ensemble(), Fusion()) == pytest.approx(0)
    assert disagreement(suspicious, Ensemble(), Fusion()) > 1


def test_doubt_moves_both_thresholds_apart() -> None:
    limits = Thresholds(real_below=0.3, fake_from=0.9)

    wide = limits.widened(1)

    assert limits.widened(0) == limits
    assert log_odds(wide.real_below) == pytest.approx(log_odds(0.3) - 1)
    assert log_odds(wide.fake_from) == pytest.approx(log_odds(0.9) + 1)
    assert limits.verdict(0.2) == "real"
    assert wide.verdict(0.2) == "uncertain"


def test_first_members_settle_what_lies_outside_their_bounds() -> None:
    bounds = Thresholds(real_below=0.1, fake_from=0.95)

    assert settled(0.05, bounds)
    assert settled(0.95, bounds)
    assert not settled(0.5, bounds)
    assert not settled(0.001, None)


def test_certain_thresholds_can_be_widened() -> None:
    wide = Thresholds(real_below=0.0, fake_from=1.0).widened(5)

    assert wide.verdict(probability(0)) == "uncertain"
