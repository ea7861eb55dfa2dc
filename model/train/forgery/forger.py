"""What every way of forging has in common: a picture in, a fake of it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from model.train.manifest import Entry

Pixels = npt.NDArray[np.uint8]
Rng = np.random.Generator


class ForgeError(ValueError):
    """An order that cannot be carried out; the message names what is wrong and the way out."""


@dataclass(frozen=True)
class Forgery:
    """One fake.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        donors: Other pictures that went into it, by themselves or through a network.
        alone: It shows nobody of its source, and so belongs to no group but its own.
        exact: Another save would undo it.
    """

    pixels: Pixels
    donors: tuple[Entry, ...] = ()
    alone: bool = False
    exact: bool = False


class Forger(Protocol):
    """Makes fakes of one kind; the same entry and generator state give the same fake."""

    def starts_from(self, entry: Entry) -> bool:
        """Whether a fake can be made of such a picture."""

    def forge(self, entry: Entry, rng: Rng) -> Forgery | None:
        """A fake of a picture; None where nothing comes of it."""
