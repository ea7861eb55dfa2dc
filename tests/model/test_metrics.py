"""Figures on made-up scores whose right answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model import metrics
from model.ensemble import Scores
from model.evaluate import measure, scored_of, suggest, verdicts
from model.metrics import Scored
from model.train.manifest import Entry
from model.weights import Thresholds


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

    assert metrics.auc(np.array(fake), np.array([0.1, 0.2, 0.8, 0.9])) == 1
    assert metrics.auc(np.array(fake), np.array([0.9, 0.8, 0.2, 0.1])) == 0


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

    assert metrics.calibration_error(boastful.fake, before) > 0.1
    assert metrics.calibration_error(after.fake, after.score) < 0.04


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


def test_suggested_thresholds_hold_false_alarms_on_the_worst_source() -> None:
    honest = drawn(1000)
    probability = 1 / (1 + np.exp(-honest.score))
    worse = scored([False] * 100, np.random.default_rng(1).uniform(0.3, 0.9, 100).tolist(), "bad")

    suggestion = suggest(Scored(honest.fake, probability, honest.kind, honest.group).joined(worse))

    assert suggestion is not None
    assert suggestion.real_below <= suggestion.fake_from
    log_odds = np.log(worse.score / (1 - worse.score))
    again = 1 / (1 + np.exp(-log_odds / suggestion.temperature - suggestion.bias))
    assert (again >= suggestion.fake_from).mean() <= 0.05


def test_verdicts_of_a_label_share_it_out_between_three_words() -> None:
    entries = [
        Entry(Path(f"{n}.png"), "face", "val", label, "k", f"g{n}", "unstated")
        for n, label in enumerate(["real", "real", "fake", "fake", "hardneg"])
    ]
    scores = [Scores(p, (), {"whole": p}) for p in (0.1, 0.5, 0.9, 0.95, 0.1)]

    figures = verdicts(
        entries, scored_of(entries, scores), Thresholds(real_below=0.3, fake_from=0.9)
    )

    values = {figure.name: figure.value for figure in figures}
    assert values["real called real"] == values["real uncertain"] == 0.5
    assert values["fake called fake"] == values["hardneg called real"] == 1
    for label in ("real", "fake", "hardneg"):
        assert sum(value for name, value in values.items() if name.startswith(label)) == 1


def test_fakes_of_kinds_that_training_never_saw_are_ranked_apart() -> None:
    known, new = scored([False, True], [0.2, 0.9], "known"), scored([True], [0.1], "new")

    figures = {f.name: f.value for f in measure(known.joined(new), 0.5, frozenset({"known-fake"}))}

    assert figures["AUC, fakes of kinds never trained on"] == 0
    assert figures["AUC, all"] == 0.5
