"""A look at weights before they serve: they run, and what they say depends on what they see.

It says nothing of how good they are; `candor evaluate` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from model.ensemble import Expert
from model.preparation import Pixels
from model.weights import WeightsError

LEAST_SPREAD = 1e-3
"""Of log-odds between the drawn squares; what was trained differs by whole units."""


def refuse_broken(experts: Mapping[str, Expert]) -> None:
    """Raises: WeightsError if an expert gives no numbers, or the same for everything."""
    for name, expert in experts.items():
        logits = expert.logits(list(drawn(expert.side)))
        if not np.isfinite(logits).all():
            raise WeightsError(
                f"The {name} expert gives no number for a drawn picture: its weights are damaged. "
                "Serve with others."
            )
        if np.ptp(logits) < LEAST_SPREAD:
            raise WeightsError(
                f"The {name} expert says the same of every drawn picture: it was never trained, or "
                "is damaged. Serve with others."
            )


def drawn(side: int) -> Iterator[Pixels]:
    """Squares of `side` pixels, as an expert reads them: a slope, a board, noise, and rings of
    colour."""
    y, x = np.mgrid[:side, :side]
    yield _grey(x * 255 / side)
    yield _grey((x // 16 + y // 16) % 2 * 255)
    yield np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    around = np.hypot(x - side / 2, y - side / 2)
    rings = [np.sin(around / scale) * 100 + 128 for scale in (5, 9, 17)]
    yield np.stack(rings, -1).astype(np.uint8)


def _grey(levels: np.ndarray) -> Pixels:
    return np.repeat(levels.astype(np.uint8)[..., None], 3, 2)
