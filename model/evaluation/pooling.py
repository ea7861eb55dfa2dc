"""The calibration of the verdict, fitted to what experts said: with faces, and without."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model import metrics
from model.decision import Calibration, Fusion, log_odds
from model.metrics import Bools
from model.stacking import together

Opinions = tuple[float | None, float | None]
"""Fake probability by the face expert and by the whole-image expert; None of who had nothing to
look at."""

FACELESS_AT_LEAST = 50
"""Pictures of each class without a face: fewer are chance, and would decide over all such."""


def calibrated_fusion(fake: Bools, said: Sequence[Opinions], before: Fusion) -> Fusion:
    """The calibrations of a fusion; the share of each expert stays.

    Args:
        fake: (N,) what each picture is.
        said: N opinions.
        before: Its calibrations stay where there are too few pictures to fit better ones.
    """
    plain = Fusion(whole_weight=before.whole_weight)
    pool = np.array([log_odds(together(face, whole, plain)) for face, whole in said])
    faces = np.array([face is not None for face, _ in said], bool)
    wholes = np.array([whole is not None for _, whole in said], bool)
    both = _fitted(fake, pool, faces & wholes, 1) or Calibration(
        temperature=before.temperature, bias=before.bias
    )
    faceless = _fitted(fake, pool, ~faces & wholes, FACELESS_AT_LEAST) or before.faceless
    return Fusion(whole_weight=before.whole_weight, faceless=faceless, **both.model_dump())


def _fitted(fake: Bools, pool: metrics.Floats, chosen: Bools, least: int) -> Calibration | None:
    """None where there are fewer than so many of a class."""
    if min(fake[chosen].sum(), (~fake[chosen]).sum()) < least:
        return None
    return metrics.calibrated(fake[chosen], pool[chosen])
