"""EfficientNet-Lite without batch normalisation: the features that the network's attention reads.

Tan & Le, "EfficientNet", ICML 2019, in the form for CPUs: no squeeze-and-excite, ReLU6. Batch
normalisation is folded into the convolutions before anything is trained. Parameters are named as
timm names them, whose classifier training starts from; timm itself, which brings 200 MB of what
serving does not need, is only imported there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional

STEM, FEATURES = 32, 1280
"""Channels of the first and the last convolution, at any width."""
SCALES = {
    "tf_efficientnet_lite0": (1.0, 1.0),
    "tf_efficientnet_lite1": (1.0, 1.1),
    "tf_efficientnet_lite2": (1.1, 1.2),
    "tf_efficientnet_lite3": (1.2, 1.4),
    "tf_efficientnet_lite4": (1.4, 1.8),
}
"""Width and depth, as multiples of the first."""


@dataclass(frozen=True)
class Stage:
    """Blocks of one resolution, of which the first has the stride."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


class EfficientNetLite(nn.Module):
    """Pixels to features.

    Args:
        name: One of `SCALES`.
        channels: Of the input.

    Attributes:
        stage_channels: What comes out of each stage.

    Raises:
        ValueError: Of another name.
    """

    def __init__(self, name: str, channels: int = 3) -> None:
        super().__init__()
        if name not in SCALES:
            raise ValueError(f"No backbone is called {name!r}; there are {', '.join(SCALES)}.")
        width, depth = SCALES[name]
        self.stage_channels = [_rounded(stage.channels * width) for stage in STAGES]
        self.conv_stem = Convolution(channels, STEM, 3, 2)
        self.bn1 = nn.ReLU6(inplace=True)
        self.blocks = nn.Sequential()
        inside = STEM
        for number, (stage, out) in enumerate(zip(STAGES, self.stage_channels, strict=True)):
            fixed = number in (0, len(STAGES) - 1)
            count = stage.blocks if fixed else math.ceil(stage.blocks * depth)
            blocks = nn.Sequential()
            for block in range(count):
                stride = 1 if block else stage.stride
                blocks.append(_block(inside, out, stage, stride))
                inside = out
            self.blocks.append(blocks)
        self.conv_head = Convolution(inside, FEATURES, 1)
        self.bn2 = nn.ReLU6(inplace=True)

    def forward(self, pixels: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, FEATURES, H/32, W/32)."""
        features = self.blocks(self.bn1(self.conv_stem(pixels)))
        return self.last(features)

    def last(self, features: Tensor) -> Tensor:
        """What comes behind all blocks."""
        features = self.bn2(self.conv_head(features))
        return features


class Convolution(nn.Conv2d):
    """Pads strided ones as TensorFlow does on even sides: less at the left and top."""

    def __init__(self, inside: int, outside: int, kernel: int, stride: int = 1, groups: int = 1):
        padding = 0 if stride > 1 else (kernel - 1) // 2
        super().__init__(inside, outside, kernel, stride, padding, groups=groups)
        self._uneven = kernel - stride if stride > 1 else 0
        # torch's own start is less than half of this, and fifty layers of it let nothing through.
        # Numbers drawn for a mere shape would load torch's compiler: a second, and 185 MB.
        if not self.weight.is_meta:
            nn.init.normal_(self.weight, 0, math.sqrt(2 * groups / (kernel * kernel * outside)))
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, features: Tensor) -> Tensor:
        """(B, I, H, W) -> (B, O, H/stride, W/stride); H and W multiples of the stride."""
        if self._uneven:
            before = self._uneven // 2
            after = self._uneven - before
            features = functional.pad(features, (before, after, before, after))
        out: Tensor = super().forward(features)
        return out


class Separable(nn.Module):
    """Depthwise, then pointwise."""

    def __init__(self, inside: int, outside: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.conv_dw = Convolution(inside, inside, kernel, stride, inside)
        self.bn1 = nn.ReLU6(inplace=True)
        self.conv_pw = Convolution(inside, outside, 1)
        self._adds = stride == 1 and inside == outside

    def forward(self, features: Tensor) -> Tensor:
        """(B, I, H, W) -> (B, O, H/stride, W/stride)."""
        out: Tensor = self.conv_pw(self.bn1(self.conv_dw(features)))
        return out + features if self._adds else out


class Inverted(nn.Module):
    """Widened, depthwise, narrowed again."""

    def __init__(self, inside: int, outside: int, kernel: int, stride: int, wide: int) -> None:
        super().__init__()
        self.conv_pw = Convolution(inside, wide, 1)
        self.bn1 = nn.ReLU6(inplace=True)
        self.conv_dw = Convolution(wide, wide, kernel, stride, wide)
        self.bn2 = nn.ReLU6(inplace=True)
        self.conv_pwl = Convolution(wide, outside, 1)
        self._adds = stride == 1 and inside == outside

    def forward(self, features: Tensor) -> Tensor:
        """(B, I, H, W) -> (B, O, H/stride, W/stride)."""
        out: Tensor = self.bn2(self.conv_dw(self.bn1(self.conv_pw(features))))
        out = self.conv_pwl(out)
        return out + features if self._adds else out


def _block(inside: int, outside: int, stage: Stage, stride: int) -> nn.Module:
    if stage.expansion == 1:
        return Separable(inside, outside, stage.kernel, stride)
    return Inverted(inside, outside, stage.kernel, stride, inside * stage.expansion)


def _rounded(channels: float) -> int:
    """To a multiple of 8, never more than a tenth down."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded
