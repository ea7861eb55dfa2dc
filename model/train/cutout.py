"""Hides a part of both pictures of a pair, so that no one part of a face is enough to know it by.

DeVries & Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout", 2017; of
forged faces: Das et al., "Towards Solving the DeepFake Problem", ICCV Workshops 2021, who likewise
leave enough of what was forged.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from model.train.batches import Map, Pair, Rng

SHORTEST, LONGEST = 0.2, 0.55
"""Of the rectangle's sides, in sides of the picture."""
LEAST_LEFT = 0.6
"""Of what was forged, or of the picture where nobody knows, for anything to be hidden."""


def cut_out(pair: Pair, rng: Rng) -> Pair:
    """The pair with one rectangle of one colour, or as it is where too little would be left."""
    side = pair.real.shape[0]
    height, width = (int(side * v) for v in rng.uniform(SHORTEST, LONGEST, 2))
    top, left = int(rng.integers(side - height + 1)), int(rng.integers(side - width + 1))
    colour = rng.integers(256, size=3, dtype=np.uint8)
    shown = np.ones((side, side), np.float32)
    shown[top : top + height, left : left + width] = 0
    maps = [each for each in (pair.boundary, pair.forged) if each is not None]
    cells = side // len(maps[0]) if maps else 1
    seen = shown.reshape(side // cells, cells, side // cells, cells).mean((1, 3))
    if any(_left(each, seen) < LEAST_LEFT for each in maps or [np.ones_like(seen)]):
        return pair
    hole = shown[..., None] == 0
    return replace(
        pair,
        real=np.where(hole, colour, pair.real),
        fake=np.where(hole, colour, pair.fake),
        boundary=None if pair.boundary is None else pair.boundary * seen,
        forged=None if pair.forged is None else pair.forged * seen,
    )


def _left(values: Map, seen: Map) -> float:
    """Share of a map that is still to be seen; all of one that is empty."""
    whole = float(values.sum())
    return float((values * seen).sum()) / whole if whole else 1.0
