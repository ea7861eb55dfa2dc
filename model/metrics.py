"""Figures of a classifier, each with a 95 % interval resampled by group.

Resampling single pictures would count frames of one video as independent, and lie.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from model.cards import Figure
from model.decision import Calibration

RESAMPLES = 400
FEWEST = 20
"""Kinds with fewer pictures are pooled: a rate of a handful says nothing."""
BINS = 15

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Names = npt.NDArray[np.str_]
Measure = Callable[[Bools, Floats, Floats], Floats]
"""(N,) fake, (N,) score and (R, N) weights of R resamples -> (R,), NaN where it is undefined."""


@dataclass(frozen=True)
class Scored:
    """Labelled pictures and what was said of them, as aligned arrays of length N.

    Attributes:
        fake: True where the picture is fake.
        score: Higher is more fake.
    """

    fake: Bools
    score: Floats
    kind: Names
    group: Names

    def joined(self, other: Scored) -> Scored:
        """Both, one after the other."""
        return Scored(
            np.concatenate((self.fake, other.fake)),
            np.concatenate((self.score, other.score)),
            np.concatenate((self.kind, other.kind)),
            np.concatenate((self.group, other.group)),
        )

    def where(self, chosen: Bools) -> Scored:
        """A part of it."""
        return Scored(self.fake[chosen], self.score[chosen], self.kind[chosen], self.group[chosen])

    @property
    def one_class(self) -> bool:
        """Whether there is nothing to rank."""
        return bool(self.fake.all() or not self.fake.any())


@dataclass(frozen=True)
class Roc:
    """Shares called fake, (R, T + 1): from a threshold above all scores down to the lowest.

    Attributes:
        reals: False positive rate.
        fakes: True positive rate.
        precision: Of what is called fake; one where nothing is.
    """

    reals: Floats
    fakes: Floats
    precision: Floats


def roc(fake: Bools, score: Floats, weight: Floats) -> Roc:
    """The curve of each resample; NaN where it has one class alone."""
    order = np.argsort(-score, kind="stable")
    last_of_equals = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    counts = [
        np.cumsum(weight[:, order] * chosen[order], 1)[:, last_of_equals]
        for chosen in (~fake, fake)
    ]
    reals, fakes = (np.concatenate((np.zeros((len(weight), 1)), count), 1) for count in counts)
    called = reals + fakes
    with np.errstate(invalid="ignore"):
        precision = np.divide(fakes, called, out=np.ones_like(fakes), where=called > 0)
        return Roc(reals / reals[:, -1:], fakes / fakes[:, -1:], precision)


def auc(fake: Bools, score: Floats, weight: Floats) -> Floats:
    """Area under the ROC curve."""
    curve = roc(fake, score, weight)
    return np.asarray(np.trapezoid(curve.fakes, curve.reals, axis=1))


def average_precision(fake: Bools, score: Floats, weight: Floats) -> Floats:
    """Precision over recall, summed by steps; depends on how many of the pictures are fake."""
    curve = roc(fake, score, weight)
    return np.asarray((np.diff(curve.fakes, axis=1) * curve.precision[:, 1:]).sum(1))


def equal_error_rate(fake: Bools, score: Floats, weight: Floats) -> Floats:
    """Where as many reals are called fake as fakes are missed, by interpolation."""
    curve = roc(fake, score, weight)
    gap = curve.reals + curve.fakes - 1
    after = np.maximum(np.argmax(gap >= 0, axis=1), 1)
    rows = np.arange(len(gap))
    low, high = gap[rows, after - 1], gap[rows, after]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = -low / (high - low)
    reals = curve.reals
    return np.asarray(
        reals[rows, after - 1] + share * (reals[rows, after] - reals[rows, after - 1])
    )


def recall_at(false_alarms: float) -> Measure:
    """The share of fakes found by the lowest threshold with at most so many false alarms."""

    def measure(fake: Bools, score: Floats, weight: Floats) -> Floats:
        curve = roc(fake, score, weight)
        found = np.where(curve.reals <= false_alarms, curve.fakes, 0).max(1)
        return np.where(np.isnan(curve.reals[:, -1]), np.nan, found)

    return measure


def share_between(low: float, high: float = np.inf) -> Measure:
    """The share of pictures from `low` on and below `high`, whatever they are."""
    return lambda _, score, weight: _mean((score >= low) & (score < high), weight)


def balanced_accuracy(threshold: float) -> Measure:
    """Mean of the shares of reals below a threshold and of fakes from it on."""

    def measure(fake: Bools, score: Floats, weight: Floats) -> Floats:
        called = score >= threshold
        return (_mean(called, weight * fake) + _mean(~called, weight * ~fake)) / 2

    return measure


def calibration_error(fake: Bools, probability: Floats, weight: Floats) -> Floats:
    """Expected calibration error over 15 equal-width bins; Naeini et al., AAAI 2015."""
    which = np.minimum((probability * BINS).astype(int), BINS - 1)
    in_bin = which == np.arange(BINS)[:, None]
    off = (weight * (fake - probability)) @ in_bin.T
    return np.asarray(np.abs(off).sum(1) / weight.sum(1))


def brier_score(fake: Bools, probability: Floats, weight: Floats) -> Floats:
    """Mean squared error of the probability; always saying a half scores .25."""
    return _mean((probability - fake) ** 2, weight)


def average(_: Bools, score: Floats, weight: Floats) -> Floats:
    """Mean of the scores, whatever they are of."""
    return _mean(score, weight)


def at_even_odds(measure: Measure) -> Measure:
    """The same measure as if half of the pictures were fake."""

    def measured(fake: Bools, score: Floats, weight: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = [weight * of / (weight * of).sum(1, keepdims=True) for of in (fake, ~fake)]
            return measure(fake, score, shares[0] + shares[1])

    return measured


def _mean(values: npt.NDArray[np.generic], weight: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((weight @ np.asarray(values, np.float64)) / weight.sum(1))


def figure(name: str, scored: Scored, measure: Measure, seed: int = 0) -> Figure:
    """One measured number with its interval."""
    values = measure(scored.fake, scored.score, _weights(scored.group, seed))
    low, high = np.nanquantile(values[1:], (0.025, 0.975))
    return Figure(
        name=name, value=_rounded(values[0]), low=_rounded(low), high=_rounded(high),
        pictures=len(scored.fake),
    )  # fmt: skip


def value(scored: Scored, measure: Measure) -> float:
    """The number alone."""
    return float(measure(scored.fake, scored.score, np.ones((1, len(scored.fake))))[0])


def _weights(group: Names, seed: int) -> Floats:
    """(1 + RESAMPLES, N): first every picture once, then groups drawn with replacement."""
    _, member = np.unique(group, return_inverse=True)
    groups = int(member.max()) + 1
    drawn = np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), RESAMPLES)
    weights: Floats = np.concatenate((np.ones((1, groups)), drawn.astype(float)))[:, member]
    return weights


def _rounded(number: float) -> float:
    return round(float(number), 4)


def pooled(kinds: Names, fake: Bools) -> Names:
    """Kinds, those of fewer than twenty pictures renamed to `other fake` or `other real`."""
    names, counts = np.unique(kinds, return_counts=True)
    small = np.isin(kinds, names[counts < FEWEST])
    return np.where(small, np.where(fake, "other fake", "other real"), kinds)


def ranking(scored: Scored) -> tuple[Figure, ...]:
    """AUC over pictures: of everything, then of each kind of fake against all reals.

    Empty where one class is missing.
    """
    if scored.one_class:
        return ()
    kinds = pooled(scored.kind, scored.fake)
    figures = [figure("AUC, all", scored, auc)]
    for kind in np.unique(kinds[scored.fake]):
        part = scored.where(~scored.fake | (kinds == kind))
        figures.append(figure(f"AUC, {kind} against all reals", part, auc))
    return tuple(figures)


def rates(scored: Scored, threshold: float) -> tuple[Figure, ...]:
    """Share called fake at a threshold: false alarms by real source, recall by kind of fake."""
    kinds = pooled(scored.kind, scored.fake)
    figures = []
    for fake, name in ((False, "false alarms"), (True, "recall")):
        for kind in np.unique(kinds[scored.fake == fake]):
            part = scored.where((scored.fake == fake) & (kinds == kind))
            figures.append(figure(f"{name}, {kind}", part, share_between(threshold)))
    return tuple(figures)


def log_odds(probability: Floats) -> Floats:
    """Of probabilities, kept finite."""
    inside = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inside / (1 - inside)))


def calibrated(fake: Bools, logit: Floats) -> Calibration:
    """Temperature and bias that make sigmoid(logit / T + b) honest at even odds."""
    fit = LogisticRegression(C=1e6, class_weight="balanced").fit(logit[:, None], fake)
    slope = max(float(fit.coef_[0, 0]), 1e-3)
    return Calibration(temperature=1 / slope, bias=float(fit.intercept_[0]))


def cross_calibrated(scored: Scored) -> Scored | None:
    """Logits -> probabilities, each by a calibration fitted on the other half of the groups.

    A calibration error measured on what it was fitted on would flatter. None where one of the
    halves has one class alone.
    """
    groups = np.unique(scored.group)
    half = np.isin(scored.group, np.random.default_rng(0).permutation(groups)[: len(groups) // 2])
    if scored.where(half).one_class or scored.where(~half).one_class:
        return None
    probability = np.empty_like(scored.score)
    for chosen in (half, ~half):
        fit = calibrated(scored.fake[~chosen], scored.score[~chosen])
        odds = scored.score[chosen] / fit.temperature + fit.bias
        probability[chosen] = 1 / (1 + np.exp(-odds))
    return Scored(scored.fake, probability, scored.kind, scored.group)


def threshold_for(scores: Floats, share: float) -> float:
    """The lowest threshold that at most this share of scores reaches."""
    allowed = int(share * len(scores))
    return float(np.nextafter(np.sort(scores)[len(scores) - allowed - 1], np.inf))
