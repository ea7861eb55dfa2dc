"""Faces moved onto each other by their five points: into a square of fixed layout, and back."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.train.landmarks import FIVE
from model.train.self_blend import Mask, Pixels

Matrix = npt.NDArray[np.float64]
Points = npt.NDArray[np.float64]
UNIT, EYE_LINE = 0.15, 0.38
"""Half the distance of the eyes and their height, in sides: chin and forehead stay inside."""


def layout(side: int) -> Points:
    """(5, 2) where eyes, nose and mouth corners lie in an aligned square."""
    points: Points = (FIVE * UNIT + (0.5, EYE_LINE)) * side
    return points


def affine(points: npt.ArrayLike, onto: npt.ArrayLike) -> Matrix:
    """(3, 3) of the affine map that takes `points`, (N, 2), nearest to `onto`."""
    points = np.asarray(points, np.float64)
    rows = np.column_stack((points, np.ones(len(points))))
    solution = np.linalg.lstsq(rows, np.asarray(onto, np.float64), rcond=None)[0]
    return np.vstack((solution.T, (0, 0, 1)))


def inverse(matrix: Matrix) -> Matrix:
    """The map back."""
    return np.linalg.inv(matrix).astype(np.float64)


def warped(pixels: Pixels, matrix: Matrix, shape: tuple[int, ...]) -> tuple[Pixels, Mask]:
    """A picture as another sees it, and 1 where it reaches.

    Args:
        matrix: (3, 3) from places in what comes out to places in `pixels`.
        shape: Height and width of what comes out.
    """
    image = Image.fromarray(pixels)
    # Sampling every fourth pixel would leave a grain that tells shrunk faces from others.
    factor = max(1, math.floor(math.sqrt(abs(np.linalg.det(matrix[:2, :2])))))
    coefficients = np.diag((1 / factor, 1 / factor, 1)) @ matrix
    small = image.reduce(factor) if factor > 1 else image
    inside = Image.new("L", small.size, 255)
    moved, covered = (
        np.asarray(
            part.transform(
                (shape[1], shape[0]),
                Image.Transform.AFFINE,
                tuple(coefficients[:2].ravel()),
                Image.Resampling.BICUBIC,
            )
        )
        for part in (small, inside)
    )
    return moved, (covered == 255).astype(np.float32)


def aligned(pixels: Pixels, five: npt.ArrayLike, side: int) -> tuple[Pixels, Matrix]:
    """A face in the fixed layout, (side, side, 3), and the map from there to the picture."""
    matrix = affine(layout(side), five)
    return warped(pixels, matrix, (side, side))[0], matrix
