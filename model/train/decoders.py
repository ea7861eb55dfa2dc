"""Decoders that enlarge otherwise than the published one, so that no single trace is learned.

Each starts from the published decoder and learns for minutes to draw what that one draws, from
the same latents: same pictures, other artefacts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from model.train.autoencoder import ENLARGING, Autoencoder, Upsampling
from model.train.depthwise import bf16_pays
from model.train.manifest import Entry, ManifestError

STEPS, BATCH, SIDE = 160, 8, 64
RATE = 1e-3
GRADIENT_LIMIT = 1.0
DISTURBED = 0.5
"""Noise on the kernels that enlarge, in their own deviation: without it they would draw, pixel for
pixel, what the published decoder draws."""
Track = Callable[[Iterable[int], str], Iterable[int]]


def place(upsampling: Upsampling, cache: Path) -> Path:
    """Where a decoder is kept, with the encoder that it belongs to."""
    return cache / "decoders" / f"{upsampling}.safetensors"


def obtained(
    upsampling: Upsampling,
    published: Path,
    cache: Path,
    pictures: Sequence[Entry],
    track: Track,
    steps: int = STEPS,
) -> Autoencoder:
    """The published autoencoder, or one with another decoder, which is taught if there is none yet.

    Args:
        published: Weights of the one with nearest-neighbour enlargement.
        pictures: To teach with, of the training split.

    Raises:
        ManifestError: If the published weights are missing.
    """
    path = published if upsampling == "nearest" else place(upsampling, cache)
    if path.is_file():
        return Autoencoder.load(path, upsampling)
    if not published.is_file():
        raise ManifestError(
            f"{published} is missing, and reconstructions need it: put it there, or say "
            "`reconstructed = 0` in the mix."
        )
    network = taught(upsampling, Autoencoder.load(published), pictures, track, steps)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    save_file(network.state_dict(), part)
    part.rename(path)
    return network


def taught(
    upsampling: Upsampling,
    teacher: Autoencoder,
    pictures: Sequence[Entry],
    track: Track,
    steps: int = STEPS,
) -> Autoencoder:
    """An autoencoder whose decoder imitates the teacher's; the same for the same arguments."""
    torch.manual_seed(0)
    student = _started(upsampling, teacher)
    decoder = student.decoder.requires_grad_(True)
    optimizer = torch.optim.AdamW(decoder.parameters(), RATE)
    rng = np.random.default_rng(0)
    for step in track(range(steps), f"teaching the {upsampling} decoder"):
        for group in optimizer.param_groups:
            group["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * step / steps))
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16_pays(torch.device("cpu"))):
            with torch.no_grad():
                latents = teacher.encoder(_crops(pictures, rng))
                wanted = teacher.decoder(latents)
            drawn = decoder(latents)
        loss = distance(drawn.float(), wanted.float())
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(decoder.parameters(), GRADIENT_LIMIT)
        optimizer.step()
    return student.eval().requires_grad_(False)


def distance(drawn: Tensor, wanted: Tensor) -> Tensor:
    """Mean difference of (B, 3, H, W) pixels and of their gradients, which hold the detail."""
    apart = functional.l1_loss(drawn, wanted)
    for axis in (2, 3):
        apart = apart + functional.l1_loss(drawn.diff(dim=axis), wanted.diff(dim=axis))
    return apart


def _started(upsampling: Upsampling, teacher: Autoencoder) -> Autoencoder:
    student = Autoencoder(upsampling)
    own, published = student.state_dict(), teacher.state_dict()
    for key, value in published.items():
        if key in own and own[key].shape == value.shape:
            own[key] = value
    for level in ENLARGING:
        kernels = published[f"decoder.{level + 1}.weight"]
        if upsampling == "transposed":
            own[f"decoder.{level + 1}.weight"] = _disturbed(transposed(kernels))
        elif upsampling == "shuffled":
            own[f"decoder.{level}.weight"] = _disturbed(shuffled(kernels))
    student.load_state_dict(own)
    return student.requires_grad_(False)


def transposed(kernels: Tensor) -> Tensor:
    """(O, I, 3, 3) after nearest-neighbour doubling -> (I, O, 4, 4) that do both at once."""
    taps = torch.tensor([[0.0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]])
    return torch.einsum("yk,oikl,xl->ioyx", taps, kernels, taps)


def shuffled(kernels: Tensor) -> Tensor:
    """(O, I, 3, 3) after nearest-neighbour doubling -> (4 O, I, 3, 3) before a pixel shuffle."""
    taps = torch.tensor([[[1.0, 0, 0], [0, 1, 1], [0, 0, 0]], [[0, 0, 0], [1, 1, 0], [0, 0, 1]]])
    return torch.einsum("ayk,oikl,bxl->oabiyx", taps, kernels, taps).flatten(0, 2)


def _disturbed(kernels: Tensor) -> Tensor:
    return kernels + DISTURBED * kernels.std() * torch.randn_like(kernels)


def _crops(pictures: Sequence[Entry], rng: np.random.Generator) -> Tensor:
    """(BATCH, 3, SIDE, SIDE) in 0..1; what is smaller is laid out again beside itself."""
    squares = []
    for number in rng.integers(len(pictures), size=BATCH):
        pixels = pictures[number].pixels()
        short = [max(0, SIDE - length) for length in pixels.shape[:2]]
        if any(short):
            pixels = np.pad(pixels, ((0, short[0]), (0, short[1]), (0, 0)), "wrap")
        top, left = (int(rng.integers(length - SIDE + 1)) for length in pixels.shape[:2])
        squares.append(pixels[top : top + SIDE, left : left + SIDE])
    batch = torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).float() / 255
    return batch.contiguous(memory_format=torch.channels_last)
