"""A small copy of what was scored, and the test whether another file shows the same picture.

No perceptual hash can tell a face swap from another save of its original. A witness can: blurred,
reduced copies of the whole picture and of each face that was scored, compared cell by cell once
shift, scale and tone have been taken out. What a re-save changes is spread thin over all cells;
what a forger changed stands out in a few. `api.cache` asks; nothing here knows of verdicts.

The limits are for copies as the web makes them. Re-encoded and shrunk ones pass, greyscale ones,
strong crops and thumbnails do not, and are scored like any new picture.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from api.alignment import IDENTITY, Alignment, aligned
from api.reduction import (
    DETAIL_SIDES,
    WHOLE,
    WHOLE_CELLS,
    Grids,
    Pixels,
    Reals,
    Reducible,
    Region,
    halved,
)
from api.verdict import Box

FACE_CELLS = 48
"""Cells a side of the luma grid of a face; chroma has half as many."""
FACE_MARGIN = 0.15
"""Added to each side of a face's box: a swap's seam lies around it."""

SHORTEST_SIDE = 96
"""Pictures with a shorter one are scored anew."""
SMALLEST_FACE, FINE_FACE = 20, 40
"""Pixels. Faces below the first have no witness; those below the second are compared on half of
the cells, against a stricter limit."""
LUMA_LIMIT = 4.0
"""Largest mean difference over 3 x 3 cells, in grey levels of 255."""
COARSE_LIMIT = 0.6 * LUMA_LIMIT
CHROMA_LIMIT = 5.0
DETAIL_GAIN, DETAIL_SLACK = 1.15, 0.3
"""How much more detail than what was scored a copy may have, as a factor and in grey levels: what
was too blurred to judge may be plain in it."""
SIZE_GAIN = 1.02
DARKEST, BRIGHTEST = 6.0, 249.0
"""Beyond these a curve may have clipped."""
CLIPPED = 14.0
"""Tones so near to either end may have become that end."""
SPILL = 0.006
"""Share of a side by which a copy may show more than what was scored: half a cell, for rounding."""
FACE_KEPT = 0.9
"""Share of a face's cells that must lie in the copy."""

HEADER = struct.Struct(f"<4sII{len(DETAIL_SIDES)}fB")
MAGIC = b"CWT2"


@dataclass(frozen=True, eq=False)
class Witness:
    """What is kept of a picture that was scored.

    Attributes:
        width, height: Of the picture, in pixels.
        details: Mean step from pixel to pixel, in grey levels, with the longest side reduced to
            each of `api.reduction.DETAIL_SIDES`; NaN where the picture is smaller.
        whole: Of 64 x 64 cells.
        faces: Each with its margin, of 48 x 48 cells.
    """

    width: int
    height: int
    details: tuple[float, ...]
    whole: Grids
    faces: tuple[tuple[Region, Grids], ...]

    @classmethod
    def of(
        cls, pixels: Pixels, faces: Sequence[Box], small: Pixels | None = None
    ) -> Witness | None:
        """Of a picture and all the faces in it; None where that could not tell copies apart.

        Args:
            pixels: (H, W, 3) uint8 RGB.
            faces: In pixels.
            small: As for `Reducible`.
        """
        height, width, _ = pixels.shape
        tiny = any(max(box.width, box.height) < SMALLEST_FACE for box in faces)
        outside = any(
            box.left >= width
            or box.top >= height
            or box.left + box.width <= 0
            or box.top + box.height <= 0
            for box in faces
        )
        if min(width, height) < SHORTEST_SIDE or tiny or outside:
            return None
        picture = Reducible(pixels, small)
        regions = [_with_margin(box, width, height) for box in faces]
        return cls(
            width,
            height,
            picture.details,
            picture.whole,
            tuple((region, picture.grids(region, FACE_CELLS)) for region in regions),
        )

    def pack(self) -> bytes:
        """About 6 kB with one face."""
        header = HEADER.pack(MAGIC, self.width, self.height, *self.details, len(self.faces))
        regions = [(r.left, r.top, r.right, r.bottom) for r, _ in self.faces]
        places = np.array(regions, "<f4").tobytes()
        planes = b"".join(_plane(grids) for grids in (self.whole, *(g for _, g in self.faces)))
        return header + zlib.compress(places + planes, 6)

    @classmethod
    def unpack(cls, packed: bytes) -> Witness:
        """Raises: ValueError if it was not written by `pack` of this version."""
        try:
            magic, width, height, *details, count = HEADER.unpack_from(packed)
            body = zlib.decompress(packed[HEADER.size :])
        except (struct.error, zlib.error) as error:
            raise ValueError("the witness is damaged") from error
        whole, face = _plane_size(WHOLE_CELLS), _plane_size(FACE_CELLS)
        if magic != MAGIC or len(body) != count * (16 + face) + whole:
            raise ValueError("the witness is of another version")
        regions = np.frombuffer(body, "<f4", count * 4).reshape(count, 4)
        # A face lies at least partly in the picture, with a margin around it.
        sound = bool(
            ((regions > -1) & (regions < 2)).all() and (regions[:, :2] < regions[:, 2:]).all()
        )
        if not (width and height and sound):
            raise ValueError("the witness is damaged")
        planes = body[16 * count :]
        starts = [whole + face * index for index in range(count)]
        return cls(
            width,
            height,
            tuple(details),
            _grids(planes[:whole], WHOLE_CELLS),
            tuple(
                (Region(*map(float, region)), _grids(planes[at : at + face], FACE_CELLS))
                for region, at in zip(regions, starts, strict=True)
            ),
        )

    def confirms(self, picture: Reducible) -> Likeness:
        """Whether another picture shows what was scored, and no more of it."""
        width, height = picture.size
        if min(width, height) < SHORTEST_SIDE:
            return Likeness(False, None, "too small to compare")
        larger = max(width / self.width, height / self.height) > SIZE_GAIN
        if larger or _shows_more(picture, self.details):
            return Likeness(False, None, "finer than what was scored")
        sizes = [min(self._face_sizes(region, width, height)) for region, _ in self.faces]
        if sizes and min(sizes) < SMALLEST_FACE:
            return Likeness(False, None, "a face is too small to compare")
        found = aligned(self.whole, picture.whole)
        if found is None:
            return Likeness(False, None, "another picture, crop or colouring")
        if _shows_beyond(found.moved(WHOLE)):
            return Likeness(False, None, "it shows more than what was scored")
        worst = 0.0
        regions = [(WHOLE, self.whole, WHOLE_CELLS, max(width, height)), *(
            (region, grids, FACE_CELLS, size)
            for (region, grids), size in zip(self.faces, sizes, strict=True)
        )]  # fmt: skip
        for region, known, cells, size in regions:
            straight = found == IDENTITY and region is WHOLE
            seen = picture.whole if straight else picture.grids(found.moved(region), cells)
            needed = FACE_KEPT * max(1, known.inside.sum())
            if region is not WHOLE and (seen.inside & known.inside).sum() < needed:
                return Likeness(False, None, "a face that was scored is cut off")
            luma, chroma = _differences(known, seen, found, coarse=size < FINE_FACE)
            limit = COARSE_LIMIT if size < FINE_FACE else LUMA_LIMIT
            worst = max(worst, luma * LUMA_LIMIT / limit)
            if luma > limit or chroma > CHROMA_LIMIT:
                where = "the picture" if region is WHOLE else "a face"
                return Likeness(False, round(max(worst, luma), 2), f"{where} differs")
        return Likeness(True, round(worst, 2), "")

    def _face_sizes(self, region: Region, width: int, height: int) -> tuple[float, float]:
        """Longer side of a face in what was scored and in a copy, in pixels, without margin."""
        across, down = region.right - region.left, region.bottom - region.top
        bare = 1 / (1 + 2 * FACE_MARGIN)
        return (
            max(across * self.width, down * self.height) * bare,
            max(across * width, down * height) * bare,
        )


@dataclass(frozen=True)
class Likeness:
    """What a witness says of another picture.

    Attributes:
        same: Whether both show the same.
        difference: The largest that was found, in grey levels; None where none was measured.
        reason: Why not, in words; empty when the same.
    """

    same: bool
    difference: float | None
    reason: str


def _shows_beyond(known: Region) -> bool:
    """Whether a picture reaches beyond what was scored, which lies in it as `known`."""
    return max(known.left, known.top) > SPILL or min(known.right, known.bottom) < 1 - SPILL


def _differences(
    known: Grids, seen: Grids, alignment: Alignment, *, coarse: bool
) -> tuple[float, float]:
    """The largest mean difference of luma and of chroma over 3 x 3 cells, in grey levels."""
    luma = known.luma.clip(DARKEST, BRIGHTEST)
    toned = alignment.tone(seen.luma).clip(DARKEST, BRIGHTEST)
    inside = known.inside & seen.inside
    residual = np.where(inside, np.abs(luma - toned), 0)
    # A copy that clips no longer tells tones near its ends apart; farther ones it must.
    dark = (seen.luma <= DARKEST) & (known.luma <= DARKEST + CLIPPED)
    bright = (seen.luma >= BRIGHTEST) & (known.luma >= BRIGHTEST - CLIPPED)
    blind = dark | bright
    residual = np.where(blind, np.minimum(residual, LUMA_LIMIT / 2), residual)
    if coarse:
        signed = np.where(inside & ~blind, luma - toned, 0)
        residual = np.abs(halved(signed))
    colour = np.abs(known.chroma - alignment.colour(seen.chroma))
    colour = np.where(halved(inside.astype(np.float32)) > 0.99, colour, 0)
    return float(_mean3(residual).max()), float(max(_mean3(plane).max() for plane in colour))


def _mean3(grid: Reals) -> Reals:
    """Mean over 3 x 3 cells, (N, N) -> (N-2, N-2)."""
    rows = grid[:-2] + grid[1:-1] + grid[2:]
    mean: Reals = (rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / 9
    return mean


def _shows_more(picture: Reducible, known: Sequence[float]) -> bool:
    """Whether a picture has more detail than another, at the largest size that both have."""
    for index, detail in enumerate(known):
        seen = math.nan if math.isnan(detail) else picture.detail(index)
        if not math.isnan(seen):
            return seen > detail * DETAIL_GAIN + DETAIL_SLACK
    return False


def _with_margin(box: Box, width: int, height: int) -> Region:
    across, down = box.width * FACE_MARGIN, box.height * FACE_MARGIN
    return Region(
        (box.left - across) / width,
        (box.top - down) / height,
        (box.left + box.width + across) / width,
        (box.top + box.height + down) / height,
    )


def _plane_size(cells: int) -> int:
    return cells * cells * 3 // 2 + cells * cells // 8


def _plane(grids: Grids) -> bytes:
    luma, chroma = (
        plane.round().clip(0, 255).astype(np.uint8) for plane in (grids.luma, grids.chroma)
    )
    return luma.tobytes() + chroma.tobytes() + np.packbits(grids.inside).tobytes()


def _grids(packed: bytes, cells: int) -> Grids:
    whole = cells * cells
    values = np.frombuffer(packed, np.uint8)
    return Grids(
        values[:whole].reshape(cells, cells).astype(np.float32),
        values[whole : whole * 3 // 2].reshape(2, cells // 2, cells // 2).astype(np.float32),
        np.unpackbits(values[whole * 3 // 2 :]).reshape(cells, cells).astype(bool),
    )
