"""Pixels of any picture -> the square pixels an expert reads. Same code for training and serving.

A change here or in `model.detector` changes what scores mean: raise `PREPARATION`, which is part of
the model id, with it. Weights are for one of them. Where faces are found has a number of its own,
`model.faces.SEARCH`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor

from model.faces import FoundFace
from model.spectrum import log_spectrum

Pixels = npt.NDArray[np.uint8]
T = TypeVar("T", bound=np.generic)
Input = Literal["rgb", "frequency"]
"""What a network is given of a square: its pixels, or `model.spectrum` of them."""
CHANNELS: dict[Input, int] = {"rgb": 3, "frequency": 1}

PREPARATION = "1"
SIDE = 224
"""Of the squares that an expert reads, in pixels, where its card names no other."""
LARGEST_SIDE = 512
MEAN, STD = 0.498, 0.502
"""Of the ImageNet training of EfficientNet-Lite, which did not use ImageNet's own statistics."""
FACE_MARGIN = 1.3
"""Side of the square around a face, in lengths of the longer side of its box."""
WHOLE_VIEWS = 5
"""Native-resolution views of a picture: the centre, then the corners."""


@dataclass(frozen=True)
class Square:
    """A square inside a picture: left, top and side in pixels."""

    left: int
    top: int
    side: int

    def cut(self, pixels: npt.NDArray[T]) -> npt.NDArray[T]:
        """This part of (H, W) or (H, W, 3)."""
        return pixels[self.top : self.top + self.side, self.left : self.left + self.side]


def face_square(face: FoundFace, width: int, height: int, margin: float = FACE_MARGIN) -> Square:
    """The square around a face, moved and if need be shrunk to lie inside the picture.

    Padding would be simpler, and would teach the network that padded means tightly cropped.
    """
    side = max(1, min(round(face.size * margin), width, height))
    left = round(face.left + face.width / 2 - side / 2)
    top = round(face.top + face.height / 2 - side / 2)
    return Square(min(max(left, 0), width - side), min(max(top, 0), height - side), side)


def whole_squares(width: int, height: int) -> list[Square]:
    """Views of a picture at its own resolution; one of its whole shorter side if that is small."""
    side = min(SIDE, width, height)
    right, bottom = width - side, height - side
    corners = [(right // 2, bottom // 2), (0, 0), (right, bottom), (right, 0), (0, bottom)]
    return [Square(left, top, side) for left, top in dict.fromkeys(corners)][:WHOLE_VIEWS]


def resized(pixels: Pixels, side: int) -> Pixels:
    """(H, W, 3) -> (side, side, 3): averaged when shrinking, bilinear when growing."""
    if pixels.shape[:2] == (side, side):
        return pixels
    return np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.BILINEAR))


def network_input(squares: npt.NDArray[np.uint8], kind: Input = "rgb") -> Tensor:
    """(B, S, S, 3) uint8 -> (B, `CHANNELS[kind]`, S, S) float32, channels last in memory."""
    batch = torch.from_numpy(np.ascontiguousarray(squares)).permute(0, 3, 1, 2).float() / 255
    if kind == "frequency":
        return log_spectrum(batch).contiguous(memory_format=torch.channels_last)
    return (batch - MEAN) / STD
