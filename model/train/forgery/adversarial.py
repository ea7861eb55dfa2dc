"""Adversarial pictures: changes too small to see that turn what a network says of them.

FGSM (Goodfellow et al., ICLR 2015) takes one step along the sign of the gradient, PGD (Madry et
al., ICLR 2018) many small ones from a random start. Both know the weights. The gradient goes
through the crop, the resizing and the normalisation, so that what comes out is a picture like any
other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from model.preparation import MEAN, SIDE, STD, Square
from model.train.forgery.forger import Forgery, Pixels, Rng
from model.train.manifest import Entry

STEPS = 10
STRIDE = 2.5
"""Steps of PGD add up to so many times epsilon."""
Method = Literal["fgsm", "pgd"]


@dataclass(frozen=True)
class Target:
    """What is attacked.

    Attributes:
        network: Takes (B, 3, side, side), in evaluation mode.
    """

    network: nn.Module
    side: int = SIDE


@dataclass(frozen=True)
class Attack:
    """What is done to a picture.

    Attributes:
        epsilon: No channel of any pixel moves by more, in levels of 255.
    """

    method: Method
    epsilon: int

    def against(
        self, target: Target, pixels: Pixels, squares: Sequence[Square], wanted: int, rng: Rng
    ) -> Pixels:
        """A picture of which the network says something else.

        Args:
            pixels: (H, W, 3) uint8.
            squares: What the network reads of it; their mean logit is moved.
            wanted: 1 to look fake, -1 to look real.
        """
        start = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float()
        if self.method == "fgsm":
            moved = start + self.epsilon * _uphill(target, start, squares, wanted)[0].sign()
            return _rounded(moved)
        noise = rng.uniform(-self.epsilon, self.epsilon, start.shape).astype(np.float32)
        moved = (start + torch.from_numpy(noise)).clamp(0, 255)
        best, highest = moved, -np.inf
        for _ in range(STEPS):
            gradient, reached = _uphill(target, moved, squares, wanted)
            if reached > highest:
                best, highest = moved, reached
            moved = moved + STRIDE * self.epsilon / STEPS * gradient.sign()
            moved = moved.clamp(start - self.epsilon, start + self.epsilon).clamp(0, 255)
        reached = _uphill(target, moved, squares, wanted)[1]
        # Of whole epsilon, rounding stays within it.
        return _rounded(moved if reached > highest else best)


def prepared(picture: Tensor, squares: Sequence[Square], side: int) -> Tensor:
    """(1, 3, H, W) in 0..255 -> (N, 3, side, side): `model.preparation`, differentiably.

    Without the rounding to whole levels between both directions of resizing.
    """
    views = []
    for square in squares:
        down, across = square.top + square.side, square.left + square.side
        view = picture[..., square.top : down, square.left : across]
        if square.side != side:
            view = functional.interpolate(
                view, (side, side), mode="bilinear", align_corners=False, antialias=True
            )
        views.append(view)
    return (torch.cat(views) / 255 - MEAN) / STD


def _uphill(
    target: Target, picture: Tensor, squares: Sequence[Square], wanted: int
) -> tuple[Tensor, float]:
    """The gradient of what is wanted, and how much of it there is."""
    picture = picture.detach().requires_grad_(True)
    batch = prepared(picture, squares, target.side)
    batch = batch.contiguous(memory_format=torch.channels_last)
    reached = wanted * target.network(batch).logit.mean()
    [gradient] = torch.autograd.grad(reached, picture)
    return gradient, float(reached.detach())


def _rounded(picture: Tensor) -> Pixels:
    levels = picture.detach().clamp(0, 255).round().to(torch.uint8)
    return levels[0].permute(1, 2, 0).contiguous().numpy()


class Evasion:
    """Makes fakes look real to the experts that serve.

    Args:
        targets: By the domain of pictures that they judge.
        squares: What an expert reads of a picture; none where it has nothing to look at.
    """

    def __init__(
        self,
        targets: dict[str, Target],
        squares: Callable[[Entry, Pixels], list[Square]],
        attack: Attack,
    ) -> None:
        self._targets = targets
        self._squares = squares
        self._attack = attack

    def starts_from(self, entry: Entry) -> bool:
        """See `Forger`."""
        return entry.is_fake and entry.domain in self._targets

    def forge(self, entry: Entry, rng: Rng) -> Forgery | None:
        """See `Forger`."""
        pixels = entry.pixels()
        squares = self._squares(entry, pixels)
        if not squares:
            return None
        target = self._targets[entry.domain]
        return Forgery(self._attack.against(target, pixels, squares, -1, rng), exact=True)
