"""Experts, each calibrated by itself, and how their opinions become one.

A picture is fake if either expert has reason to say so, and real only if both find it real: the
fused probability is the highest of theirs. What no expert judged stays unsaid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from model import preparation, weights
from model.preparation import Pixels

BATCH = 16
"""Squares in one forward pass; more buys nothing on a CPU and costs memory."""


@dataclass(frozen=True)
class FaceScore:
    """One face: its box in pixels of the picture, and how likely it is forged.

    Attributes:
        confidence: Of the face finder, that it is a face.
        fake_probability: 0..1, calibrated.
    """

    left: int
    top: int
    width: int
    height: int
    confidence: float
    fake_probability: float


@dataclass(frozen=True)
class Scores:
    """What the model says of one picture.

    Attributes:
        fake_probability: Fused and calibrated, 0..1.
        faces: Those that were scored, largest first.
        experts: Probability by expert name; an expert that had nothing to look at is absent.
    """

    fake_probability: float
    faces: tuple[FaceScore, ...]
    experts: dict[str, float]


class Expert:
    """One network with its calibration.

    Args:
        network: In evaluation mode, on any device.
        calibrations: Applied to its logits in turn: its own, then that of the fused verdict.
            The second is the same for every expert, so that the highest stays the highest.
    """

    def __init__(self, network: torch.nn.Module, *calibrations: weights.Calibration) -> None:
        self._network = network.to(memory_format=torch.channels_last)
        self._calibrations = calibrations

    def logits(self, squares: Sequence[Pixels]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Calibrated log-odds of `fake`, (N,), for N squares of `preparation.SIDE` pixels."""
        parts = []
        device = next(self._network.parameters()).device
        with torch.inference_mode():
            for start in range(0, len(squares), BATCH):
                batch = preparation.normalised(np.stack(squares[start : start + BATCH]))
                parts.append(self._network(batch.to(device)).logit)
        log_odds = torch.cat(parts).cpu().double().numpy()
        for calibration in self._calibrations:
            log_odds = log_odds / calibration.temperature + calibration.bias
        return np.asarray(log_odds)


def probability(log_odds: float) -> float:
    """Sigmoid, safe for any finite log-odds."""
    return float(1 / (1 + np.exp(-np.clip(log_odds, -40, 40))))


def fused(faces: Sequence[FaceScore], whole: float | None) -> Scores:
    """One opinion out of the experts'.

    Args:
        faces: Scored by the face expert; the picture's score is that of its worst face.
        whole: Of the whole-image expert; None where there is none.
    """
    experts: dict[str, float] = {}
    if faces:
        experts["face"] = max(face.fake_probability for face in faces)
    if whole is not None:
        experts["whole"] = whole
    # With nothing to go by, the honest odds are even.
    return Scores(max(experts.values(), default=0.5), tuple(faces), experts)
