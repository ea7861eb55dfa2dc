"""How to lay one reduced picture over another: shift, scale, tone and colour.

Robust, so that a region that was changed does not bend the rest: iteratively reweighted least
squares with Tukey's weights (Beaton and Tukey, "The fitting of power series", Technometrics 16,
1974), the shift by Gauss-Newton steps (Lucas and Kanade, IJCAI 1981). Only `api.witness` calls it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from api.reduction import Cells, Grids, Reals, Region, sampled

SHIFT_LIMIT = 0.04
"""Share of a side."""
SCALE_LIMIT = 1.1
COVERED = 0.93
"""Share of the cells that must lie in both pictures."""
TONE_LIMIT = 16.0
"""Grey levels by which a tone curve may move any tone."""
SLOPES = (0.8, 1.25)
GAIN_LIMIT = 0.15
"""Natural logarithm of how much stronger or weaker colours may be."""
TINT_LIMIT = 2.5
STEPS = 6


@dataclass(frozen=True)
class Alignment:
    """Leads from the known picture to the seen one.

    Attributes:
        shift: (x, y) in shares of the sides, of the centre.
        scale: (x, y).
        curve: Tone of the known picture at a seen tone t, as c0 + c1 t + c2 t t, t in 0..1.
        gains, tints: Of Cb and Cr about 128: known = gain * seen + tint.
    """

    shift: tuple[float, float] = (0.0, 0.0)
    scale: tuple[float, float] = (1.0, 1.0)
    curve: tuple[float, float, float] = (0.0, 255.0, 0.0)
    gains: tuple[float, float] = (1.0, 1.0)
    tints: tuple[float, float] = (0.0, 0.0)

    def moved(self, region: Region) -> Region:
        """Where a region of the known picture lies in the seen one."""
        (dx, dy), (sx, sy) = self.shift, self.scale
        return Region(
            0.5 + dx + (region.left - 0.5) * sx,
            0.5 + dy + (region.top - 0.5) * sy,
            0.5 + dx + (region.right - 0.5) * sx,
            0.5 + dy + (region.bottom - 0.5) * sy,
        )

    def tone(self, luma: Reals) -> Reals:
        """Seen grey levels as the known picture would show them."""
        share = luma / 255
        toned: Reals = self.curve[0] + self.curve[1] * share + self.curve[2] * share * share
        return toned

    def colour(self, chroma: Reals) -> Reals:
        """The same for (2, N, N) Cb and Cr."""
        gains = np.array(self.gains, np.float32)[:, None, None]
        tints = np.array(self.tints, np.float32)[:, None, None]
        coloured: Reals = (chroma - 128) * gains + 128 + tints
        return coloured

    def bearable(self, luma: Reals) -> bool:
        """Whether a harmless copy of these grey levels may differ so much."""
        tones = np.percentile(luma, (5, 25, 50, 75, 95)).astype(np.float32)
        slopes = (self.curve[1] + 2 * self.curve[2] * tones / 255) / 255
        moved = self.tone(tones) - tones
        return bool(
            max(map(abs, self.shift)) <= SHIFT_LIMIT
            and all(1 / SCALE_LIMIT <= scale <= SCALE_LIMIT for scale in self.scale)
            and np.abs(moved).max() <= TONE_LIMIT
            and slopes.min() >= SLOPES[0]
            and slopes.max() <= SLOPES[1]
            and max(abs(np.log(max(gain, 1e-3))) for gain in self.gains) <= GAIN_LIMIT
            and max(map(abs, self.tints)) <= TINT_LIMIT
        )


IDENTITY = Alignment()


def aligned(known: Grids, seen: Grids) -> Alignment | None:
    """Lay `seen` over `known`; None where no harmless change does."""
    shift, scale = _registered(known.luma, seen.luma)
    warped, inside = _warped(seen.luma, shift, scale)
    if inside.mean() < COVERED:
        return None
    curve = _curve(known.luma[inside], warped[inside])
    half = [_warped(plane, shift, scale)[0] for plane in seen.chroma]
    fits = [
        _line(k.ravel() - 128, s.ravel() - 128) for k, s in zip(known.chroma, half, strict=True)
    ]
    found = Alignment(shift, scale, curve, (fits[0][0], fits[1][0]), (fits[0][1], fits[1][1]))
    return found if found.bearable(seen.luma) else None


def _registered(known: Reals, seen: Reals) -> tuple[tuple[float, float], tuple[float, float]]:
    """Shift and scale by Gauss-Newton, first on a coarse grid."""
    motion = np.array([0.0, 0.0, 1.0, 1.0])
    for cells, steps in ((16, STEPS), (len(known), STEPS)):
        here, there = _reduced(known, cells), _reduced(seen, cells)
        for _ in range(steps):
            step = _motion_step(here, there, motion)
            motion += step
            if np.abs(step[:2]).max() < 1e-4 and np.abs(step[2:]).max() < 2e-4:
                break
        limit = 1.5 * SHIFT_LIMIT
        motion = np.clip(motion, [-limit, -limit, 0.85, 0.85], [limit, limit, 1.18, 1.18])
    # What lies within a hundredth of a cell is the same place, and needs no second sampling.
    if np.abs(motion - [0, 0, 1, 1]).max() < 2e-4:
        return (0.0, 0.0), (1.0, 1.0)
    dx, dy, sx, sy = map(float, motion)
    return (dx, dy), (sx, sy)


def _motion_step(known: Reals, seen: Reals, motion: Reals) -> Reals:
    cells = len(known)
    warped, inside = _warped(seen, (motion[0], motion[1]), (motion[2], motion[3]))
    down, across = np.gradient(warped)
    place = ((np.arange(cells) + 0.5) / cells - 0.5).astype(np.float32)
    x, y = np.meshgrid(place, place)
    columns = [across * cells, down * cells, across * cells * x, down * cells * y]
    design = np.stack([*columns, warped, np.ones_like(warped)], -1)[inside]
    target = (known - warped)[inside]
    answer = _robust(design, target)
    # d(warped)/d(shift) is taken in the warped frame: close enough for scales near one.
    step: Reals = answer[:4]
    return step


def _robust(design: Reals, target: Reals, rounds: int = 3) -> Reals:
    """Least squares that outliers do not bend."""
    weight = np.ones(len(target), np.float32)
    answer: Reals = np.zeros(design.shape[1])
    ridge = np.eye(design.shape[1]) * 1e-3
    for _ in range(rounds):
        weighted = design * weight[:, None]
        answer = np.linalg.solve(weighted.T @ design + ridge, weighted.T @ target)
        residual = np.abs(target - design @ answer)
        cutoff = max(4.685 * 1.4826 * float(np.median(residual)), 2.0)
        weight = np.square(1 - np.square(np.minimum(residual / cutoff, 1))).astype(np.float32)
    return answer


def _curve(known: Reals, seen: Reals) -> tuple[float, float, float]:
    """A quadratic; a narrow range of tones allows but a shift of them."""
    if np.percentile(seen, 98) - np.percentile(seen, 2) < 40:
        return float(np.median(known - seen)), 255.0, 0.0
    share = seen / 255
    design = np.stack([np.ones_like(share), share, share * share], -1)
    answer = _robust(design, known - seen)
    return float(answer[0]), float(answer[1]) + 255, float(answer[2])


def _line(known: Reals, seen: Reals) -> tuple[float, float]:
    """Gain and tint of one colour difference; without colour to tell it by, no gain."""
    if np.std(seen) < 3:
        return 1.0, float(np.median(known - seen))
    design = np.stack([seen, np.ones_like(seen)], -1)
    gain, tint = _robust(design, known - seen)
    return 1 + float(gain), float(tint)


def _reduced(grid: Reals, cells: int) -> Reals:
    factor = len(grid) // cells
    mean: Reals = grid.reshape(cells, factor, cells, factor).mean((1, 3))
    return mean


def _warped(
    grid: Reals, shift: tuple[float, float], scale: tuple[float, float]
) -> tuple[Reals, Cells]:
    """(N, N) as seen from the known picture, and which cells lie in it."""
    cells = len(grid)
    centre = (np.arange(cells) + 0.5) / cells - 0.5
    x = (0.5 + shift[0] + centre * scale[0]) * cells - 0.5
    y = (0.5 + shift[1] + centre * scale[1]) * cells - 0.5
    inside = ((y > -0.5) & (y < cells - 0.5))[:, None] & ((x > -0.5) & (x < cells - 0.5))[None]
    return sampled(grid, y, x), inside
