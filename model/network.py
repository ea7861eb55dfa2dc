"""HybridAttentionNet: EfficientNet-Lite features, channel then spatial attention, one logit.

Two opinions may make it up: of the face as a whole, and of its places one by one.

The network knows pixels that are ready for it and nothing of files, faces or thresholds:
`model.detector` prepares its input and reads its output, `model.train` fits it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from model.backbone import FEATURES, EfficientNetLite
from model.locator import Locator, strongest

ATTENTION_STAGE = 4
"""Index of the backbone's last stage of stride 16, after which the attention sits."""

TOGETHER = 4
"""Squares that are read as they are and mirrored in one pass; the maps of more would not stay in a
processor's cache."""


@dataclass(frozen=True)
class NetworkOutput:
    """What one forward pass gives.

    Attributes:
        logit: (B,), any real; its sigmoid is the raw, uncalibrated probability of `fake`.
        attention_logit: (B, 1, H/16, W/16); its sigmoid is the spatial attention. Empty where a
            network of one's own has none.
    """

    logit: Tensor
    attention_logit: Tensor


@dataclass(frozen=True)
class Features:
    """What the network sees before it decides.

    Attributes:
        attended: (B, C, H/16, W/16), behind both attentions.
        attention_logit: (B, 1, H/16, W/16).
        last: (B, FEATURES, H/32, W/32), whose mean over places is what the head reads.
    """

    attended: Tensor
    attention_logit: Tensor
    last: Tensor


@dataclass(frozen=True)
class Opinions:
    """What one logit is made of.

    Attributes:
        overall: (B,), of the features' mean over places.
        places: (B, H/16, W/16), each place's own logit; None where the network does not ask them.
    """

    overall: Tensor
    places: Tensor | None

    @property
    def logit(self) -> Tensor:
        """(B,), their sum: each is a logit by itself, and they err on different pictures."""
        return self.overall if self.places is None else self.overall + strongest(self.places)


class ChannelAttention(nn.Module):
    """Which feature maps matter: a squeeze MLP over average and maximum pooling.

    Woo et al., "CBAM: Convolutional Block Attention Module", ECCV 2018, section 3.1.
    """

    def __init__(self, channels: int, reduction: int = 8) -> None:
        super().__init__()
        self.squeeze = nn.Sequential(
            nn.Conv2d(channels, channels // reduction, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels // reduction, channels, 1),
        )

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, 1, 1) in 0..1."""
        average = self.squeeze(features.mean((2, 3), keepdim=True))
        maximum = self.squeeze(features.amax((2, 3), keepdim=True))
        return torch.sigmoid(average + maximum)


class SpatialAttention(nn.Module):
    """Where to look: a 7x7 convolution over the channel-wise average and maximum.

    Woo et al. 2018, section 3.2. The logits are given, not their sigmoid, because training
    supervises them with the blending boundary (Nguyen et al., "LAA-Net", CVPR 2024).
    """

    def __init__(self) -> None:
        super().__init__()
        self.look = nn.Conv2d(2, 1, 7, padding=3)

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, 1, H, W), logits."""
        pooled = torch.cat((features.mean(1, keepdim=True), features.amax(1, keepdim=True)), 1)
        logits: Tensor = self.look(pooled)
        return logits


class HybridAttention(nn.Module):
    """Channel, then spatial attention, added to its input through a gate.

    The gate starts at zero, so that a pretrained backbone is undisturbed at the first step.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channel = ChannelAttention(channels)
        self.spatial = SpatialAttention()
        self.gate = nn.Parameter(torch.zeros(1))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, H, W) -> the attended features, same shape, and the spatial logits."""
        weighed = features * self.channel(features)
        spatial = self.spatial(weighed)
        return features + self.gate * weighed * torch.sigmoid(spatial), spatial


class HybridAttentionNet(nn.Module):
    """Backbone -> channel attention -> spatial attention -> logit.

    The backbone has no batch normalisation of its own: the ImageNet statistics are folded into
    its convolutions before training starts, which computes the same function, 1.6 times as fast in
    training and 1.3 times in serving on two AVX2 cores.

    Args:
        backbone: Name of an `EfficientNetLite`.
        channels: Of the input.
        dropout: Share of pooled features dropped in training, 0..1.
        locates: Whether every place is asked as well, see `model.locator`.
        mirrored: Whether pictures are read mirrored too, and the mean of both is said.
    """

    def __init__(
        self,
        backbone: str = "tf_efficientnet_lite0",
        channels: int = 3,
        dropout: float = 0.2,
        *,
        locates: bool = False,
        mirrored: bool = False,
    ) -> None:
        super().__init__()
        self.mirrored = mirrored
        self.backbone = EfficientNetLite(backbone, channels)
        self.attention = HybridAttention(self.backbone.stage_channels[ATTENTION_STAGE])
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(FEATURES, 1)
        # A head drawn at random starts at logits of +-10 and wastes its first steps getting back.
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        self.locator: Locator | None = None
        if locates:
            self.locate()

    def locate(self) -> None:
        """Ask every place from now on, if that is new with a locator that says nothing yet."""
        if self.locator is None:
            self.locator = Locator(self.backbone.stage_channels[ATTENTION_STAGE])

    def load_imagenet(self, weights: Mapping[str, Tensor], backbone: str) -> None:
        """Start from a classifier of ImageNet, given in the order of timm's own parameters.

        One channel goes where red, green and blue went, as if the picture were grey.
        """
        import timm

        classifier: Any = timm.create_model(backbone, pretrained=False)
        names = classifier.state_dict().keys()
        classifier.load_state_dict(dict(zip(names, weights.values(), strict=True)))
        classifier.reset_classifier(0)
        fold_batch_norm(classifier.eval())
        state = classifier.state_dict()
        if self.backbone.conv_stem.in_channels == 1:
            state["conv_stem.weight"] = state["conv_stem.weight"].sum(1, keepdim=True)
        self.backbone.load_state_dict(state)

    def forward(self, pixels: Tensor) -> NetworkOutput:
        """Score prepared pixels.

        Args:
            pixels: (B, C, H, W) float, as `model.preparation` makes it; H and W multiples of 32,
                as large as its card says when serving.
        """
        if not self.mirrored:
            return self.read(pixels)
        mirrored = pixels.flip(3)
        count = len(pixels)
        if count > TOGETHER:
            said = self.read(pixels)
            logit, again = said.logit, self.read(mirrored).logit
        else:
            said = self.read(torch.cat((pixels, mirrored)))
            logit, again = said.logit[:count], said.logit[count:]
        # The attention is that of the picture as it is: its mean with the other would be blurred.
        return NetworkOutput((logit + again) / 2, said.attention_logit[:count])

    def read(self, pixels: Tensor) -> NetworkOutput:
        """`forward`, of the picture as it is alone."""
        features = self.features(pixels)
        return NetworkOutput(self.opinions(features).logit, features.attention_logit)

    def features(self, pixels: Tensor) -> Features:
        """(B, C, H, W), as `forward` takes them -> what the head reads, and what comes before."""
        net = self.backbone
        features = net.bn1(net.conv_stem(pixels))
        for stage in net.blocks[: ATTENTION_STAGE + 1]:
            features = stage(features)
        attended, attention_logit = self.attention(features)
        features = attended
        for stage in net.blocks[ATTENTION_STAGE + 1 :]:
            features = stage(features)
        return Features(attended, attention_logit, net.last(features))

    def opinions(self, features: Features) -> Opinions:
        """What the logit is made of."""
        pooled = self.dropout(features.last.mean((2, 3)))
        places = self.locator(features.attended, features.last) if self.locator else None
        return Opinions(self.head(pooled).squeeze(1), places)


def fold_batch_norm(module: nn.Module) -> None:
    """Merge each batch normalisation into the convolution before it; its activation stays."""
    convolution: tuple[str, nn.Conv2d] | None = None
    for name, child in list(module.named_children()):
        if isinstance(child, nn.Conv2d):
            convolution = (name, child)
        elif isinstance(child, nn.BatchNorm2d) and convolution is not None:
            setattr(module, convolution[0], fuse_conv_bn_eval(convolution[1], child))
            setattr(module, name, getattr(child, "act", nn.Identity()))
            convolution = None
        else:
            fold_batch_norm(child)
