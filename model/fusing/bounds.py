"""How far disagreement moves the thresholds, and where the first members are sure enough alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model import metrics
from model.decision import Fusion, Thresholds, log_odds
from model.fusing.fit import Chosen, Verdicts, folds, scored
from model.fusing.rows import Row, column
from model.metrics import Bools, Floats, Names
from model.stacking import NOTHING_SET, said

WIDENINGS = (0.1, 0.25, 0.5, 1.0)


@dataclass(frozen=True)
class Widening:
    """One factor on the disagreement.

    Attributes:
        answered, wrong: Share of pictures that get a label, and of these that get a wrong one.
        wrong_alike: Share of wrong ones among as many pictures as are answered without widening,
            those furthest beyond their thresholds.
        surely: Whether that is fewer than without widening, beyond what chance does.
    """

    factor: float
    answered: float
    wrong: float
    wrong_alike: float
    surely: bool


def widenings(rows: Sequence[Row], verdicts: Verdicts, limits: Thresholds) -> list[Widening]:
    """Of every factor that is tried, 0 first."""
    fake = column(rows, "fake").astype(bool)
    base = _beyond(verdicts, limits, 0)
    mistaken = (_log_odds(verdicts.probability) > _middle(limits)) != fake
    answered = int((base >= 0).sum())
    plain = _furthest(base, answered)
    tried = []
    for factor in (0.0, *WIDENINGS):
        beyond = _beyond(verdicts, limits, factor)
        decided, alike = beyond >= 0, _furthest(beyond, answered)
        tried.append(
            Widening(
                factor,
                float(decided.mean()),
                _share(mistaken, decided),
                _share(mistaken, alike),
                factor > 0 and _surely_fewer(rows, mistaken, alike, plain),
            )
        )
    return tried


def best(tried: Sequence[Widening]) -> float:
    """The factor that errs least where it answers as much; 0 where none surely errs less."""
    better = [one for one in tried if one.surely]
    return min(better, key=lambda one: one.wrong_alike).factor if better else 0.0


@dataclass(frozen=True)
class Exit:
    """Where first members settle a picture.

    Attributes:
        bounds: Fitted on all pictures.
        settled: Share of pictures that they settle.
        agreed: Share of these that all members call the same; both with bounds fitted on the
            groups of other folds.
    """

    bounds: Thresholds
    settled: float
    agreed: float


def exit_of(
    rows: Sequence[Row],
    chosen: Chosen,
    verdicts: Verdicts,
    fusion: Fusion,
    limits: Thresholds,
    widening: float,
    agreement: float,
) -> Exit | None:
    """The widest bounds within which first members and all agree in this share of pictures.

    None where they settle nothing.
    """
    first = np.array([_first(row, chosen, fusion) for row in rows])
    labels = np.array(
        [
            limits.widened(widening * apart).verdict(probability)
            for probability, apart in zip(verdicts.probability, verdicts.apart, strict=True)
        ]
    )
    part = folds(rows)
    settled, agreed = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
    for fold in np.unique(part):
        here = part == fold
        bounds = _bounds(first[~here], labels[~here], limits, agreement)
        alone = np.array([bounds.verdict(one) for one in first[here]])
        settled[here] = alone != "uncertain"
        agreed[here] = alone == labels[here]
    if not settled.any():
        return None
    return Exit(
        _bounds(first, labels, limits, agreement), float(settled.mean()), _share(agreed, settled)
    )


def _first(row: Row, chosen: Chosen, fusion: Fusion) -> float:
    # One member needs no stack.
    return said(row.of(chosen).first, NOTHING_SET, fusion).fake_probability


def _bounds(first: Floats, labels: Names, limits: Thresholds, agreement: float) -> Thresholds:
    real, fake = first < limits.real_below, first >= limits.fake_from
    up_to = _reach(first[real], labels[real] == "real", agreement)
    down_to = _reach(-first[fake], labels[fake] == "fake", agreement)
    return Thresholds(
        # Above the last that counts, as a label starts at its bound.
        real_below=0.0 if up_to is None else float(np.nextafter(up_to, 1)),
        fake_from=1.0 if down_to is None else -down_to,
    )


def _reach(scores: Floats, agreed: Bools, agreement: float) -> float | None:
    """The highest score up to which this share agrees; None where not even the lowest does."""
    order = np.argsort(scores, kind="stable")
    share = np.cumsum(agreed[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(share >= agreement)
    return float(scores[order][enough[-1]]) if len(enough) else None


def _beyond(verdicts: Verdicts, limits: Thresholds, factor: float) -> Floats:
    """Log-odds by which each verdict lies beyond its threshold, be it real or fake."""
    odds = _log_odds(verdicts.probability)
    past = np.maximum(odds - log_odds(limits.fake_from), log_odds(limits.real_below) - odds)
    return np.asarray(past - factor * verdicts.apart)


def _middle(limits: Thresholds) -> float:
    return (log_odds(limits.fake_from) + log_odds(limits.real_below)) / 2


def _log_odds(probability: Floats) -> Floats:
    return np.array([log_odds(one) for one in probability])


def _furthest(beyond: Floats, count: int) -> Bools:
    chosen = np.zeros(len(beyond), bool)
    chosen[np.argsort(-beyond, kind="stable")[:count]] = True
    return chosen


def _share(of: Bools, among: Bools) -> float:
    return float(of[among].mean()) if among.any() else 0.0


def _surely_fewer(rows: Sequence[Row], mistaken: Bools, alike: Bools, plain: Bools) -> bool:
    """Whether fewer of the one choice are wrong than of the other in 97.5 % of resamples."""
    # Both choices have one size, so the errors that one has more than the other say it all.
    difference = mistaken * (alike.astype(float) - plain)
    return metrics.figure("", scored(rows, difference), metrics.average).high < 0
