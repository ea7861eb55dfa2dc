"""Experts, each calibrated by itself, and how their opinions become one.

Where both have looked, a picture is real if its faces are and nothing makes it look generated: the
face expert's probability of real, discounted by the odds at which the whole-image expert suspects a
generator, as far as they are above even. That no generator was at work says nothing of a swap, so
that expert raises suspicion and never allays it. What no expert judged stays unsaid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from model import preparation, weights
from model.explain import Look
from model.faces import Floats
from model.preparation import Pixels

UNCALIBRATED = weights.Calibration()
PLAIN_FUSION = weights.Fusion()
BATCH = 8
"""Squares in one forward pass. The largest maps of 16 take more than 32 MB, which the allocator
fetches from the system and clears anew each time."""


@dataclass(frozen=True)
class FaceScore:
    """One face: its box in pixels of the picture, and how likely it is forged.

    Attributes:
        confidence: Of the face finder, that it is a face.
        fake_probability: 0..1, calibrated.
        look: What the expert looked at, if it says.
    """

    left: int
    top: int
    width: int
    height: int
    confidence: float
    fake_probability: float
    look: Look | None = None


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
        calibration: Of its logits; none leaves them as they are.
    """

    def __init__(
        self, network: torch.nn.Module, calibration: weights.Calibration = UNCALIBRATED
    ) -> None:
        self._network = network.to(memory_format=torch.channels_last)
        self._calibration = calibration

    def logits(self, squares: Sequence[Pixels]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Calibrated log-odds of `fake`, (N,), for N squares of `preparation.SIDE` pixels."""
        return self.opinions(squares)[0]

    def opinions(
        self, squares: Sequence[Pixels]
    ) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], Floats]:
        """The same, and the attention behind each, (N, 14, 14) in 0..1."""
        parts, looks = [], []
        device = next(self._network.parameters()).device
        with torch.inference_mode():
            for start in range(0, len(squares), BATCH):
                batch = preparation.normalised(np.stack(squares[start : start + BATCH]))
                output = self._network(batch.to(device))
                parts.append(output.logit)
                looks.append(torch.sigmoid(output.attention_logit.float())[:, 0])
        logits = torch.cat(parts).cpu().double().numpy()
        calibrated = np.asarray(logits / self._calibration.temperature + self._calibration.bias)
        return calibrated, torch.cat(looks).cpu().numpy()


def probability(log_odds: float) -> float:
    """Sigmoid, safe for any finite log-odds."""
    return float(1 / (1 + np.exp(-np.clip(log_odds, -40, 40))))


def log_odds(fake_probability: float) -> float:
    """Inverse of `probability`, finite for any probability."""
    inside = min(max(fake_probability, 1e-9), 1 - 1e-9)
    return float(np.log(inside / (1 - inside)))


def fused(
    faces: Sequence[FaceScore], whole: float | None, fusion: weights.Fusion = PLAIN_FUSION
) -> Scores:
    """One opinion out of the experts'.

    Args:
        faces: Scored by the face expert, which speaks for the worst of them.
        whole: Of the whole-image expert; None where there is none.
    """
    experts: dict[str, float] = {}
    if faces:
        experts["face"] = max(face.fake_probability for face in faces)
    if whole is not None:
        experts["whole"] = whole
    if len(experts) == 2:
        suspicion = max(np.exp(log_odds(experts["whole"])) - 1, 0)
        real = (1 - experts["face"]) / (1 + fusion.whole_weight * suspicion)
        together = probability(log_odds(1 - real) / fusion.temperature + fusion.bias)
    else:
        # With nothing to go by, the honest odds are even.
        together = next(iter(experts.values()), 0.5)
    return Scores(together, tuple(faces), experts)
