"""Networks as people bring their own: a class that is made without arguments."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from model.network import NetworkOutput


class Tiny(nn.Module):
    """Brightness of each channel, weighed."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(3, 1)

    def forward(self, pixels: Tensor) -> Tensor:
        logit: Tensor = self.head(pixels.mean((2, 3)))
        return logit


class Attentive(Tiny):
    """The same, and where it is bright."""

    def forward(self, pixels: Tensor) -> NetworkOutput:
        bright = nn.functional.adaptive_avg_pool2d(pixels.mean(1, keepdim=True), 14)
        return NetworkOutput(super().forward(pixels)[:, 0], bright)


class Wide(Tiny):
    """Two logits a picture, which nobody can read."""

    def forward(self, pixels: Tensor) -> Tensor:
        return super().forward(pixels).repeat(1, 2)


class Failing(Tiny):
    """Wants another size of picture."""

    def forward(self, pixels: Tensor) -> Tensor:
        return super().forward(pixels.reshape(len(pixels), 3, 64, 64))


class Narrow(Tiny):
    """Takes squares of 192 pixels and no others, as one with a layer over all of them does."""

    def forward(self, pixels: Tensor) -> Tensor:
        return super().forward(pixels.reshape(len(pixels), 3, 192, 192))


class Demanding(Tiny):
    """Cannot be made without arguments."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width


class Constant(Tiny):
    """Was never trained."""

    def forward(self, pixels: Tensor) -> Tensor:
        return torch.zeros(len(pixels))


def not_a_network() -> str:
    return "a string"
