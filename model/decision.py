"""How what networks say becomes a verdict, as `registry.toml` and cards have it. Numbers alone.

`model.ensemble` and `model.stacking` apply these, `candor fuse` fits them.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0, le=1)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Part(BaseModel):
    """A frozen value that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Calibration(Part):
    """Logit -> sigmoid(logit / temperature + bias); Guo et al., ICML 2017, with a bias."""

    temperature: Annotated[float, Field(gt=0)] = 1.0
    bias: float = 0.0

    def probability(self, logit: float) -> float:
        """What a logit says of `fake`, 0..1."""
        return probability(logit / self.temperature + self.bias)


class Thresholds(Part):
    """Below the first real, from the second on fake, else uncertain.

    Those of a card are for one expert alone, those of the registry for the fused verdict.
    """

    real_below: Share
    fake_from: Share

    @model_validator(mode="after")
    def _in_order(self) -> Thresholds:
        if self.real_below > self.fake_from:
            raise ValueError("real_below must not be above fake_from")
        return self

    def verdict(self, fake_probability: float) -> Literal["real", "uncertain", "fake"]:
        """What a picture is called."""
        if fake_probability >= self.fake_from:
            return "fake"
        return "real" if fake_probability < self.real_below else "uncertain"

    def widened(self, by: float) -> Thresholds:
        """Both moved away from each other by so much log-odds."""
        if not by:
            return self
        return Thresholds(
            real_below=probability(log_odds(self.real_below) - by),
            fake_from=probability(log_odds(self.fake_from) + by),
        )


class Fusion(Calibration):
    """How the experts' opinions become the verdict's; see `model.stacking.together`.

    Attributes:
        whole_weight: Of the whole-image expert's suspicion where both have looked; 0 lets faces
            decide alone. What comes of both is then calibrated in turn.
        faceless: Of the whole-image expert where no face was found. Its own calibration is for
            whatever it looks at, portraits among them. None leaves that.
    """

    whole_weight: Share = 0.5
    faceless: Calibration | None = None


class Stack(Part):
    """How members of one expert become one: bias + the sum of weight x log-odds of each.

    Attributes:
        weights: In the order in which the registry names the members.
    """

    weights: Annotated[tuple[Finite, ...], Field(min_length=2)]
    bias: Finite = 0.0


class Ensemble(Part):
    """What several members of an expert come to; see `model.stacking`.

    Attributes:
        face, whole: None takes the mean of the members' log-odds.
        widening: By how much of the members' disagreement the thresholds of a picture move apart.
        exit: Where the first members alone settle a picture: below the first bound or from the
            second on, the others are not asked. None asks all of every picture.
    """

    face: Stack | None = None
    whole: Stack | None = None
    widening: Annotated[float, Field(ge=0, le=10)] = 0.0
    exit: Thresholds | None = None


def probability(log_odds: float) -> float:
    """Sigmoid, safe for any finite log-odds."""
    return float(1 / (1 + np.exp(-np.clip(log_odds, -40, 40))))


def log_odds(fake_probability: float) -> float:
    """Inverse of `probability`, finite for any probability."""
    inside = min(max(fake_probability, 1e-9), 1 - 1e-9)
    return float(np.log(inside / (1 - inside)))
