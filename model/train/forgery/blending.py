"""How a foreign face is set into a picture: over its whole outline, with a soft edge or seamlessly.

Seamless is Perez et al., "Poisson Image Editing", SIGGRAPH 2003: the gradients of the source under
the colours of the target's edge.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from scipy.sparse import csc_array
from scipy.sparse.linalg import splu
from scipy.spatial import ConvexHull

from model.train import landmarks
from model.train.cross_blend import coloured_like
from model.train.self_blend import Mask, Pixels, Rng, softened

SEAMLESS = 0.5
"""How often Poisson's equation blends instead of a soft edge."""
NEIGHBOURS = ((0, 1), (0, -1), (1, 0), (-1, 0))


def whole_face(five: npt.ArrayLike, shape: tuple[int, ...]) -> Mask:
    """(H, W) of 0 or 1: from the chin to the forehead."""
    points = landmarks.fit(five)
    points = np.concatenate((points, landmarks.forehead(points)))
    image = Image.new("L", (shape[1], shape[0]))
    hull = points[ConvexHull(points).vertices]
    ImageDraw.Draw(image).polygon([(float(x), float(y)) for x, y in hull], fill=1)
    return np.asarray(image).astype(np.float32)


def set_in(source: Pixels, target: Pixels, outline: Mask, rng: Rng) -> Pixels:
    """The source inside an outline, its colours those of the target.

    Args:
        source: (H, W, 3), already where it belongs.
    """
    source = coloured_like(source, target, outline, 1.0)
    mask = softened(outline, rng)
    if rng.random() < SEAMLESS:
        return seamlessly(source, target, mask > 0.5)
    share = mask[..., None]
    blended: Pixels = np.rint(source * share + target * (1 - share)).astype(np.uint8)
    return blended


def seamlessly(source: Pixels, target: Pixels, inside: npt.NDArray[np.bool_]) -> Pixels:
    """The target with its inside drawn by the source's gradients.

    Args:
        inside: (H, W); pixels on the edge of the picture never count as such.
    """
    inside = inside.copy()
    inside[[0, -1]] = inside[:, [0, -1]] = False
    rows, columns = np.nonzero(inside)
    if not len(rows):
        return target
    number = np.full(inside.shape, -1)
    number[rows, columns] = np.arange(len(rows))
    from_, to = source.astype(np.float64), target.astype(np.float64)
    wanted = 4 * from_[rows, columns]
    links = []
    for down, across in NEIGHBOURS:
        beside = (rows + down, columns + across)
        wanted -= from_[beside]
        known = number[beside] < 0
        wanted[known] += to[beside][known]
        links.append(np.stack((np.flatnonzero(~known), number[beside][~known])))
    pairs = np.concatenate(links, 1)
    count = len(rows)
    values = np.concatenate((np.full(count, 4.0), np.full(pairs.shape[1], -1.0)))
    diagonal = np.arange(count)
    where = (np.concatenate((diagonal, pairs[0])), np.concatenate((diagonal, pairs[1])))
    solved = splu(csc_array((values, where), shape=(count, count))).solve(wanted)
    blended = target.copy()
    blended[rows, columns] = np.rint(np.clip(solved, 0, 255)).astype(np.uint8)
    return blended
