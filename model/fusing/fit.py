"""Fits a stack for each expert with several members; judged by stacks fitted on other groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from model.cards import ExpertName
from model.decision import Ensemble, Fusion, Stack
from model.evaluation import pooling
from model.fusing.rows import Row, column, part_of
from model.metrics import Bools, Floats, Scored
from model.stacking import disagreement, said

FOLDS = 5
DOMAINS: dict[ExpertName, str] = {"face": "face", "whole": "general"}
"""Pictures of the manifest that an expert is for: a swapped face is nothing to who looks for
generators. Where there are none of both classes, all that it judged count."""
FREE = 100.0
"""How much less the mean of the members is held back than their differences are."""
HELD_BACK = 1.0
"""C of the regression, over log-odds of the size of one."""

Chosen = Mapping[ExpertName, Sequence[int]]
"""Members that take part, by expert and number."""


@dataclass(frozen=True)
class Verdicts:
    """What an ensemble makes of every row, each fitted on the groups of the other folds.

    Attributes:
        probability: (N,) of `fake`.
        apart: (N,) disagreement of the members, in log-odds.
    """

    probability: Floats
    apart: Floats


def stack_of(heard: Floats, fake: Bools) -> Stack:
    """(N, M) log-odds -> their stack: logistic regression, at even odds.

    Held back towards equal weights: which member is heard more must be earned, how sure they are
    together is free.
    """
    mean = heard.mean(1, keepdims=True)
    features = np.hstack((mean * FREE, heard - mean))
    fit = LogisticRegression(C=HELD_BACK, class_weight="balanced", max_iter=1000)
    slopes = fit.fit(features, fake).coef_[0]
    each = slopes[0] * FREE / heard.shape[1] + slopes[1:] - slopes[1:].mean()
    return Stack(
        weights=tuple(round(float(weight), 4) for weight in each),
        bias=round(float(fit.intercept_[0]), 4),
    )


def ensemble_of(rows: Sequence[Row], chosen: Chosen) -> Ensemble:
    """The stack of each expert with several members; none where one class is missing."""
    face = _stack(rows, chosen, "face")
    return Ensemble(face=face, whole=_stack(rows, chosen, "whole"))


def _stack(rows: Sequence[Row], chosen: Chosen, expert: ExpertName) -> Stack | None:
    if len(chosen.get(expert, ())) < 2:
        return None
    for_it = judged(rows, expert)
    fake = column(rows, "fake")[for_it].astype(bool)
    if fake.all() or not fake.any():
        return None
    heard = [_opinion(row, chosen, expert) for row in part_of(rows, for_it)]
    return stack_of(np.array(heard), fake)


def _opinion(row: Row, chosen: Chosen, expert: ExpertName) -> Floats:
    """(M,) of the picture, or of its most suspicious face."""
    heard = row.of(chosen)
    if expert == "whole":
        return heard.whole
    return np.asarray(heard.faces[heard.faces.mean(1).argmax()])


def judged(rows: Sequence[Row], expert: ExpertName) -> Bools:
    """Rows that an expert is measured on and fitted to."""
    spoke = np.array(
        [len(r.heard.faces) > 0 if expert == "face" else len(r.heard.whole) > 0 for r in rows], bool
    )
    of_its_own = spoke & (column(rows, "domain") == DOMAINS[expert])
    fake = column(rows, "fake").astype(bool)
    both = (fake & of_its_own).any() and (~fake & of_its_own).any()
    return of_its_own if both else spoke


def folds(rows: Sequence[Row]) -> npt.NDArray[np.intp]:
    """(N,) number of the part of each row; a group is in one part."""
    groups, member = np.unique(column(rows, "group"), return_inverse=True)
    return np.random.default_rng(0).permutation(len(groups))[member] % FOLDS


def crossed(rows: Sequence[Row], chosen: Chosen, fusion: Fusion) -> Verdicts:
    """Verdicts by stacks that have not seen the picture's group."""
    part = folds(rows)
    probability, apart = np.zeros(len(rows)), np.zeros(len(rows))
    for fold in np.unique(part):
        ensemble = ensemble_of(part_of(rows, part != fold), chosen)
        for n in np.flatnonzero(part == fold).tolist():
            heard = rows[n].of(chosen)
            probability[n] = said(heard, ensemble, fusion).fake_probability
            apart[n] = disagreement(heard, ensemble, fusion)
    return Verdicts(probability, apart)


def fusion_of(rows: Sequence[Row], chosen: Chosen, ensemble: Ensemble, before: Fusion) -> Fusion:
    """The calibrations of what the experts come to; the share of each stays."""
    verdicts = [said(row.of(chosen), ensemble, before) for row in rows]
    opinions = [(max(each.faces, default=None), each.whole) for each in verdicts]
    return pooling.calibrated_fusion(column(rows, "fake").astype(bool), opinions, before)


def scored(rows: Sequence[Row], probability: Floats) -> Scored:
    """As arrays."""
    return Scored(
        column(rows, "fake").astype(bool),
        probability,
        column(rows, "kind").astype(str),
        column(rows, "group").astype(str),
    )
