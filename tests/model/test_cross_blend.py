"""Faces blended with another person's: who is taken, where they land, and what of them stays."""

from __future__ import annotations

import numpy as np
import pytest

from model.faces import FaceFinder
from model.train.cross_blend import Donors, coloured_like, cross_blend
from model.train.landmarks import FIVE

from pictures import portrait


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def face() -> tuple[np.ndarray, np.ndarray]:
    """The astronaut's face, and its five points."""
    cut = portrait()[20:220, 120:320]
    [found] = FaceFinder().find(cut)
    return cut, found.landmarks


def test_the_donor_changes_the_face_and_nothing_else() -> None:
    pixels, five = face()
    donor, donor_five = np.ascontiguousarray(255 - pixels), five

    blend = cross_blend(pixels, five, donor, donor_five, rng(3))

    changed = np.abs(blend.fake.astype(int) - blend.real).max(2)
    assert np.array_equal(blend.real, pixels)
    assert changed[blend.mask > 0.5].mean() > 10
    assert changed[blend.mask == 0].max() == 0


def test_a_donor_of_another_size_and_place_lands_on_the_face() -> None:
    pixels, five = face()
    donor = np.pad(pixels, ((30, 0), (50, 0), (0, 0))).repeat(2, 0).repeat(2, 1)

    where = (five + np.array((50, 30))) * 2 + 0.5
    blend = cross_blend(pixels, five, donor, where, rng(0))

    # The same face came back onto itself: what is left is what blending and softening do.
    assert np.abs(blend.fake.astype(int) - pixels)[blend.mask > 0.9].mean() < 8


def test_what_the_donor_does_not_show_is_not_blended_in() -> None:
    pixels, five = face()
    edge = int(five[2, 1])

    blend = cross_blend(pixels, five, pixels[edge:], five - (0, edge), rng(1))

    assert blend.mask[: edge - 12].max() < 0.5 < blend.mask.max()
    assert np.array_equal(blend.fake[: edge - 60], pixels[: edge - 60])


def test_a_donor_that_shows_nothing_of_the_face_leaves_the_picture() -> None:
    pixels, five = face()

    blend = cross_blend(pixels, five, pixels[:20, :20], five, rng(1))

    assert np.array_equal(blend.fake, pixels)
    assert blend.mask.max() == 0


def test_colours_follow_the_target_inside_the_mask() -> None:
    pixels, _ = face()
    mask = np.zeros(pixels.shape[:2], np.float32)
    mask[50:150, 50:150] = 1
    tinted = np.clip(pixels * 0.5 + 40, 0, 255).astype(np.uint8)

    matched = coloured_like(tinted, pixels, mask, 1.0)

    inside = np.s_[50:150, 50:150]
    assert np.abs(matched[inside].mean((0, 1)) - pixels[inside].mean((0, 1))).max() < 3
    assert np.array_equal(coloured_like(tinted, pixels, mask, 0.0), tinted)


def test_the_donor_of_the_nearest_landmarks_is_taken_and_never_the_face_itself() -> None:
    near = FIVE + 0.01 * rng().normal(size=FIVE.shape)
    far = FIVE * (1, 2)
    donors = Donors([far, FIVE, near])

    taken = {donors.nearest(3 * FIVE + 7, rng(seed)) for seed in range(20)}

    assert taken == {2}


@pytest.mark.parametrize("seed", range(3))
def test_the_same_seed_gives_the_same_blend(seed: int) -> None:
    pixels, five = face()
    other = np.ascontiguousarray(pixels[:, ::-1])

    first, again = (cross_blend(pixels, five, other, five, rng(seed)).fake for _ in range(2))

    assert np.array_equal(first, again)


def test_a_single_feature_is_taken_now_and_then() -> None:
    pixels, five = face()
    other = np.ascontiguousarray(pixels[:, ::-1])

    areas = [
        (cross_blend(pixels, five, other, five, rng(seed)).mask > 0.5).sum() for seed in range(40)
    ]

    whole = np.median(sorted(areas)[20:])
    assert 5 < sum(area < whole / 4 for area in areas) < 25
