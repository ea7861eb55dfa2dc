"""Asks of every place of a face whether it was forged; used in training alone, then thrown away.

One label a picture can be learned from who is on it: with few videos, a network knows them by heart
long before it knows forgeries. A fake whose untouched places must be called real leaves that no way
out. Nguyen et al., "Multi-task Learning for Detecting and Segmenting Manipulated Facial Images and
Videos", BTAS 2019; Dang et al., "On the Detection of Digital Face Manipulation", CVPR 2020.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from model.backbone import FEATURES
from model.network import ATTENTION_STAGE, Features, HybridAttentionNet


class Locator(nn.Module):
    """A linear reading of the attended features and of the last ones, the coarser enlarged.

    Args:
        network: Whose features are read; it is no part of this.
    """

    def __init__(self, network: HybridAttentionNet) -> None:
        super().__init__()
        self.fine = nn.Conv2d(network.backbone.stage_channels[ATTENTION_STAGE], 1, 1)
        self.coarse = nn.Conv2d(FEATURES, 1, 1)
        for layer in (self.fine, self.coarse):
            for values in layer.parameters():
                nn.init.zeros_(values)

    def forward(self, features: Features) -> Tensor:
        """-> (B, H/16, W/16) logits of having been forged."""
        fine = self.fine(features.attended)
        coarse = functional.interpolate(
            self.coarse(features.last), fine.shape[2:], mode="bilinear", align_corners=False
        )
        logits: Tensor = (fine + coarse).squeeze(1)
        return logits
