"""Pairs for the face expert: blended faces, swaps beside their originals, generated faces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from model.faces import FoundFace
from model.preparation import Square, face_square
from model.train.augment import SMALLEST_SCALE, Recipe
from model.train.batches import MAP_STRIDE, Map, Pair, Pixels, Rng, WeighedKinds, grouped
from model.train.config import FaceMix
from model.train.cross_blend import Donors, cross_blend
from model.train.cutout import cut_out
from model.train.face_table import Table
from model.train.manifest import Entry
from model.train.reconstructions import Reconstructions
from model.train.self_blend import SelfBlend, self_blend
from model.train.swap_masks import changed, one_moment, partly

WIDE = 1.6
"""Margin of the square that blending happens in, before the final crop."""
NARROWEST, WIDEST = 1.0, 1.5
"""Range of the final crop's margin: sources differ in tightness, and so will callers."""
FINE_TRACES = 0.7
"""Generators and autoencoders leave fine traces: their pictures shrink no further than this."""
EVERYWHERE = np.ones((1, 1), np.float32)
"""What of a picture is forged that was drawn as a whole."""
SAME_FRAME = 0.7
"""Overlap of two boxes from which on both show one face at one place."""


@dataclass(frozen=True)
class Face:
    """A picture of the manifest and its largest face."""

    entry: Entry
    face: FoundFace


class FacePairs:
    """Composes batches for the face expert from the training split.

    Args:
        entries: Of one split.
        table: Where their faces are; entries without one are left out.
        reconstructions: Of some of the reals, already made.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        table: Table,
        mix: FaceMix,
        reconstructions: Reconstructions,
    ) -> None:
        faces = [Face(e, table[e.path]) for e in entries if e.path in table]
        reals = [f for f in faces if not f.entry.is_fake]
        originals = _Originals(reals)
        swaps: list[tuple[Face, Face]] = []
        generated: list[Face] = []
        for fake in (f for f in faces if f.entry.is_fake):
            partner = originals.of(fake)
            if partner is None:
                generated.append(fake)
            else:
                swaps.append((fake, partner))
        self._mix = mix
        self._reconstructions = reconstructions
        self._donors = reals
        self._fitting = Donors([face.face.landmarks for face in reals])
        self._reals = grouped([(f.entry.kind, f) for f in reals])
        self._bases = WeighedKinds(self._reals, "real faces", weights=mix.kind_weights)
        self._swaps = WeighedKinds(
            grouped([(f.entry.kind, (f, p)) for f, p in swaps]),
            "swaps", mix.swapped, mix.kind_weights,
        )  # fmt: skip
        self._generated = WeighedKinds(
            grouped([(f.entry.kind, f) for f in generated]),
            "generated faces", mix.generated, mix.kind_weights,
        )  # fmt: skip
        self._aligned = WeighedKinds(
            grouped([
                (e.kind, Face(e, table[e.path]))
                for e in reconstructions.entries if e.path in table
            ]),
            "reconstructed faces", mix.reconstructed, mix.kind_weights,
        )  # fmt: skip

    def pairs(self, rng: Rng, side: int) -> Iterator[Pair]:
        """See `Composer`."""
        for pair in self._shown(rng, side):
            # As with `partly`, nothing is drawn where it is not asked for.
            hide = self._mix.cut_out and rng.random() < self._mix.cut_out
            yield cut_out(pair, rng) if hide else pair

    def _shown(self, rng: Rng, side: int) -> Iterator[Pair]:
        for _ in range(self._mix.self_blended):
            yield self._blended(self._bases.draw(rng), None, rng, side)
        for _ in range(self._mix.cross_blended):
            base = self._bases.draw(rng)
            yield self._blended(base, self._donor(base, rng), rng, side)
        for _ in range(self._mix.swapped):
            fake, original = self._swaps.draw(rng)
            yield self._swapped(original, fake, rng, side)
        for _ in range(self._mix.generated):
            fake = self._generated.draw(rng)
            yield self._generated_beside(self._partner(fake, rng), fake, rng, side)
        for _ in range(self._mix.reconstructed):
            base = self._aligned.draw(rng)
            pixels = self._reconstructions.pair(base.entry, rng)
            yield self._changed((base.face, base.face), pixels, EVERYWHERE, rng, side, FINE_TRACES)

    def _donor(self, base: Face, rng: Rng) -> Face:
        return self._donors[self._fitting.nearest(base.face.landmarks, rng)]

    def _partner(self, fake: Face, rng: Rng) -> Face:
        learned_from = self._reals.get(self._mix.counterparts.get(fake.entry.kind, ""), [])
        if learned_from and rng.random() < 0.5:
            return learned_from[rng.integers(len(learned_from))]
        return self._bases.draw(rng)

    def _blended(self, base: Face, donor: Face | None, rng: Rng, side: int) -> Pair:
        blend, face = _blend(base, donor, rng)
        width = blend.real.shape[0]
        inner = _jittered(face, width, width, rng.uniform(NARROWEST, WIDEST), rng)
        recipe = Recipe.draw(rng, inner.side, filmed=self._mix.filmed)
        boundary, forged = (
            recipe.apply_to_map(inner.cut(m), side // MAP_STRIDE)
            for m in (blend.boundary, blend.mask)
        )
        real, fake = (recipe.apply(inner.cut(p), side) for p in (blend.real, blend.fake))
        return Pair(real, fake, boundary, forged)

    def _swapped(self, real: Face, fake: Face, rng: Rng, side: int) -> Pair:
        """A swap beside what it was made from, cut by one box where both show one frame."""
        pixels = (real.entry.pixels(), fake.entry.pixels())
        same = pixels[0].shape == pixels[1].shape and real.face.overlap(fake.face) > SAME_FRAME
        if not same:
            return self._changed((real.face, fake.face), pixels, None, rng, side)
        faces = (real.face, real.face)
        forged = changed(*pixels)
        if not one_moment(forged):
            return self._changed(faces, pixels, None, rng, side)
        # Drawn only where it is asked for, so that a run which never heard of it stays as it was.
        if self._mix.partly and rng.random() < self._mix.partly:
            part, forged = partly(*pixels, forged, real.face.landmarks, rng)
            pixels = (pixels[0], part)
        return self._changed(faces, pixels, forged, rng, side)

    def _generated_beside(self, real: Face, fake: Face, rng: Rng, side: int) -> Pair:
        pixels = (real.entry.pixels(), fake.entry.pixels())
        faces = (real.face, fake.face)
        return self._changed(faces, pixels, EVERYWHERE, rng, side, FINE_TRACES)

    def _changed(
        self,
        faces: tuple[FoundFace, FoundFace],
        pictures: tuple[Pixels, Pixels],
        forged: Map | None,
        rng: Rng,
        side: int,
        smallest: float = SMALLEST_SCALE,
    ) -> Pair:
        """Both cropped with one margin and shift, and changed by one recipe.

        Args:
            forged: (H, W) what of the fake is, or a single value of all of it.
        """
        margin, seed = rng.uniform(NARROWEST, WIDEST), int(rng.integers(2**31))
        squares = [
            _jittered(face, pixels.shape[1], pixels.shape[0], margin, np.random.default_rng(seed))
            for face, pixels in zip(faces, pictures, strict=True)
        ]
        cuts = [square.cut(p) for square, p in zip(squares, pictures, strict=True)]
        sides = [cut.shape[0] for cut in cuts]
        recipe = Recipe.draw(
            rng, min(sides), smallest=smallest, enlarge=sides[0] == sides[1],
            filmed=self._mix.filmed,
        )  # fmt: skip
        where = forged if forged is None else recipe.apply_to_map(
            squares[1].cut(np.broadcast_to(forged, pictures[1].shape[:2])), side // MAP_STRIDE
        )  # fmt: skip
        real, fake = (recipe.apply(cut, side) for cut in cuts)
        return Pair(real, fake, forged=where)


class _Originals:
    """Finds the very picture that a swap was made from: same group, same frame, or same group."""

    def __init__(self, reals: Sequence[Face]) -> None:
        self._by_group = grouped([(face.entry.group, face) for face in reals])

    def of(self, fake: Face) -> Face | None:
        same_group = self._by_group.get(fake.entry.group, [])
        path = fake.entry.path
        target = path.parent.name.split("_")[0]
        same_video = [
            f for f in same_group if f.entry.path.parent.name in (target, path.parent.name)
        ]
        same_frame = [f for f in same_video if f.entry.path.stem == path.stem]
        candidates = same_frame or same_video or same_group
        return candidates[0] if candidates else None


def _blend(base: Face, donor: Face | None, rng: Rng) -> tuple[SelfBlend, FoundFace]:
    """In the wide square around a face, and where the face is in it."""
    pixels, face = _wide(base)
    if donor is None:
        return self_blend(pixels, face.landmarks, rng), face
    theirs = (donor.entry.pixels(), donor.face.landmarks)
    return cross_blend(pixels, face.landmarks, *theirs, rng), face


def _wide(base: Face) -> tuple[Pixels, FoundFace]:
    pixels = base.entry.pixels()
    square = face_square(base.face, pixels.shape[1], pixels.shape[0], WIDE)
    face = base.face
    moved = replace(
        face,
        left=face.left - square.left,
        top=face.top - square.top,
        landmarks=face.landmarks - (square.left, square.top),
    )
    return square.cut(pixels), moved


def _jittered(face: FoundFace, width: int, height: int, margin: float, rng: Rng) -> Square:
    """The square around a face that is not quite where it was found."""
    across, down = rng.uniform(-0.06, 0.06, 2) * face.size
    moved = replace(face, left=face.left + across, top=face.top + down)
    return face_square(moved, width, height, margin)
