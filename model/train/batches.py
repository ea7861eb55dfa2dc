"""What one step of training sees, composed anew for every step from the step's own seed.

A batch is made of pairs, a real and a fake that shared every change but the forgery. Composing
by step number makes a run that was interrupted go on as if it had not been.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset

from model.preparation import Input, network_input
from model.train.config import RunConfig
from model.train.manifest import ManifestError

Pixels = npt.NDArray[np.uint8]
Map = npt.NDArray[np.float32]
Rng = np.random.Generator
MAP_STRIDE = 16
T = TypeVar("T")


@dataclass(frozen=True)
class Pair:
    """A real and a fake after the changes both share.

    Attributes:
        real, fake: (S, S, 3) uint8.
        boundary: (S/16, S/16) in 0..1 where the fake was blended; None where nobody knows.
        forged: (S/16, S/16) in 0..1 what of it is not as it was; None where nobody knows.
    """

    real: Pixels
    fake: Pixels
    boundary: Map | None = None
    forged: Map | None = None


@dataclass(frozen=True)
class Taught:
    """Maps of a batch that are taught.

    Attributes:
        target: (2P, S/16, S/16) in 0..1.
        known: (2P,) 1 where `target` is one, else 0.
    """

    target: Tensor
    known: Tensor

    def pin_memory(self) -> Taught:
        """For a loader that feeds a GPU."""
        return Taught(self.target.pin_memory(), self.known.pin_memory())

    def to(self, device: torch.device) -> Taught:
        """The same on another device."""
        return Taught(
            self.target.to(device, non_blocking=True), self.known.to(device, non_blocking=True)
        )


@dataclass(frozen=True)
class Batch:
    """Reals first, then their fakes in the same order.

    Attributes:
        pixels: (2P, C, S, S) float32, as the network takes them.
        boundary, forged: Where each picture was blended, and what of it is not as it was.
    """

    pixels: Tensor
    boundary: Taught
    forged: Taught

    @property
    def labels(self) -> Tensor:
        """(2P,) 0 real, 1 fake."""
        pairs = len(self.pixels) // 2
        return torch.cat((torch.zeros(pairs), torch.ones(pairs)))

    def pin_memory(self) -> Batch:
        """For a loader that feeds a GPU."""
        return Batch(self.pixels.pin_memory(), self.boundary.pin_memory(), self.forged.pin_memory())

    def to(self, device: torch.device) -> Batch:
        """The same on another device."""
        return Batch(
            self.pixels.to(device, non_blocking=True),
            self.boundary.to(device),
            self.forged.to(device),
        )


class Composer(Protocol):
    """Makes the pairs of one batch."""

    def pairs(self, rng: Rng, side: int) -> Iterator[Pair]:
        """Pairs of `side` pixels, as many as the run's mix says."""


class BatchByStep(Dataset[Batch]):
    """Item `n` is the batch of step `n`, whoever asks and whenever."""

    def __init__(self, composer: Composer, config: RunConfig) -> None:
        self._composer = composer
        self._config = config

    def __len__(self) -> int:
        return self._config.steps

    def __getitem__(self, step: int) -> Batch:
        rng = np.random.default_rng((self._config.seed, step))
        pairs = list(self._composer.pairs(rng, self._config.side_at(step)))
        return _stacked(pairs, self._config.input)


def _stacked(pairs: Sequence[Pair], kind: Input) -> Batch:
    cells = pairs[0].real.shape[0] // MAP_STRIDE
    pixels = np.stack([pair.real for pair in pairs] + [pair.fake for pair in pairs])
    return Batch(
        network_input(pixels, kind),
        _taught([pair.boundary for pair in pairs], cells),
        _taught([pair.forged for pair in pairs], cells),
    )


def _taught(maps: Sequence[Map | None], cells: int) -> Taught:
    """A real teaches "nothing here" only beside a fake that teaches where something is."""
    nowhere = np.zeros((cells, cells), np.float32)
    fakes = [nowhere if each is None else each for each in maps]
    return Taught(
        torch.from_numpy(np.stack([nowhere] * len(maps) + fakes)),
        torch.tensor([float(each is not None) for each in maps] * 2),
    )


class WeighedKinds(Generic[T]):
    """Draws a kind by the root of its size, then one of it: many small sources are all heard.

    Args:
        by_kind: What there is of each kind.
        what: Names it, for the error.
        wanted: How many a batch needs; none are needed for 0.
        weights: Factors for kinds that matter more than their size; 1 where not named.
    """

    def __init__(
        self,
        by_kind: dict[str, list[T]],
        what: str,
        wanted: int = 1,
        weights: dict[str, float] | None = None,
    ) -> None:
        self._kinds = [items for items in by_kind.values() if items]
        if wanted and not self._kinds:
            raise ManifestError(f"The training split has no {what}, and the mix asks for some.")
        shares = [
            len(items) ** 0.5 * (weights or {}).get(kind, 1.0)
            for kind, items in by_kind.items()
            if items
        ]
        self._chances = np.array(shares) / max(sum(shares), 1)

    def draw(self, rng: Rng) -> T:
        """One item."""
        items = self._kinds[rng.choice(len(self._kinds), p=self._chances)]
        return items[rng.integers(len(items))]


def grouped(items: Sequence[tuple[str, T]]) -> dict[str, list[T]]:
    """(kind, item) pairs, collected by kind."""
    by_kind: defaultdict[str, list[T]] = defaultdict(list)
    for kind, item in items:
        by_kind[kind].append(item)
    return dict(by_kind)
