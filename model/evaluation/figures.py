"""Every figure of an evaluation, counted from what was said of the pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from model import metrics
from model.cards import Figure
from model.decision import Fusion, Thresholds
from model.ensemble import Scores, fused
from model.evaluation.pooling import Opinions, calibrated_fusion
from model.evaluation.scoring import CLIP, Record, scored_of, verdict_of
from model.metrics import Measure, Scored

FALSE_ALARMS = 0.05
"""Share of a real source that may be called fake, for the worst source of twenty or more."""
MISSES = 0.1
"""Share of fakes that may be called real."""
Sections = dict[str, tuple[Figure, ...]]


@dataclass(frozen=True)
class Suggestion:
    """What `registry.toml` would say if these pictures decided it. Chosen on what it is told on."""

    fusion: Fusion
    thresholds: Thresholds


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
        words = np.array([verdict_of(r, limits) for r in part])
        called = replace(scored, score=(words == "fake").astype(float))
        found[domain] = (*overall(scored, learned), *balance(called))
        found[f"{domain}, kinds of fakes"] = (*metrics.ranking(scored)[1:], *own_reals(scored))
        found[f"{domain}, videos"] = videos(scored, [r.video for r in part])
        found[f"{domain}, at the shipped threshold"] = metrics.rates(called, 1.0)
    return {name: figures for name, figures in found.items() if figures}


def verdicts(records: Sequence[Record], limits: Thresholds) -> tuple[Figure, ...]:
    """What pictures of each label of the manifest are called."""
    words = {"called real": "real", "uncertain": "uncertain", "called fake": "fake"}
    scored, labels = scored_of(records), np.array([r.entry.label for r in records])
    called = np.array([verdict_of(r, limits) for r in records])
    return tuple(
        metrics.figure(
            f"{label} {name}",
            replace(scored, score=(called == word).astype(float)).where(labels == label),
            metrics.average,
        )
        for label in np.unique(labels)
        for name, word in words.items()
    )


def balance(called: Scored) -> tuple[Figure, ...]:
    """Balanced accuracy of verdicts, 1 where one is `fake`."""
    name, measure = "balanced accuracy at the shipped threshold", metrics.balanced_accuracy(1.0)
    return () if called.one_class else (metrics.figure(name, called, measure),)


def overall(scored: Scored, learned: frozenset[str] = frozenset()) -> tuple[Figure, ...]:
    """Of all pictures of one domain together."""
    if scored.one_class:
        return ()
    measures: dict[str, Measure] = {
        "AUC": metrics.auc,
        "average precision": metrics.average_precision,
        "equal error rate": metrics.equal_error_rate,
        "recall at 1 % false alarms": metrics.recall_at(0.01),
        "recall at 5 % false alarms": metrics.recall_at(0.05),
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


def videos(scored: Scored, names: Sequence[str]) -> tuple[Figure, ...]:
    """AUC by video: of kinds that come as several frames of several videos, or as clips.

    A video's score is the mean of its frames'. Each kind of fake stands against its own reals
    where it has some, else against the reals of all videos.

    Args:
        names: Of the video that each picture belongs to; a clip's name is the clip's alone.
    """
    scored = _by_video(scored, np.array(names))
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


def _by_video(scored: Scored, names: np.ndarray) -> Scored:
    """One row a video, of kinds with at least two videos and two frames in each, or clips."""
    keys = np.char.add(np.char.add(scored.kind, "\n"), names)
    _, first, member, frames = np.unique(
        keys, return_index=True, return_inverse=True, return_counts=True
    )
    kind = scored.kind[first]
    is_clip = np.char.startswith(names[first], CLIP)
    filmed = [
        name
        for name, of_kind in ((name, kind == name) for name in np.unique(kind))
        if of_kind.sum() > 1 and (is_clip[of_kind].all() or frames[of_kind].mean() >= 2)
    ]
    mean = np.bincount(member, scored.score) / frames
    videos = Scored(scored.fake[first], mean, kind, scored.group[first])
    return videos.where(np.isin(kind, filmed))


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


def suggest(records: Sequence[Record], fusion: Fusion) -> Suggestion | None:
    """Calibrate the verdict, then choose thresholds; None where a class is missing.

    Clips are passed over: the service takes the mean of what is said of their frames, which no
    calibration of pictures makes honest.

    Args:
        fusion: Whose share the experts keep, and whose calibrations stay where they cannot be
            fitted.
    """
    records = [record for record in records if not record.frames]
    scored = scored_of(records)
    if scored.one_class:
        return None
    fitted = calibrated_fusion(scored.fake, [_opinions(r.scores) for r in records], fusion)
    probability = [fused_again(r.scores, fitted) for r in records]
    limits = thresholds(Scored(scored.fake, np.array(probability), scored.kind, scored.group))
    return Suggestion(fitted, limits)


def _opinions(scores: Scores) -> Opinions:
    face = max((each.fake_probability for each in scores.faces), default=None)
    return face, scores.experts.get("whole")


def fused_again(scores: Scores, fusion: Fusion) -> float:
    """The probability that the same experts would give by another fusion."""
    return fused(scores.faces, scores.experts.get("whole"), fusion).fake_probability


def thresholds(scored: Scored) -> Thresholds:
    """Few false alarms on the worst source of reals, few misses over all fakes."""
    kinds = metrics.pooled(scored.kind, scored.fake)
    reals = [
        scored.score[~scored.fake & (kinds == kind)] for kind in np.unique(kinds[~scored.fake])
    ]
    fake_from = min(1.0, max(metrics.threshold_for(scores, FALSE_ALARMS) for scores in reals))
    real_below = float(np.quantile(scored.score[scored.fake], MISSES))
    return Thresholds(real_below=min(real_below, fake_from), fake_from=fake_from)
