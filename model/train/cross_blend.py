"""Cross-blended images: a face blended with another person's, as a swap does it by hand.

Li et al., "Face X-ray for More General Face Forgery Detection", CVPR 2020, section 3.3: the donor
is one of many whose landmarks lie nearest, its colours follow the target's, and it is blended in as
in `self_blend`. A self-blend leaves the seam alone to be found; this leaves another face's light
and grain inside it too, as swaps by landmarks do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.train import landmarks
from model.train.augment import resolution_changed
from model.train.self_blend import (
    LANDMARK_JITTER,
    Mask,
    Pixels,
    Rng,
    SelfBlend,
    elastic,
    face_mask,
    softened,
)

Points = npt.NDArray[np.float64]
BLEND_RATIOS = (0.75, 1.0, 1.0, 1.0)
SINGLE_FEATURES = 0.35
"""How often one eye, the nose or the mouth alone is taken, as photo editors do."""
CANDIDATES = 64
"""Donors among which the one of the nearest landmarks is taken; 100 in the paper."""


class Donors:
    """Finds a face whose landmarks fit onto another's.

    Args:
        fives: (5, 2) landmarks of each face there is.
    """

    def __init__(self, fives: Sequence[npt.ArrayLike]) -> None:
        self._shapes = np.array([_shape(five) for five in fives])

    def nearest(self, five: npt.ArrayLike, rng: Rng) -> int:
        """Index of a donor; the very same landmarks are passed over."""
        some = rng.integers(len(self._shapes), size=CANDIDATES)
        distances = np.square(self._shapes[some] - _shape(five)).sum((1, 2))
        distances[distances < 1e-9] = np.inf
        return int(some[distances.argmin()])


def cross_blend(
    pixels: Pixels, five: npt.ArrayLike, donor: Pixels, donor_five: npt.ArrayLike, rng: Rng
) -> SelfBlend:
    """Blend another face into a picture.

    Args:
        pixels, donor: (H, W, 3) uint8, one face each, of any sizes.
        five, donor_five: (5, 2) their eyes, nose and mouth corners, in pixels.
    """
    points = landmarks.fit(five)
    points += rng.normal(0, LANDMARK_JITTER * np.ptp(points, 0).mean(), points.shape)
    source, covered = _laid_over(donor, donor_five, pixels.shape[:2], five)
    mask = face_mask(points, pixels.shape[:2], rng, SINGLE_FEATURES)
    outline = elastic(mask, rng) * covered
    mask = softened(outline, rng)
    source = coloured_like(source, pixels, mask, rng.uniform(0.6, 1))
    if rng.random() < 0.5:
        source = resolution_changed(source, rng)
    share = mask[..., None] * rng.choice(BLEND_RATIOS)
    fake: Pixels = np.rint(source * share + pixels * (1 - share)).astype(np.uint8)
    return SelfBlend(real=pixels, fake=fake, mask=mask)


def coloured_like(source: Pixels, target: Pixels, mask: Mask, strength: float) -> Pixels:
    """Give each channel the target's mean and deviation inside a mask, or part of the way.

    Reinhard et al., "Color Transfer between Images", 2001, in RGB.
    """
    weights = mask[..., None] + 1e-6
    mean, deviation = _moments(source.astype(np.float32), weights)
    wanted_mean, wanted_deviation = _moments(target.astype(np.float32), weights)
    gain = np.clip(wanted_deviation / np.maximum(deviation, 1), 0.5, 2)
    matched = (source - mean) * gain + wanted_mean
    return np.rint(np.clip(source + strength * (matched - source), 0, 255)).astype(np.uint8)


def _moments(
    values: npt.NDArray[np.float32], weights: Mask
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    mean = (values * weights).sum((0, 1)) / weights.sum()
    return mean, np.sqrt((np.square(values - mean) * weights).sum((0, 1)) / weights.sum())


def _laid_over(
    donor: Pixels, donor_five: npt.ArrayLike, shape: tuple[int, ...], five: npt.ArrayLike
) -> tuple[Pixels, Mask]:
    """The donor moved onto the target's landmarks, and 1 where it reaches."""
    a, b, x, y = _similarity(np.asarray(five, np.float64), np.asarray(donor_five, np.float64))
    coefficients = (a, -b, x, b, a, y)
    inside = Image.new("L", (donor.shape[1], donor.shape[0]), 255)
    moved, covered = (
        np.asarray(
            image.transform(
                (shape[1], shape[0]), Image.Transform.AFFINE, coefficients, Image.Resampling.BICUBIC
            )
        )
        for image in (Image.fromarray(donor), inside)
    )
    return moved, (covered == 255).astype(np.float32)


def _similarity(points: Points, onto: Points) -> npt.NDArray[np.float64]:
    """(a, b, x, y) of the map (a u - b v + x, b u + a v + y) that fits best."""
    u, v = points.T
    one, none = np.ones_like(u), np.zeros_like(u)
    rows = np.concatenate((np.stack((u, -v, one, none), 1), np.stack((v, u, none, one), 1)))
    solution: npt.NDArray[np.float64] = np.linalg.lstsq(rows, onto.T.ravel(), rcond=None)[0]
    return solution


def _shape(five: npt.ArrayLike) -> Points:
    points = np.asarray(five, np.float64)
    centred: Points = points - points.mean(0)
    centred /= max(float(np.linalg.norm(centred)), 1e-9)
    return centred
