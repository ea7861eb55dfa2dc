"""What each member adds: the same verdicts without it, every stack fitted on other groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model import metrics
from model.cards import ExpertName, Figure
from model.decision import Fusion, Thresholds
from model.evaluation.figures import risk_coverage
from model.fusing.fit import Chosen, crossed, judged, scored
from model.fusing.rows import Members, Row, part_of
from model.metrics import Bools, Floats, Measure

LEAST_GAIN = 0.005
"""Of AUC, that a member must add to be worth asking."""


@dataclass(frozen=True)
class Gain:
    """One member.

    Attributes:
        alone: AUC of the verdicts if it were the only one of its expert.
        without: The same if it alone were missing.
        gain: AUC of all less that, with a paired interval.
        wrong, wrong_without: Share of errors among the surest pictures, as many as the thresholds
            answer with all members.
    """

    expert: ExpertName
    number: int
    alone: float
    without: float
    gain: Figure
    wrong: float
    wrong_without: float


def everyone(members: Members) -> dict[ExpertName, tuple[int, ...]]:
    """All of them, by number."""
    return {expert: tuple(range(len(names))) for expert, names in members.items()}


def gains(rows: Sequence[Row], chosen: Chosen, fusion: Fusion, limits: Thresholds) -> list[Gain]:
    """Of each member that is one of several, where there are both classes to tell it by."""
    all_say = crossed(rows, chosen, fusion).probability
    found = []
    for expert, numbers in chosen.items():
        fakes = {row.fake for row in part_of(rows, judged(rows, expert))}
        if len(numbers) < 2 or len(fakes) < 2:
            continue
        for number in numbers:
            rest = {**chosen, expert: tuple(n for n in numbers if n != number)}
            only = {**chosen, expert: (number,)}
            found.append(
                _gain(
                    rows, expert, number, all_say,
                    crossed(rows, rest, fusion).probability,
                    crossed(rows, only, fusion).probability,
                    limits,
                )
            )  # fmt: skip
    return found


def kept(
    rows: Sequence[Row], chosen: Chosen, fusion: Fusion, limits: Thresholds, least: float
) -> dict[ExpertName, tuple[int, ...]]:
    """The members that stay, once those that add least are let go one after the other.

    The first of each expert stays unless the others are surely better without it: between equals
    nothing should change.

    Args:
        least: AUC that a member must add. That it adds anything must be beyond doubt, too: the
            interval lies above 0.
    """
    left = {expert: tuple(numbers) for expert, numbers in chosen.items()}
    while True:
        idle = [
            one
            for one in gains(rows, left, fusion, limits)
            if one.gain.high < 0
            or (one.number != left[one.expert][0] and (one.gain.value < least or one.gain.low <= 0))
        ]
        if not idle:
            return left
        weakest = min(idle, key=lambda one: one.gain.value)
        left[weakest.expert] = tuple(n for n in left[weakest.expert] if n != weakest.number)


def _gain(
    rows: Sequence[Row],
    expert: ExpertName,
    number: int,
    all_say: Floats,
    rest_say: Floats,
    alone_says: Floats,
    limits: Thresholds,
) -> Gain:
    of_its_own = judged(rows, expert)
    part = part_of(rows, of_its_own)
    both, rest, alone = (scored(part, each[of_its_own]) for each in (all_say, rest_say, alone_says))
    without = metrics.value(rest, metrics.auc)
    answered = risk_coverage(scored(rows, all_say), limits).answered
    return Gain(
        expert,
        number,
        metrics.value(alone, metrics.auc),
        without,
        metrics.figure("gain", both, _over(rest.score)),
        wrong_among_surest(scored(rows, all_say), limits, answered),
        wrong_among_surest(scored(rows, rest_say), limits, answered),
    )


def _over(other: Floats) -> Measure:
    """AUC of the scores less that of others for the same pictures, resample by resample."""

    def measured(fake: Bools, score: Floats, weight: Floats) -> Floats:
        return metrics.auc(fake, score, weight) - metrics.auc(fake, other, weight)

    return measured


def wrong_among_surest(scores: metrics.Scored, limits: Thresholds, share: float) -> float:
    """Errors among this share of the pictures, the surest first; NaN where it is none."""
    risk = risk_coverage(scores, limits).risk
    count = round(share * len(risk))
    return risk[count - 1] if count else float("nan")
