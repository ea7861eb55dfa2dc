"""What a swap changed, and swaps of parts of a face."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from model.faces import FaceFinder
from model.train.augment import reencoded
from model.train.swap_masks import changed, one_moment, partly

from pictures import portrait

REAL = portrait()[20:220, 120:320]
[FACE] = FaceFinder().find(REAL)


def swapped() -> tuple[np.ndarray, np.ndarray]:
    """The face with an oval of other colours, and where that is."""
    where = Image.new("1", (200, 200))
    box = (FACE.left, FACE.top, FACE.left + FACE.width, FACE.top + FACE.height)
    ImageDraw.Draw(where).ellipse(box, fill=1)
    oval = np.asarray(where)
    fake = REAL.copy()
    fake[oval] = 255 - fake[oval]
    return fake, oval


def test_what_changed_is_found_and_compression_is_no_change() -> None:
    fake, oval = swapped()

    mask = changed(REAL, reencoded(fake, "JPEG", 90))

    assert mask[oval].mean() > 0.9
    assert mask[~oval].mean() < 0.2
    assert one_moment(mask)
    assert changed(REAL, reencoded(REAL, "JPEG", 90)).mean() < 0.15


def test_a_frame_of_another_moment_differs_at_its_rim() -> None:
    later = np.roll(REAL, 9, axis=1)

    assert not one_moment(changed(REAL, later))


def test_part_of_a_swap_is_a_swap_of_less() -> None:
    fake, _ = swapped()
    whole = changed(REAL, fake)

    parts = [partly(REAL, fake, whole, FACE.landmarks, np.random.default_rng(n)) for n in range(12)]

    shares = [changed(REAL, part).sum() / whole.sum() for part, _ in parts]
    assert min(shares) >= 0.3
    assert np.mean(shares) < 0.9
    for part, mask in parts:
        assert np.array_equal(mask, changed(REAL, part))
        assert mask[whole == 0].max(initial=0) == 0


def test_a_swap_that_hardly_changed_anything_is_taken_whole() -> None:
    fake = REAL.copy()
    fake[:20, :20] = 255 - fake[:20, :20]

    whole = changed(REAL, fake)

    part, mask = partly(REAL, fake, whole, FACE.landmarks, np.random.default_rng(0))

    assert np.array_equal(part, fake)
    assert np.array_equal(mask, whole)
