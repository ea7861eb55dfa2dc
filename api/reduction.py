"""Pictures reduced to small grids of blurred cells, whole or a region of them.

What `api.witness` keeps and compares, and `api.alignment` lays over each other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from model.shrinking import reduced, shrunk

Pixels = npt.NDArray[np.uint8]
Reals = npt.NDArray[np.floating[Any]]
Cells = npt.NDArray[np.bool_]

WHOLE_CELLS = 64
"""Cells a side of the luma grid of a whole picture; chroma has half as many."""
FINE = 3
"""Pixels a cell, a side, from which a grid is taken."""
BLUR = 0.8
"""Of the grids, in cells."""
TO_YCC = torch.tensor(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]
)
OFFSETS = torch.tensor([[0.0], [128.0], [128.0]])
"""JFIF's YCbCr."""
DETAIL_SIDES = (1024, 720, 512, 360, 256, 180, 128, 90, 64)
"""Longest sides, in pixels, at which the detail of pictures is told."""
SHRUNK = 0.8
"""Detail is told of copies shrunk at least so far: how a picture came to its own size shows no
more, be it that sharp or soft a filter."""
FAR = 2.5
"""How many times as large a copy is from which detail is told as well as from the picture."""


@dataclass(frozen=True, eq=False)
class Grids:
    """One region, reduced.

    Attributes:
        luma: (N, N) float32, 0..255.
        chroma: (2, N/2, N/2) float32, Cb and Cr, 0..255.
        inside: (N, N) bool: cells that lie in the picture.
    """

    luma: Reals
    chroma: Reals
    inside: Cells


@dataclass(frozen=True)
class Region:
    """A rectangle in shares of the picture's sides; it may reach beyond them."""

    left: float
    top: float
    right: float
    bottom: float


WHOLE = Region(0, 0, 1, 1)


class Reducible:
    """A picture of which regions are reduced to grids, for as many witnesses as ask.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        small: The same as `model.shrinking.reduced` gives it, where that is at hand.
    """

    def __init__(self, pixels: Pixels, small: Pixels | None = None) -> None:
        self._pixels = pixels
        self._small = reduced(pixels) if small is None else small
        self._details: dict[int, float] = {}

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width, _ = self._pixels.shape
        return width, height

    @cached_property
    def whole(self) -> Grids:
        """The grids of all of it."""
        return self.grids(WHOLE, WHOLE_CELLS)

    @property
    def details(self) -> tuple[float, ...]:
        """As in `Witness.details`."""
        return tuple(map(self.detail, range(len(DETAIL_SIDES))))

    def detail(self, index: int) -> float:
        """One of them, told when it is first asked for: up to 2 ms of a megapixel."""
        if index not in self._details:
            side = DETAIL_SIDES[index]
            # Shrunk in two steps a picture is softer; much smaller, that no longer shows.
            far = side * FAR <= max(self._small.shape[:2])
            self._details[index] = _detail(self._small if far else self._pixels, side)
        return self._details[index]

    def grids(self, region: Region, cells: int) -> Grids:
        """One region as `cells` x `cells`."""
        fine = FINE * cells
        across, down = region.right - region.left, region.bottom - region.top
        height, width = self._small.shape[:2]
        fine_enough = min(across * width, down * height) >= fine
        source = self._small if fine_enough else self._pixels
        columns = _Axis.over(region.left, region.right, source.shape[1], cells)
        rows = _Axis.over(region.top, region.bottom, source.shape[0], cells)
        part = source[rows.start : rows.end, columns.start : columns.end]
        cut = torch.from_numpy(shrunk(part, columns.size, rows.size)).permute(2, 0, 1).float()
        # By torch, as numpy takes all cores for it.
        blurred = rows.weights @ cut @ columns.weights.T
        coloured = (TO_YCC @ blurred.view(3, -1) + OFFSETS).view(3, cells, cells).numpy()
        chroma = coloured[1:].reshape(2, cells // 2, 2, cells // 2, 2).mean((2, 4))
        inside = rows.inside[:, None] & columns.inside
        return Grids(coloured[0], chroma, inside)


@dataclass(frozen=True, eq=False)
class _Axis:
    """How one side of a region becomes cells.

    Attributes:
        start, end: The pixels that the region touches.
        size: What these are shrunk to.
        weights: (cells, size): a Gaussian at each cell's centre.
        inside: Which cells see nothing of what lies beyond the picture.
    """

    start: int
    end: int
    size: int
    weights: torch.Tensor
    inside: Cells

    @classmethod
    def over(cls, low: float, high: float, pixels: int, cells: int) -> _Axis:
        """From one share of a side of so many pixels to another."""
        start = min(max(0, math.floor(low * pixels)), pixels - 1)
        end = min(max(start + 1, math.ceil(high * pixels)), pixels)
        # What lies beyond the edge is left out, at the same pixels a cell.
        share = min((end - start) / ((high - low) * pixels), 2.0)
        size = max(1, round(share * FINE * cells))
        centres = (low + (np.arange(cells) + 0.5) / cells * (high - low)) * pixels
        places = (centres - start) / (end - start) * size - 0.5
        # Edges are continued.
        away = np.arange(size) - places.clip(0, size - 1)[:, None]
        bells = np.exp(-0.5 * np.square(away / (BLUR * FINE)))
        weights = torch.from_numpy((bells / bells.sum(1, keepdims=True)).astype(np.float32))
        return cls(start, end, size, weights, _clear_of(centres, low, high, pixels))


def _clear_of(centres: Reals, start: float, end: float, side: int) -> Cells:
    """Which cells of a region that reaches beyond a picture see nothing of what is beyond."""
    reach = 1.5 * (centres[1] - centres[0])
    after = centres >= (reach if start < 0 else 0)
    before = centres <= side - (reach if end > 1 else 0)
    clear: Cells = after & before
    return clear


def sampled(planes: Reals, rows: Reals, columns: Reals) -> Reals:
    """(H, W, ...) at every crossing of rows and columns, bilinear, edges continued."""
    rows, columns = rows.clip(0, len(planes) - 1), columns.clip(0, planes.shape[1] - 1)
    above, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    below, right = (
        np.minimum(n + 1, m - 1) for n, m in zip((above, left), planes.shape, strict=False)
    )
    across = (columns - left).astype(np.float32)
    down = (rows - above).astype(np.float32)
    if planes.ndim == 3:
        across, down = across[:, None], down[:, None]
    across, down = across[None], down[:, None]
    upper = planes[above][:, left] * (1 - across) + planes[above][:, right] * across
    lower = planes[below][:, left] * (1 - across) + planes[below][:, right] * across
    mixed: Reals = upper * (1 - down) + lower * down
    return mixed


def halved(grid: Reals) -> Reals:
    """(2N, 2N) -> (N, N), averaged."""
    half: Reals = grid.reshape(grid.shape[0] // 2, 2, grid.shape[1] // 2, 2).mean((1, 3))
    return half


def _detail(pixels: Pixels, longest: int) -> float:
    """Mean step from pixel to pixel along every other row of a copy shrunk to a longest side."""
    if longest > SHRUNK * max(pixels.shape[:2]):
        return math.nan
    rows = reduced(pixels, longest)[::2, :, 1].astype(np.int16)
    # A strip one pixel wide has no steps.
    return float(np.abs(np.diff(rows, axis=1)).mean()) if rows.shape[1] > 1 else 0.0
