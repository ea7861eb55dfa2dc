"""Figures on made-up scores whose right answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from model import metrics
from model.metrics import Scored


def scored(fake: list[bool], score: list[float], kind: str = "k") -> Scored:
    kinds = np.array([f"{kind}-fake" if f else f"{kind}-real" for f in fake])
    groups = np.array([f"g{n}" for n in range(len(fake))])
    return Scored(np.array(fake), np.array(score, float), kinds, groups)


def drawn(size: int = 4000, seed: int = 0) -> Scored:
    """Logits of a perfectly honest classifier: fake with the probability that it says."""
    rng = np.random.default_rng(seed)
    logit = rng.normal(0, 2, size)
    fake = rng.random(size) < 1 / (1 + np.exp(-logit))
    return scored(fake.tolist(), logit.tolist())


def test_a_perfect_ranking_has_area_one_and_a_reversed_one_zero() -> None:
    fake = [False, False, True, True]

    assert metrics.value(scored(fake, [0.1, 0.2, 0.8, 0.9]), metrics.auc) == 1
    assert metrics.value(scored(fake, [0.9, 0.8, 0.2, 0.1]), metrics.auc) == 0


def test_areas_agree_with_scikit_learn_where_scores_are_equal_too() -> None:
    honest = drawn(300)
    rounded = Scored(honest.fake, honest.score.round(), honest.kind, honest.group)

    for case in (honest, rounded):
        area = metrics.value(case, metrics.auc)
        assert area == pytest.approx(roc_auc_score(case.fake, case.score))
        precision = metrics.value(case, metrics.average_precision)
        assert precision == pytest.approx(average_precision_score(case.fake, case.score))


def test_weights_count_a_picture_as_often_as_they_say() -> None:
    honest = drawn(60)
    times = np.random.default_rng(1).integers(0, 4, 60)
    repeated = np.repeat(np.arange(60), times)
    bounds = (metrics.recall_at(0.1), metrics.balanced_accuracy(0.5))

    for measure in (metrics.auc, metrics.average_precision, metrics.equal_error_rate, *bounds):
        weighed = measure(honest.fake, honest.score, times[None].astype(float))[0]
        alone = Scored(*(part[repeated] for part in vars(honest).values()))
        assert weighed == pytest.approx(metrics.value(alone, measure))


def test_recall_at_a_false_alarm_rate_is_read_off_the_curve() -> None:
    reals, fakes = [0.1, 0.2, 0.3, 0.6], [0.25, 0.5, 0.7, 0.8]
    case = scored([False] * 4 + [True] * 4, reals + fakes)

    assert metrics.value(case, metrics.recall_at(0.0)) == 0.5
    assert metrics.value(case, metrics.recall_at(0.25)) == 0.75
    assert metrics.value(case, metrics.equal_error_rate) == 0.25
    assert metrics.value(case, metrics.balanced_accuracy(0.4)) == 0.75


def test_even_odds_count_both_classes_alike() -> None:
    case = scored([False] * 90 + [True] * 10, [0.0] * 90 + [0.0] * 10)

    assert metrics.value(case, metrics.brier_score) == pytest.approx(0.1)
    assert metrics.value(case, metrics.at_even_odds(metrics.brier_score)) == pytest.approx(0.5)


def test_a_resample_without_one_class_is_left_out_of_the_interval() -> None:
    lonely = scored([True] + [False] * 9, [1.0] + [0.0] * 9)

    assert metrics.figure("AUC", lonely, metrics.auc).low == 1


def test_one_class_alone_has_no_ranking() -> None:
    assert metrics.ranking(scored([True, True], [0.1, 0.2])) == ()


def test_calibrating_what_is_honest_changes_little() -> None:
    honest = drawn()

    fit = metrics.calibrated(honest.fake, honest.score)

    assert fit.temperature == pytest.approx(1, abs=0.1)
    assert fit.bias == pytest.approx(0, abs=0.15)


def test_calibrating_mends_what_is_far_too_sure() -> None:
    honest = drawn()
    boastful = Scored(honest.fake, 5 * honest.score, honest.kind, honest.group)
    before = 1 / (1 + np.exp(-boastful.score))

    after = metrics.cross_calibrated(boastful)

    said = Scored(boastful.fake, before, boastful.kind, boastful.group)
    assert metrics.value(said, metrics.calibration_error) > 0.1
    assert metrics.value(after, metrics.calibration_error) < 0.04


def test_the_calibration_of_a_group_is_fitted_without_it() -> None:
    flipped = drawn(400)
    half = metrics.cross_calibrated(flipped)
    changed = flipped.fake.copy()
    changed[0] = not changed[0]

    again = metrics.cross_calibrated(Scored(changed, flipped.score, flipped.kind, flipped.group))

    assert again.score[0] == half.score[0]
    assert not np.array_equal(again.score, half.score)


@pytest.mark.parametrize("size", [20, 21, 101, 150])
def test_a_threshold_is_reached_by_no_more_than_its_share(size: int) -> None:
    scores = np.random.default_rng(size).random(size)

    threshold = metrics.threshold_for(scores, 0.05)

    reached = (scores >= threshold).sum()
    assert reached == int(0.05 * size)


def test_intervals_are_wider_when_pictures_come_in_groups() -> None:
    honest = drawn(200)
    few = np.array([f"g{n % 5}" for n in range(200)])
    grouped = Scored(honest.fake, honest.score + np.repeat([0.0], 200), honest.kind, few)

    alone = metrics.figure("AUC", honest, metrics.auc)

    assert alone.low < alone.value < alone.high
    assert metrics.figure("AUC", grouped, metrics.auc).value == alone.value


def test_small_kinds_are_pooled() -> None:
    kinds = np.array(["a"] * 20 + ["b"] * 19 + ["c"])
    fake = np.array([False] * 20 + [True] * 19 + [False])

    assert set(metrics.pooled(kinds, fake)) == {"a", "other fake", "other real"}
