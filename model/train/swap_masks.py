"""What a swap changed of the frame that it was made from, and swaps of parts of a face.

Fake and original show one frame of one video, so their difference tells where the forger was.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from model.train import landmarks
from model.train.cross_blend import SINGLE_FEATURES
from model.train.self_blend import Mask, Pixels, Rng, elastic, face_mask, softened

UNTOUCHED, TOUCHED = 4.0, 12.0
"""Grey levels of difference, of the channel that differs most, up to which compression alone may
have made it, and from which on nothing but a forger did."""
NEIGHBOURHOOD = 0.02
"""Deviation of the blur that differences are averaged with, in widths of the picture."""
RIM, MOST_OF_RIM = 0.08, 0.3
"""Depth of the rim of a picture, in sides, and the share of it that may differ."""
LEAST_KEPT = 0.3
"""Of what the swap changed, that a part of it must have, or it would hardly be a fake."""


def changed(real: Pixels, fake: Pixels) -> Mask:
    """(H, W, 3) of one frame, twice -> (H, W) in 0..1."""
    apart = np.abs(fake.astype(np.int16) - real).max(2).astype(np.uint8)
    blur = ImageFilter.GaussianBlur(NEIGHBOURHOOD * apart.shape[1])
    smooth = np.asarray(Image.fromarray(apart).filter(blur), np.float32)
    mask: Mask = np.clip((smooth - UNTOUCHED) / (TOUCHED - UNTOUCHED), 0, 1)
    return mask


def one_moment(mask: Mask) -> bool:
    """Whether what `changed` found leaves the rim of the picture alone, as forgers of faces do.

    Frames of different moments differ there too, and their difference tells nothing.
    """
    rim = np.ones(mask.shape, bool)
    deep = [round(RIM * side) for side in mask.shape]
    rim[deep[0] : mask.shape[0] - deep[0], deep[1] : mask.shape[1] - deep[1]] = False
    return bool(mask[rim].mean() < MOST_OF_RIM)


def partly(
    real: Pixels, fake: Pixels, mask: Mask, five: npt.ArrayLike, rng: Rng
) -> tuple[Pixels, Mask]:
    """The frame with some outline of the swapped face alone, and what that changed.

    All of the swap where a part would show too little.

    Args:
        real, fake: (H, W, 3) of one frame.
        mask: What `changed` finds between them.
        five: (5, 2) the eyes, nose and mouth corners, in pixels.
    """
    outline = face_mask(landmarks.fit(five), real.shape[:2], rng, SINGLE_FEATURES)
    share = softened(elastic(outline, rng), rng)[..., None]
    part: Pixels = np.rint(fake * share + real * (1 - share)).astype(np.uint8)
    kept = changed(real, part)
    return (part, kept) if kept.sum() >= LEAST_KEPT * mask.sum() else (fake, mask)
