"""Pairs for the whole-image expert: a real beside its reconstruction, a generated picture beside
the real that it was made from, or any real or hard negative if there is none.

Both of a pair pass the same two rounds of compression, before the crop and after.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from model.train.augment import Recipe, reencoded
from model.train.batches import Pair, Pixels, Rng, WeighedKinds, grouped
from model.train.config import WholeMix
from model.train.manifest import Entry
from model.train.reconstructions import Reconstructions


class WholePairs:
    """Composes batches for the whole-image expert from the training split.

    Args:
        entries: Of one split, none smaller than the squares that are asked for: only what is
            too small would be enlarged, and no generator draws so small.
        reconstructions: Of some of the reals, already made.
    """

    def __init__(
        self, entries: Sequence[Entry], reconstructions: Reconstructions, mix: WholeMix
    ) -> None:
        self._mix = mix
        self._reconstructions = reconstructions
        reals = [e for e in entries if not e.is_fake]
        self._aligned = WeighedKinds(_by_kind(reconstructions.entries), "reals", mix.reconstructed)
        self._photos = WeighedKinds(
            _by_kind([e for e in reals if e.label == "real"]),
            "reals", mix.generated if mix.hard_negatives < 1 else 0,
        )  # fmt: skip
        self._hard = WeighedKinds(
            _by_kind([e for e in reals if e.label == "hardneg"]),
            "hard negatives", mix.generated if mix.hard_negatives else 0,
        )  # fmt: skip
        self._generated = WeighedKinds(
            _by_kind([e for e in entries if e.is_fake]), "generated pictures", mix.generated
        )
        self._originals = {(e.group, e.path.stem): e for e in reals}

    def pairs(self, rng: Rng, side: int) -> Iterator[Pair]:
        """See `Composer`."""
        for _ in range(self._mix.reconstructed):
            pixels = self._reconstructions.pair(self._aligned.draw(rng), rng)
            yield _changed(*pixels, rng, side, aligned=True)
        for _ in range(self._mix.generated):
            fake = self._generated.draw(rng)
            original = self._originals.get((fake.group, fake.path.stem))
            pixels = (original or self._partner(rng)).pixels(), fake.pixels()
            same = original is not None and pixels[0].shape == pixels[1].shape
            yield _changed(*pixels, rng, side, aligned=same)

    def _partner(self, rng: Rng) -> Entry:
        hard = rng.random() < self._mix.hard_negatives
        return (self._hard if hard else self._photos).draw(rng)


def _by_kind(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    return grouped([(entry.kind, entry) for entry in entries])


def _changed(real: Pixels, fake: Pixels, rng: Rng, side: int, *, aligned: bool) -> Pair:
    """Compress, crop, compress: by the same numbers for both, in place too when aligned."""
    before = int(rng.integers(50, 96)) if rng.random() < 0.5 else None
    scale = rng.uniform(0.6, 1.25) if rng.random() < 0.3 else 1.0
    where = rng.random(2)
    recipe = Recipe.draw(rng, side, native=True)
    squares = []
    for pixels in (real, fake):
        if before:
            pixels = reencoded(pixels, "JPEG", before)
        square = _crop(_scaled(pixels, scale, side), where if aligned else rng.random(2), side)
        squares.append(recipe.apply(square, side))
    return Pair(squares[0], squares[1])


def _scaled(pixels: Pixels, scale: float, side: int) -> Pixels:
    """Resized by `scale`, or by as much as leaves a square of `side`."""
    height, width = pixels.shape[:2]
    scale = max(scale, side / min(width, height))
    if scale == 1:
        return pixels
    size = (max(side, round(width * scale)), max(side, round(height * scale)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))


def _crop(pixels: Pixels, where: np.ndarray, side: int) -> Pixels:
    top, left = (
        int(share * (length - side + 1)) for share, length in zip(where, pixels.shape, strict=False)
    )
    return pixels[top : top + side, left : left + side]
