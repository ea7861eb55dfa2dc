"""Sixty-eight landmarks from five: a drawn mean face, fitted to the points the finder gives.

Only the outline matters here, for masks of self-blended images; it is no landmark detector. The
order is that of the iBUG 300-W annotation: jaw, brows, nose, eyes, mouth.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]

JAW, BROWS, NOSE = slice(0, 17), slice(17, 27), slice(27, 36)
LEFT_EYE, RIGHT_EYE, MOUTH = slice(36, 42), slice(42, 48), slice(48, 68)

FIVE = np.array([[-1, 0], [1, 0], [0, 1.15], [-0.85, 2.15], [0.85, 2.15]], np.float64)
"""Eyes, nose and mouth corners of the mean face; the unit is half the distance of the eyes."""


def _arc(centre: tuple[float, float], half: tuple[float, float], angles: Points) -> Points:
    return np.stack((np.cos(angles), np.sin(angles)), -1) * half + centre


def _mean_face() -> Points:
    jaw = _arc((0, 0.1), (2.05, 3.5), np.linspace(np.pi, 0, 17))
    brow = np.stack((np.linspace(-1.75, -0.4, 5), -0.6 - 0.2 * np.sin(np.linspace(0.4, 2.6, 5))), 1)
    bridge = np.stack((np.zeros(4), np.linspace(-0.05, 1.05, 4)), 1)
    nostrils = _arc((0, 1.25), (0.5, 0.15), np.linspace(np.pi, 0, 5))
    around = np.linspace(np.pi, 3 * np.pi, 7)[:6]
    eye = _arc((-1, 0), (0.45, 0.18), around)
    outer = _arc((0, 2.15), (0.85, 0.4), np.linspace(np.pi, 3 * np.pi, 13)[:12])
    inner = _arc((0, 2.15), (0.65, 0.15), np.linspace(np.pi, 3 * np.pi, 9)[:8])
    mirror = np.array([-1, 1])
    return np.concatenate(
        (jaw, brow, brow[::-1] * mirror, bridge, nostrils, eye, eye * mirror, outer, inner)
    )


MEAN_FACE = _mean_face()


def fit(five: npt.ArrayLike) -> Points:
    """(5, 2) points of a face -> (68, 2), by the affine map that fits them best."""
    known = np.column_stack((FIVE, np.ones(5)))
    affine, *_ = np.linalg.lstsq(known, np.asarray(five, np.float64), rcond=None)
    points: Points = np.column_stack((MEAN_FACE, np.ones(68))) @ affine
    return points


def forehead(points: Points) -> Points:
    """(68, 2) -> (10, 2): the brows lifted by a third of the distance from brow to chin."""
    brows = points[BROWS]
    lift = (brows.mean(0) - points[8]) / 3
    lifted: Points = brows + lift
    return lifted
