"""Figures of a classifier, each with a 95 % interval resampled by group.

Resampling single pictures would count frames of one video as independent, and lie.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from model.weights import Calibration, Figure

RESAMPLES = 400
FEWEST = 20
"""Kinds with fewer pictures are pooled: a rate of a handful says nothing."""

Floats = npt.NDArray[np.float64]
Measure = Callable[[npt.NDArray[np.bool_], Floats], float]


@dataclass(frozen=True)
class Scored:
    """Labelled pictures and what was said of them, as aligned arrays of length N.

    Attributes:
        fake: True where the picture is fake.
        score: Higher is more fake.
    """

    fake: npt.NDArray[np.bool_]
    score: Floats
    kind: npt.NDArray[np.str_]
    group: npt.NDArray[np.str_]

    def joined(self, other: Scored) -> Scored:
        """Both, one after the other."""
        return Scored(
            np.concatenate((self.fake, other.fake)),
            np.concatenate((self.score, other.score)),
            np.concatenate((self.kind, other.kind)),
            np.concatenate((self.group, other.group)),
        )

    def where(self, chosen: npt.NDArray[np.bool_]) -> Scored:
        """A part of it."""
        return Scored(self.fake[chosen], self.score[chosen], self.kind[chosen], self.group[chosen])


def auc(fake: npt.NDArray[np.bool_], score: Floats) -> float:
    """Area under the ROC curve; NaN where one class is missing."""
    return float(roc_auc_score(fake, score)) if 0 < fake.sum() < len(fake) else float("nan")


def share_between(low: float, high: float = np.inf) -> Measure:
    """The share of pictures from `low` on and below `high`, whatever they are."""
    return lambda _, score: float(((score >= low) & (score < high)).mean())


def figure(name: str, scored: Scored, measure: Measure, seed: int = 0) -> Figure:
    """One measured number with its interval."""
    rng = np.random.default_rng(seed)
    groups = [np.flatnonzero(scored.group == group) for group in np.unique(scored.group)]
    values = []
    for _ in range(RESAMPLES):
        chosen = np.concatenate([groups[i] for i in rng.integers(len(groups), size=len(groups))])
        values.append(measure(scored.fake[chosen], scored.score[chosen]))
    low, high = np.nanquantile(values, (0.025, 0.975))
    value = measure(scored.fake, scored.score)
    return Figure(
        name=name, value=round(value, 4), low=round(float(low), 4), high=round(float(high), 4),
        pictures=len(scored.fake),
    )  # fmt: skip


def pooled(kinds: npt.NDArray[np.str_], fake: npt.NDArray[np.bool_]) -> npt.NDArray[np.str_]:
    """Kinds, those of fewer than twenty pictures renamed to `other fake` or `other real`."""
    names, counts = np.unique(kinds, return_counts=True)
    small = np.isin(kinds, names[counts < FEWEST])
    return np.where(small, np.where(fake, "other fake", "other real"), kinds)


def ranking(scored: Scored) -> tuple[Figure, ...]:
    """AUC over pictures: of everything, then of each kind of fake against all reals.

    Empty where one class is missing.
    """
    if scored.fake.all() or not scored.fake.any():
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


def calibrated(fake: npt.NDArray[np.bool_], logit: Floats) -> Calibration:
    """Temperature and bias that make sigmoid(logit / T + b) honest at even odds."""
    fit = LogisticRegression(C=1e6, class_weight="balanced").fit(logit[:, None], fake)
    slope = max(float(fit.coef_[0, 0]), 1e-3)
    return Calibration(temperature=1 / slope, bias=float(fit.intercept_[0]))


def cross_calibrated(scored: Scored) -> Scored:
    """Logits -> probabilities, each by a calibration fitted on the other half of the groups.

    A calibration error measured on what it was fitted on would flatter.
    """
    groups = np.unique(scored.group)
    half = np.isin(scored.group, np.random.default_rng(0).permutation(groups)[: len(groups) // 2])
    probability = np.empty_like(scored.score)
    for chosen in (half, ~half):
        fit = calibrated(scored.fake[~chosen], scored.score[~chosen])
        log_odds = scored.score[chosen] / fit.temperature + fit.bias
        probability[chosen] = 1 / (1 + np.exp(-log_odds))
    return Scored(scored.fake, probability, scored.kind, scored.group)


def calibration_error(fake: npt.NDArray[np.bool_], probability: Floats, bins: int = 15) -> float:
    """Expected calibration error over equal-width bins, at even odds; Naeini et al., AAAI 2015."""
    if fake.all() or not fake.any():
        return float("nan")
    weight = np.where(fake, 0.5 / fake.sum(), 0.5 / (~fake).sum())
    which = np.minimum((probability * bins).astype(int), bins - 1)
    error = np.bincount(which, weight * (fake - probability), bins)
    return float(np.abs(error).sum())


def threshold_for(scores: Floats, share: float) -> float:
    """The lowest threshold that at most this share of scores reaches."""
    allowed = int(share * len(scores))
    return float(np.nextafter(np.sort(scores)[len(scores) - allowed - 1], np.inf))
