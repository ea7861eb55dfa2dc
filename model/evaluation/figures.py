"""Every figure of an evaluation, counted from what was said of the pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from model import metrics
from model.evaluation.scoring import Record, scored_of
from model.metrics import Measure, Scored
from model.weights import Figure, Thresholds

FALSE_ALARMS = 0.05
"""Share of a real source that may be called fake, for the worst source of twenty or more."""
MISSES = 0.1
"""Share of fakes that may be called real."""
Sections = dict[str, tuple[Figure, ...]]


@dataclass(frozen=True)
class Suggestion:
    """What `registry.toml` would say if these pictures decided it. Chosen on what it is told on."""

    temperature: float
    bias: float
    real_below: float
    fake_from: float


@dataclass(frozen=True)
class RiskCoverage:
    """How often answers are wrong when only the surest share of pictures is answered.

    Attributes:
        coverage, risk: (N,) shares, from the surest picture alone to all of them.
        answered, wrong: The point that the shipped thresholds choose.
    """

    coverage: list[float]
    risk: list[float]
    answered: float
    wrong: float


def sections(
    records: Sequence[Record], limits: Thresholds, learned: frozenset[str] = frozenset()
) -> Sections:
    """Figures by what they are about; those that need two classes are absent where one is missing.

    Args:
        learned: Kinds that training has seen.
    """
    found: Sections = {"verdicts": verdicts(records, limits)}
    for domain in sorted({r.entry.domain for r in records}):
        part = [r for r in records if r.entry.domain == domain]
        scored = scored_of(part)
        found[domain] = overall(scored, limits, learned)
        found[f"{domain}, kinds of fakes"] = (*metrics.ranking(scored)[1:], *own_reals(scored))
        found[f"{domain}, videos"] = videos(part)
        found[f"{domain}, at the shipped threshold"] = metrics.rates(scored, limits.fake_from)
    return {name: figures for name, figures in found.items() if figures}


def verdicts(records: Sequence[Record], limits: Thresholds) -> tuple[Figure, ...]:
    """What pictures of each label of the manifest are called."""
    bounds = {
        "called real": (0.0, limits.real_below),
        "uncertain": (limits.real_below, limits.fake_from),
        "called fake": (limits.fake_from, np.inf),
    }
    scored, labels = scored_of(records), np.array([r.entry.label for r in records])
    return tuple(
        metrics.figure(f"{label} {name}", scored.where(labels == label), between)
        for label in np.unique(labels)
        for name, between in ((n, metrics.share_between(*b)) for n, b in bounds.items())
    )


def overall(
    scored: Scored, limits: Thresholds, learned: frozenset[str] = frozenset()
) -> tuple[Figure, ...]:
    """Of all pictures of one domain together."""
    if scored.one_class:
        return ()
    measures: dict[str, Measure] = {
        "AUC": metrics.auc,
        "average precision": metrics.average_precision,
        "equal error rate": metrics.equal_error_rate,
        "recall at 1 % false alarms": metrics.recall_at(0.01),
        "recall at 5 % false alarms": metrics.recall_at(0.05),
        "balanced accuracy at the shipped threshold": metrics.balanced_accuracy(limits.fake_from),
        "calibration error": metrics.calibration_error,
        "calibration error at even odds": metrics.at_even_odds(metrics.calibration_error),
        "Brier score": metrics.brier_score,
    }
    figures = [metrics.figure(name, scored, measure) for name, measure in measures.items()]
    new = scored.fake & ~np.isin(scored.kind, list(learned))
    if learned and new.any():
        part = scored.where(~scored.fake | new)
        figures.append(metrics.figure("AUC, fakes of kinds never trained on", part, metrics.auc))
    return tuple(figures)


def own_reals(scored: Scored) -> tuple[Figure, ...]:
    """AUC of each kind of fake against the kinds of reals that it shares groups with."""
    kinds = metrics.pooled(scored.kind, scored.fake)
    figures = []
    for kind in np.unique(kinds[scored.fake]):
        fakes = scored.fake & (kinds == kind)
        own = _own_reals(scored, fakes)
        if own.any():
            part = scored.where(fakes | own)
            figures.append(metrics.figure(f"AUC, {kind} against its own reals", part, metrics.auc))
    return tuple(figures)


def videos(records: Sequence[Record]) -> tuple[Figure, ...]:
    """AUC by video: of kinds that come as several frames of several videos, or as clips.

    A video's score is the mean of its frames'. Each kind of fake stands against its own reals
    where it has some, else against the reals of all videos.
    """
    scored = _by_video(records)
    if scored is None:
        return ()
    figures = []
    for kind in np.unique(scored.kind[scored.fake]):
        fakes = scored.fake & (scored.kind == kind)
        own = _own_reals(scored, fakes)
        part = scored.where(fakes | (own if own.any() else ~scored.fake))
        if not part.one_class:
            figures.append(metrics.figure(f"AUC by video, {kind}", part, metrics.auc))
    return tuple(figures)


def _own_reals(scored: Scored, fakes: np.ndarray) -> np.ndarray:
    related = ~scored.fake & np.isin(scored.group, scored.group[fakes])
    return np.asarray(~scored.fake & np.isin(scored.kind, scored.kind[related]))


def _by_video(records: Sequence[Record]) -> Scored | None:
    scored, names = scored_of(records), np.array([f"{r.entry.kind}\n{r.video}" for r in records])
    _, first, member, frames = np.unique(
        names, return_index=True, return_inverse=True, return_counts=True
    )
    kind = scored.kind[first]
    of_videos = [
        name
        for name in np.unique(kind)
        if (kind == name).sum() > 1
        and (frames[kind == name].mean() >= 2 or all(r.frames for r in records))
    ]
    if not of_videos:
        return None
    mean = np.bincount(member, scored.score) / frames
    both = Scored(scored.fake[first], mean, kind, scored.group[first])
    return both.where(np.isin(kind, of_videos))


def cross(records: Sequence[Record]) -> Iterator[tuple[str, str, Figure]]:
    """AUC of the fakes of each kind against the reals of each: (kind of real, of fake, AUC)."""
    scored = scored_of(records)
    kinds = metrics.pooled(scored.kind, scored.fake)
    for real in np.unique(kinds[~scored.fake]):
        for fake in np.unique(kinds[scored.fake]):
            part = scored.where((~scored.fake & (kinds == real)) | (scored.fake & (kinds == fake)))
            yield str(real), str(fake), metrics.figure(f"{fake} against {real}", part, metrics.auc)


def risk_coverage(scored: Scored, limits: Thresholds) -> RiskCoverage:
    """The surest answers first: those furthest from the middle of the uncertain band."""
    middle = metrics.log_odds(np.array([limits.real_below, limits.fake_from])).mean()
    distance = metrics.log_odds(scored.score) - middle
    wrong = ((distance >= 0) != scored.fake)[np.argsort(-np.abs(distance), kind="stable")]
    count = np.arange(1, len(wrong) + 1)
    decided = (scored.score < limits.real_below) | (scored.score >= limits.fake_from)
    mistaken = decided & ((scored.score >= limits.fake_from) != scored.fake)
    return RiskCoverage(
        coverage=(count / len(wrong)).round(4).tolist(),
        risk=(np.cumsum(wrong) / count).round(4).tolist(),
        answered=round(float(decided.mean()), 4),
        wrong=round(float(mistaken.sum() / max(decided.sum(), 1)), 4),
    )


def suggest(scored: Scored) -> Suggestion | None:
    """Calibration and thresholds; None where one class is missing."""
    if scored.one_class:
        return None
    odds = metrics.log_odds(scored.score)
    fit = metrics.calibrated(scored.fake, odds)
    calibrated = 1 / (1 + np.exp(-odds / fit.temperature - fit.bias))
    kinds = metrics.pooled(scored.kind, scored.fake)
    reals = [calibrated[~scored.fake & (kinds == kind)] for kind in np.unique(kinds[~scored.fake])]
    fake_from = max(metrics.threshold_for(scores, FALSE_ALARMS) for scores in reals)
    real_below = float(np.quantile(calibrated[scored.fake], MISSES))
    return Suggestion(fit.temperature, fit.bias, min(real_below, fake_from), fake_from)
