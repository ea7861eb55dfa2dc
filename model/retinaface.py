"""RetinaFace with a quarter of MobileNet: a canvas in, faces out.

Deng et al., "RetinaFace: Single-stage Dense Face Localisation in the Wild", CVPR 2020; Najibi et
al., "SSH: Single Stage Headless Face Detector", ICCV 2017. In bfloat16 a canvas takes three fifths
of the time that onnxruntime takes for it; in float32, where that is all a processor has, the same.
The weights come from `model.retinaface_weights`; `model.faces` makes canvases of pictures.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from model import onednn
from model.retinaface_weights import Weights

STRIDES = (8, 16, 32)
ANCHOR_SIDES = ((16, 32), (64, 128), (256, 512))
CENTRE_VARIANCE, SIZE_VARIANCE = 0.1, 0.2
MEAN_RGB = (127, 117, 104)
"""Subtracted from the canvas, whose empty parts are 0 then."""
CHANNELS = 64
CONTEXT_NAMES = (
    "conv3X3/conv3X3.0/", "conv5X5_1/conv5X5_1.0/", "conv5X5_2/", "conv7X7_2/", "conv7x7_3/",
)  # fmt: skip
"""In the graph, of the convolutions of a `_Context`."""
SLOPE = 0.1
"""Of what is negative, in all activations but one."""


class Detections(NamedTuple):
    """N faces in pixels of the canvas, some of them several times.

    Attributes:
        boxes: (N, 4) left, top, width, height.
        confidence: (N,).
        points: (N, 5, 2) x and y of the landmarks.
    """

    boxes: Tensor
    confidence: Tensor
    points: Tensor


class RetinaFace(nn.Module):
    """The detector, ready to serve on a CPU.

    Args:
        weights: As `published` gives them.
        dtype: Of weights and features; None takes what suits the processor. Faces are told in
            float32 whatever it is.
    """

    def __init__(self, weights: Weights, dtype: torch.dtype | None = None) -> None:
        super().__init__()
        fused = onednn.available()
        self.dtype = (dtype or onednn.best_dtype()) if fused else torch.float32
        with torch.device("meta"):  # Its first weights need not be drawn.
            self.stages = nn.ModuleList(_stages())
            self.laterals = nn.ModuleList(_block(width, CHANNELS, 1) for width in (64, 128, 256))
            self.merges = nn.ModuleList(_block(CHANNELS, CHANNELS, 3) for _ in range(2))
            self.contexts = nn.ModuleList(_Context() for _ in STRIDES)
        self._heads = [_Head(weights, level) for level in range(len(STRIDES))]
        _fill(self, weights)
        self.requires_grad_(False).eval().to(memory_format=torch.channels_last)
        if fused:
            onednn.fuse(self, self.dtype)

    def forward(self, canvas: Tensor) -> tuple[Tensor, ...]:
        """(1, 3, H, W) RGB less its mean, sides multiples of 32, to three maps of features."""
        features, maps = canvas, []
        for stage, lateral in zip(self.stages, self.laterals, strict=True):
            features = stage(features)
            maps.append(lateral(features))
        for level, merge in ((1, self.merges[1]), (0, self.merges[0])):
            above = functional.interpolate(maps[level + 1], maps[level].shape[2:], mode="nearest")
            maps[level] = merge(maps[level] + above)
        return tuple(context(one) for context, one in zip(self.contexts, maps, strict=True))

    def detect(self, canvas: Tensor, confidence: float) -> Detections:
        """Faces in a canvas that are at least so confident, 0..1."""
        with torch.inference_mode():
            found = [
                head.read(features, confidence)
                for head, features in zip(self._heads, self(canvas), strict=True)
            ]
        return Detections(*(torch.cat(parts) for parts in zip(*found, strict=True)))


class _Context(nn.Module):
    """What surrounds each cell: 3 x 3, 5 x 5 and 7 x 7, the larger by several convolutions."""

    def __init__(self) -> None:
        super().__init__()
        # The graph computes `reach` twice.
        self.near = nn.Conv2d(CHANNELS, 32, 3, padding=1)
        self.reach = _block(CHANNELS, 16, 3)
        self.middle = nn.Conv2d(16, 16, 3, padding=1)
        self.further = _block(16, 16, 3)
        self.far = nn.Conv2d(16, 16, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        """(1, 64, H, W) to the same."""
        reached = self.reach(features)
        parts = self.near(features), self.middle(reached), self.far(self.further(reached))
        return functional.relu(torch.cat(parts, 1))


class _Head:
    """Reads the faces of one level, each cell of which has two anchors.

    In float32, and boxes only where there is a face: what they say is finer than bfloat16.
    """

    def __init__(self, weights: Weights, level: int) -> None:
        self._stride = STRIDES[level]
        self._sides = torch.tensor(ANCHOR_SIDES[level], dtype=torch.float32)
        names = (f"{kind}_head.{level}/" for kind in ("class", "bbox", "landmark"))
        faces, boxes, points = (_only(weights, name) for name in names)
        # A softmax of two is a sigmoid of their difference.
        kernel, bias = faces[0].view(2, 2, CHANNELS), faces[1].view(2, 2)
        self._faces = (kernel[:, 1] - kernel[:, 0], bias[:, 1] - bias[:, 0])
        self._rest = [
            (weight.view(2, -1, CHANNELS), bias.view(2, -1)) for weight, bias in (boxes, points)
        ]

    def read(self, features: Tensor, confidence: float) -> Detections:
        """What (1, 64, H, W) features tell."""
        cells = features[0].permute(1, 2, 0).float()
        log_odds = functional.linear(cells, *self._faces)
        row, column, anchor = torch.nonzero(
            log_odds > math.log(confidence / (1 - confidence)), as_tuple=True
        )
        seen = cells[row, column]
        moves, places = (
            torch.einsum("nc,noc->no", seen, weight[anchor]) + bias[anchor]
            for weight, bias in self._rest
        )
        side = self._sides[anchor, None]
        middle = (torch.stack((column, row), 1) + 0.5) * self._stride
        centre = middle + moves[:, :2] * CENTRE_VARIANCE * side
        size = side * torch.exp(moves[:, 2:] * SIZE_VARIANCE)
        points = middle[:, None] + places.view(-1, 5, 2) * CENTRE_VARIANCE * side[..., None]
        return Detections(
            torch.cat((centre - size / 2, size), 1),
            torch.sigmoid(log_odds[row, column, anchor]),
            points,
        )


def _stages() -> Iterator[nn.Sequential]:
    """MobileNet, cut where its maps are a third, a fourth and a fifth time half as wide."""
    yield nn.Sequential(
        _block(3, 8, 3, 2),
        *_pair(8, 16), *_pair(16, 32, 2), *_pair(32, 32), *_pair(32, 64, 2), *_pair(64, 64),
    )  # fmt: skip
    yield nn.Sequential(*_pair(64, 128, 2), *(one for _ in range(5) for one in _pair(128, 128)))
    yield nn.Sequential(*_pair(128, 256, 2), *_pair(256, 256))


def _pair(width: int, out: int, stride: int = 1) -> tuple[nn.Sequential, nn.Sequential]:
    return _block(width, width, 3, stride, groups=width), _block(width, out, 1)


def _block(width: int, out: int, side: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    layer = nn.Conv2d(width, out, side, stride, side // 2, groups=groups)
    return nn.Sequential(layer, nn.LeakyReLU(SLOPE))


def _fill(network: RetinaFace, weights: Weights) -> None:
    """Put the weights where they belong."""
    chain = [pair for name, pair in weights.items() if name.startswith("/fx/")]
    for layer, pair in zip(_convolutions(network.stages), chain, strict=True):
        _set(layer, *pair)
    first = next(_convolutions(network.stages))
    first.weight.data = first.weight.flip(1)  # It was trained on BGR.
    for level, lateral in enumerate(network.laterals, 1):
        _set(next(_convolutions(lateral)), *_only(weights, f"/output{level}/"))
    for level, merge in enumerate(network.merges, 1):
        _set(next(_convolutions(merge)), *_only(weights, f"/merge{level}/"))
    for level, context in enumerate(network.contexts, 1):
        for layer, name in zip(_convolutions(context), CONTEXT_NAMES, strict=True):
            _set(layer, *_only(weights, f"/ssh{level}/{name}"))


def _convolutions(module: nn.Module) -> Iterator[nn.Conv2d]:
    return (layer for layer in module.modules() if isinstance(layer, nn.Conv2d))


def _only(weights: Weights, part: str) -> tuple[Tensor, Tensor]:
    [pair] = [pair for name, pair in weights.items() if part in name]
    return pair


def _set(layer: nn.Conv2d, weight: Tensor, bias: Tensor) -> None:
    """Refuses tensors of another shape."""
    layer.load_state_dict({"weight": weight, "bias": bias}, assign=True)
