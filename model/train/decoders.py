"""Decoders that enlarge otherwise than the published one, so that no single trace is learned.

Doubling by nearest neighbour and the convolution after it are one transposed convolution, or one
convolution before a pixel shuffle. Written so, and their kernels disturbed, they draw the same
picture with other artefacts, which every picture may have of its own.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from model.train.autoencoder import ENLARGING, Autoencoder, Upsampling


def varied(
    published: Autoencoder, upsampling: Upsampling, strength: float, seed: int
) -> Autoencoder:
    """An autoencoder whose decoder enlarges by kernels of its own; the same for the same arguments.

    Args:
        published: One that enlarges by nearest neighbour.
        strength: Of the noise on those kernels, in their own deviation.
        seed: Of that noise.
    """
    own = published.state_dict()
    drawn = torch.Generator().manual_seed(seed)
    for level in ENLARGING:
        folded = FOLDED[upsampling](own.pop(f"decoder.{level + 1}.weight"))
        noise = strength * folded.std() * torch.randn(folded.shape, generator=drawn)
        own[f"decoder.{level + 1}.weight"] = folded + noise
    network = Autoencoder(upsampling)
    network.load_state_dict(own)
    return network.eval().requires_grad_(False)


def transposed(kernels: Tensor) -> Tensor:
    """(O, I, 3, 3) after nearest-neighbour doubling -> (I, O, 4, 4) that do both at once."""
    taps = torch.tensor([[0.0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]])
    return torch.einsum("yk,oikl,xl->ioyx", taps, kernels, taps)


def shuffled(kernels: Tensor) -> Tensor:
    """(O, I, 3, 3) after nearest-neighbour doubling -> (4 O, I, 3, 3) before a pixel shuffle."""
    taps = torch.tensor([[[1.0, 0, 0], [0, 1, 1], [0, 0, 0]], [[0, 0, 0], [1, 1, 0], [0, 0, 1]]])
    return torch.einsum("ayk,oikl,bxl->oabiyx", taps, kernels, taps).flatten(0, 2)


FOLDED: dict[Upsampling, Callable[[Tensor], Tensor]] = {
    "nearest": lambda kernels: kernels,
    "transposed": transposed,
    "shuffled": shuffled,
}
