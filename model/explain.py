"""What the face expert looked at: its spatial attention, a gradient map, and the place by name.

Attention comes with every score and costs nothing; training holds it to the blending boundary, so
that .5 means "rather a blending edge here than not". The gradient map (Grad-CAM, by Captum) tells
which cells spoke for `fake`, whatever they show, and costs a backward pass. Both are of one square
around one face. Nothing here draws, and nothing speaks of the whole-image expert.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from model.faces import Floats, FoundFace
from model.network import HybridAttentionNet
from model.preparation import SIDE, Pixels, Square, face_square, network_input, resized

CELLS = 14
"""Cells along a side of a map: those of the attention at 224 pixels; others are interpolated."""
EDGE_FROM = 128
"""Level of the attention, of 255, from which it rather sees a blending edge than not."""

Grid = npt.NDArray[np.uint8]
"""(CELLS, CELLS), 0..255."""


class Place(StrEnum):
    """Part of a face; left and right are the picture's."""

    FOREHEAD = "forehead"
    EYES = "eyes"
    NOSE = "nose"
    MOUTH = "mouth"
    JAW = "jaw"
    LEFT = "left side"
    RIGHT = "right side"
    AROUND = "surroundings"


@dataclass(frozen=True)
class Look:
    """Where the face expert looked in one face.

    Attributes:
        square: Of the picture, that the maps cover.
        attention: Its sigmoid, 255 being 1.
        edge: Where a blending edge stands out; None where none does.
    """

    square: Square
    attention: Grid
    edge: Place | None


@dataclass(frozen=True)
class Explained:
    """A look, and which cells spoke for `fake`.

    Attributes:
        gradient: Grad-CAM of the last features, its highest cell 255; all 0 if none spoke for it.
        decisive: Where that cell is; None where all are 0 or no face was found in the square.
    """

    look: Look
    gradient: Grid
    decisive: Place | None


def attention_of(logits: Tensor) -> Tensor:
    """(B, 1, H, W) logits of the spatial attention -> (B, 1, CELLS, CELLS) in 0..1."""
    return _enlarged(torch.sigmoid(logits.float()))


def look_of(attention: Floats, face: FoundFace, width: int, height: int) -> Look:
    """The look at a face.

    Args:
        attention: (CELLS, CELLS), 0..1.
        width, height: Of the picture.
    """
    square = face_square(face, width, height)
    grid = _grid(attention)
    return Look(square, grid, _edge(grid, square, face))


class Explainer:
    """Explains faces with the network of the face expert.

    Args:
        network: In evaluation mode.
        side: Of the squares that it reads, in pixels.
    """

    def __init__(self, network: HybridAttentionNet, side: int = SIDE) -> None:
        # Captum imports matplotlib, a second that checking without explanations need not pay.
        from captum.attr import LayerGradCam

        self._network = network
        self._side = side
        head = cast(nn.Module, network.backbone.conv_head)
        self._gradients = LayerGradCam(_Logit(network), head)

    def explain(
        self, pixels: Pixels, squares: Sequence[Square], found: Sequence[FoundFace] = ()
    ) -> list[Explained]:
        """Explain faces of one picture, one after the other.

        Args:
            pixels: (H, W, 3).
            squares: In which the faces stand.
            found: Faces of the picture, in any order, by which places are named.
        """
        height, width = pixels.shape[:2]
        faces = {face_square(face, width, height): face for face in found}
        return [self._one(pixels, square, _nearest(square, faces)) for square in squares]

    def _one(self, pixels: Pixels, square: Square, face: FoundFace | None) -> Explained:
        cut = resized(square.cut(pixels), self._side)
        batch = network_input(np.array(cut)[None]).requires_grad_()
        with torch.no_grad():
            attention = attention_of(self._network.read(batch).attention_logit)[0, 0].numpy()
        with torch.enable_grad():
            coarse: Tensor = self._gradients.attribute(batch, relu_attributions=True)
        fine = _enlarged(coarse.detach())
        highest = float(fine.max())
        gradient = _grid(fine[0, 0].numpy() / highest if highest > 0 else fine[0, 0].numpy())
        grid = _grid(attention)
        look = Look(square, grid, _edge(grid, square, face) if face else None)
        decisive = place_of(gradient, square, face) if face and highest > 0 else None
        return Explained(look, gradient, decisive)


class _Logit(nn.Module):
    """The network as Captum wants it: pixels in, one number a picture out."""

    def __init__(self, network: HybridAttentionNet) -> None:
        super().__init__()
        self._network = network

    def forward(self, pixels: Tensor) -> Tensor:
        logit: Tensor = self._network.read(pixels).logit
        return logit


def place_of(grid: Grid, square: Square, face: FoundFace) -> Place:
    """In which part of the face the highest cell of a map over its square lies."""
    row, column = np.unravel_index(int(grid.argmax()), grid.shape)
    cell = square.side / CELLS
    x, y = square.left + (column + 0.5) * cell, square.top + (row + 0.5) * cell
    return _place(*_in_face(float(x), float(y), face))


def _edge(grid: Grid, square: Square, face: FoundFace) -> Place | None:
    return place_of(grid, square, face) if grid.max() >= EDGE_FROM else None


def _in_face(x: float, y: float, face: FoundFace) -> tuple[float, float]:
    """Across and down in a face, turned with it; (0, 0) between the eyes, (0, 1) at the mouth."""
    points = face.landmarks
    eyes, mouth = points[:2].mean(0), points[3:].mean(0)
    # Seen from the side the eyes are close, from above the mouth is near: the longer is the size.
    down = mouth - eyes
    size = max(float(np.hypot(*down)), float(np.hypot(*(points[1] - points[0]))), 1.0)
    down = down / max(float(np.hypot(*down)), 1e-6)
    away = np.array((x, y)) - eyes
    return float(away @ (down[1], -down[0])) / size, float(away @ down) / size


def _place(across: float, down: float) -> Place:
    if abs(across) > 1.3 or not -1.5 < down < 2.1:
        return Place.AROUND
    if down < -0.4:
        return Place.FOREHEAD
    if down > 1.4 or (down > 0.9 and abs(across) > 0.6):
        return Place.JAW
    if abs(across) > 0.8 or (down > 0.3 and abs(across) > 0.6):
        return Place.LEFT if across < 0 else Place.RIGHT
    if down < 0.3:
        return Place.EYES
    return Place.NOSE if down < 0.75 else Place.MOUTH


def _nearest(square: Square, faces: dict[Square, FoundFace]) -> FoundFace | None:
    """The face whose square has its middle nearest, if that is within a quarter of the side."""

    def apart(other: Square) -> float:
        across = square.left + square.side / 2 - other.left - other.side / 2
        return float(np.hypot(across, square.top + square.side / 2 - other.top - other.side / 2))

    nearest = min(faces, key=apart, default=None)
    return faces[nearest] if nearest and apart(nearest) < square.side / 4 else None


def _enlarged(maps: Tensor) -> Tensor:
    if maps.shape[2:] == (CELLS, CELLS):
        return maps
    return nn.functional.interpolate(maps, (CELLS, CELLS), mode="bilinear")


def _grid(values: npt.NDArray[np.floating]) -> Grid:
    return np.asarray(np.clip(values * 255, 0, 255).round(), np.uint8)
