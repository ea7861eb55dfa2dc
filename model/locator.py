"""Asks of every place of a face whether it was forged.

One label a picture can be learned from who is on it: with few videos, a network knows them by heart
long before it knows forgeries. A fake whose untouched places must be called real leaves that no way
out. Nguyen et al., "Multi-task Learning for Detecting and Segmenting Manipulated Facial Images and
Videos", BTAS 2019; Dang et al., "On the Detection of Digital Face Manipulation", CVPR 2020.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from model.backbone import FEATURES

STRONGEST = 0.1
"""Share of the places that speak for all: one forged mouth is enough."""


class Locator(nn.Module):
    """A linear reading of the attended features and of the last ones, the coarser enlarged.

    Starts at zero, where it says nothing.

    Args:
        channels: Of the attended features.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fine = nn.Conv2d(channels, 1, 1)
        self.coarse = nn.Conv2d(FEATURES, 1, 1)
        for layer in (self.fine, self.coarse):
            for values in layer.parameters():
                nn.init.zeros_(values)

    def forward(self, attended: Tensor, last: Tensor) -> Tensor:
        """(B, channels, H/16, W/16) and (B, FEATURES, H/32, W/32) -> (B, H/16, W/16) logits of
        having been forged."""
        number = self.fine.weight.dtype
        fine = self.fine(attended.to(number))
        coarse = functional.interpolate(
            self.coarse(last.to(number)), fine.shape[2:], mode="bilinear", align_corners=False
        )
        logits: Tensor = (fine + coarse).squeeze(1)
        return logits


def strongest(places: Tensor) -> Tensor:
    """(B, H, W) logits -> (B,), the mean of the highest `STRONGEST` of each picture."""
    every = places.flatten(1)
    return every.topk(max(1, round(STRONGEST * every.shape[1])), 1).values.mean(1)
