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
from PIL import Image, ImageFilter

Pixels = npt.NDArray[np.uint8]
Reals = npt.NDArray[np.floating[Any]]
Cells = npt.NDArray[np.bool_]

WHOLE_CELLS = 64
"""Cells a side of the luma grid of a whole picture; chroma has half as many."""
FINE = 3
"""Pixels a cell, a side, from which a grid is taken."""
BLUR = 0.8
"""Of the grids, in cells."""
DETAIL_SIDES = (1024, 720, 512, 360, 256, 180, 128, 90, 64)
"""Longest sides, in pixels, at which the detail of pictures is told."""
SHRUNK = 0.8
"""Detail is told of copies shrunk at least so far: how a picture came to its own size shows no
more, be it that sharp or soft a filter."""


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
    """

    def __init__(self, pixels: Pixels) -> None:
        self._image = Image.fromarray(pixels)
        self._details: dict[int, float] = {}

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._image.size

    @cached_property
    def whole(self) -> Grids:
        """The grids of all of it."""
        return self.grids(WHOLE, WHOLE_CELLS)

    @property
    def details(self) -> tuple[float, ...]:
        """As in `Witness.details`."""
        return tuple(map(self.detail, range(len(DETAIL_SIDES))))

    def detail(self, index: int) -> float:
        """One of them, told when it is first asked for: 1 to 3 ms of a megapixel."""
        if index not in self._details:
            scale = DETAIL_SIDES[index] / max(self.size)
            self._details[index] = _detail(self._green, scale)
        return self._details[index]

    @cached_property
    def _green(self) -> Image.Image:
        return self._image.getchannel("G")

    def grids(self, region: Region, cells: int) -> Grids:
        """One region as `cells` x `cells`."""
        width, height = self._image.size
        left, right = max(region.left, 0.0) * width, min(region.right, 1.0) * width
        top, bottom = max(region.top, 0.0) * height, min(region.bottom, 1.0) * height
        fine = FINE * cells
        across, down = (region.right - region.left) * width, (region.bottom - region.top) * height
        # What lies beyond the edge is left out, at the same pixels a cell.
        size = (
            max(1, round((right - left) / across * fine)),
            max(1, round((bottom - top) / down * fine)),
        )
        part = self._image.resize(
            size, Image.Resampling.BICUBIC, (left, top, right, bottom), reducing_gap=2.0
        )
        planes = np.asarray(
            part.filter(ImageFilter.GaussianBlur(BLUR * FINE)).convert("YCbCr"), np.float32
        )
        centres = (np.arange(cells) + 0.5) / cells
        x = (region.left + centres * (region.right - region.left)) * width
        y = (region.top + centres * (region.bottom - region.top)) * height
        inside = _clear_of(y, region.top, region.bottom, height)[:, None] & _clear_of(
            x, region.left, region.right, width
        )
        columns = (x - left) / max(right - left, 1e-6) * size[0] - 0.5
        rows = (y - top) / max(bottom - top, 1e-6) * size[1] - 0.5
        taken = sampled(planes, rows, columns)
        chroma = taken[..., 1:].reshape(cells // 2, 2, cells // 2, 2, 2).mean((1, 3))
        return Grids(taken[..., 0], np.moveaxis(chroma, -1, 0), inside)


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


def _detail(plane: Image.Image, scale: float) -> float:
    """Mean step from pixel to pixel along every other row of a reduced plane."""
    if scale > SHRUNK:
        return math.nan
    size = (max(2, round(plane.width * scale)), max(1, round(plane.height * scale)))
    reduced = plane.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    rows = np.asarray(reduced)[::2].astype(np.int16)
    return float(np.abs(np.diff(rows, axis=1)).mean())
