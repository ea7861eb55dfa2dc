"""Experts, each calibrated by itself, and what is said of one picture in the end.

`model.stacking` holds the arithmetic of many opinions; here are networks and results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch

from model import preparation
from model.decision import Calibration, Fusion
from model.explain import Look, attention_of
from model.faces import Floats
from model.onednn import best_dtype
from model.preparation import Input, Pixels
from model.stacking import together

UNCALIBRATED = Calibration()
PLAIN_FUSION = Fusion()
BATCH = 4 if best_dtype() is torch.float32 else 8
"""Squares in one forward pass. The largest maps of twice as many take more than 32 MB, which the
allocator fetches from the system and clears anew each time."""


@dataclass(frozen=True)
class FaceScore:
    """One face: its box in pixels of the picture, and how likely it is forged.

    Attributes:
        confidence: Of the face finder, that it is a face.
        fake_probability: 0..1, calibrated.
        look: What the expert looked at, if it says.
        members: Probability by name of weights, where several make up the expert.
    """

    left: int
    top: int
    width: int
    height: int
    confidence: float
    fake_probability: float
    look: Look | None = None
    members: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Scores:
    """What the model says of one picture.

    Attributes:
        fake_probability: Fused and calibrated, 0..1.
        faces: Those that were scored, largest first.
        experts: Probability by expert name; an expert that had nothing to look at is absent.
        members: The same by expert and name of weights, where several make up the expert: of
            those that were asked, each as if it were the only one.
        doubt: Log-odds by which the members' disagreement moves the thresholds apart.
    """

    fake_probability: float
    faces: tuple[FaceScore, ...]
    experts: dict[str, float]
    members: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    doubt: float = 0.0


class Expert:
    """One network with its calibration.

    Args:
        network: In evaluation mode, on any device.
        calibration: Of its logits; none leaves them as they are.
        kind: What the network is given.
        side: Of the squares that it reads, in pixels.
    """

    def __init__(
        self,
        network: torch.nn.Module,
        calibration: Calibration = UNCALIBRATED,
        kind: Input = "rgb",
        side: int = preparation.SIDE,
    ) -> None:
        self.side = side
        self._network = network.to(memory_format=torch.channels_last)
        self._calibration = calibration
        self._kind = kind

    def logits(self, squares: Sequence[Pixels]) -> npt.NDArray[np.float64]:
        """Calibrated log-odds of `fake`, (N,), for N squares of `side` pixels."""
        return self.opinions(squares)[0]

    def opinions(self, squares: Sequence[Pixels]) -> tuple[npt.NDArray[np.float64], Floats | None]:
        """The same, and the attention behind each, (N, CELLS, CELLS) in 0..1.

        None where the network has no attention, or looks at frequencies, which are nowhere.
        """
        parts, looks = [], []
        device = next(self._network.parameters()).device
        with torch.inference_mode():
            for start in range(0, len(squares), BATCH):
                chunk = np.stack(squares[start : start + BATCH])
                output = self._network(preparation.network_input(chunk, self._kind).to(device))
                parts.append(output.logit)
                if output.attention_logit.numel() and self._kind == "rgb":
                    looks.append(attention_of(output.attention_logit)[:, 0])
        logits = torch.cat(parts).cpu().double().numpy()
        calibrated = np.asarray(logits / self._calibration.temperature + self._calibration.bias)
        return calibrated, torch.cat(looks).cpu().numpy() if looks else None


def fused(faces: Sequence[FaceScore], whole: float | None, fusion: Fusion = PLAIN_FUSION) -> Scores:
    """One opinion out of the experts', each with one member.

    Args:
        faces: Scored by the face expert, which speaks for the worst of them.
        whole: Of the whole-image expert; None where there is none.
    """
    face = max((each.fake_probability for each in faces), default=None)
    said = {"face": face, "whole": whole}
    experts = {name: value for name, value in said.items() if value is not None}
    return Scores(together(face, whole, fusion), tuple(faces), experts)
