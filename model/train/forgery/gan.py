"""A small GAN of faces: whole faces that show nobody.

DCGAN (Radford et al., ICLR 2016) with the hinge loss and spectral normalisation of SNGAN (Miyato et
al., ICLR 2018), augmented before the discriminator (Zhao et al., "Differentiable Augmentation",
NeurIPS 2020), and averaged weights. Its transposed convolutions leave the grid that detectors know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from model.faces import FaceFinder
from model.train.depthwise import bf16_pays
from model.train.forgery.aligned_faces import drawn, pixels_of
from model.train.forgery.fitting import Stateful
from model.train.forgery.forger import ForgeError, Forgery, Pixels, Rng
from model.train.manifest import Entry

LATENT, WIDTH, SIDE = 96, 32, 64
BATCH = 32
RATE, BETAS = 2e-4, (0.5, 0.99)
KEPT = 0.995
"""Of the average of the generator's weights, a step."""
TRIES, TRIED = 20, 100
"""Faces drawn, until the face finder takes one for a face, for a picture and at all."""
SHIFT = 0.125


def generator() -> nn.Sequential:
    """(B, LATENT, 1, 1) -> (B, 3, 64, 64) in -1..1."""
    layers: list[nn.Module] = [_up(LATENT, 8 * WIDTH, 4, 1, 0)]
    for wide in (8, 4, 2):
        layers.append(_up(wide * WIDTH, wide * WIDTH // 2, 4, 2, 1))
    return nn.Sequential(*layers, nn.ConvTranspose2d(WIDTH, 3, 4, 2, 1), nn.Tanh())


def _up(inside: int, outside: int, kernel: int, stride: int, padding: int) -> nn.Sequential:
    layer = nn.ConvTranspose2d(inside, outside, kernel, stride, padding, bias=False)
    nn.init.normal_(layer.weight, 0, 0.02)
    return nn.Sequential(layer, nn.BatchNorm2d(outside), nn.ReLU(inplace=True))


def discriminator() -> nn.Sequential:
    """(B, 3, 64, 64) -> (B,), higher is more real."""
    layers: list[nn.Module] = []
    inside = 3
    for wide in (1, 2, 4, 8):
        outside = wide * WIDTH
        layers += [spectral_norm(nn.Conv2d(inside, outside, 4, 2, 1)), nn.LeakyReLU(0.2)]
        inside = outside
    return nn.Sequential(*layers, spectral_norm(nn.Conv2d(inside, 1, 4)), nn.Flatten(0))


class GanFitting:
    """Generator and discriminator, in turns.

    Args:
        pictures: (N, 3, 64, 64) uint8.
    """

    def __init__(self, pictures: Tensor, seed: int) -> None:
        torch.manual_seed(seed)
        self._pictures = pictures
        self._generator = generator()
        self._discriminator = discriminator()
        follow: Any = get_ema_multi_avg_fn(KEPT)  # type: ignore[no-untyped-call]
        self.average = AveragedModel(self._generator, multi_avg_fn=follow, use_buffers=True)
        self._makes = torch.optim.Adam(self._generator.parameters(), RATE, BETAS)
        self._judges = torch.optim.Adam(self._discriminator.parameters(), RATE, BETAS)
        self._bf16 = bf16_pays(torch.device("cpu"))

    @property
    def parts(self) -> Mapping[str, Stateful]:
        """See `Fitting`."""
        return {
            "generator": self._generator,
            "discriminator": self._discriminator,
            "average": self.average,
            "makes": self._makes,
            "judges": self._judges,
        }

    def step(self) -> float:
        """See `Fitting`."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self._bf16):
            made = self._generator(torch.randn(BATCH, LATENT, 1, 1))
        fooled = self._judged(made.detach())
        judged = functional.relu(1 - self._judged(drawn(self._pictures, BATCH))).mean()
        judged = judged + functional.relu(1 + fooled).mean()
        _descend(self._judges, judged)
        self._discriminator.requires_grad_(False)
        loss = -self._judged(made).mean()
        _descend(self._makes, loss)
        self._discriminator.requires_grad_(True)
        self.average.update_parameters(self._generator)
        return float(loss.detach() + judged.detach())

    def _judged(self, faces: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=self._bf16):
            score: Tensor = self._discriminator(changed(faces.float()))
        return score.float()


def _descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    optimizer.step()


def changed(faces: Tensor) -> Tensor:
    """Brightness, contrast and place, differentiably."""
    count = len(faces)
    brightness = (torch.rand(count, 1, 1, 1) - 0.5) * 0.6
    contrast = torch.rand(count, 1, 1, 1) * 0.6 + 0.7
    mean = faces.mean((1, 2, 3), keepdim=True)
    faces = (faces - mean) * contrast + mean + brightness
    shift = (torch.rand(count, 2, 1) * 2 - 1) * 2 * SHIFT
    grid = functional.affine_grid(
        torch.cat((torch.eye(2).expand(count, 2, 2), shift), 2), list(faces.shape), False
    )
    return functional.grid_sample(faces, grid, padding_mode="zeros", align_corners=False)


class GanFaces:
    """Draws faces; each stands beside the real whose split and format it takes.

    Args:
        network: The fitted, averaged generator.
        shown: One entry for each licence that it learned from.

    Raises:
        ForgeError: If the face finder sees no face in anything that it draws.
    """

    def __init__(self, network: nn.Module, shown: tuple[Entry, ...]) -> None:
        self._network = network.eval()
        self._shown = shown
        self._finder = FaceFinder()
        if self._face(np.random.default_rng(0), TRIED) is None:
            raise ForgeError(
                f"None of {TRIED} pictures that this GAN draws is seen as a face: give it more "
                "--steps; some thousands are needed."
            )

    def starts_from(self, entry: Entry) -> bool:
        """See `Forger`."""
        return entry.label == "real" and entry.domain == "face"

    def forge(self, entry: Entry, rng: Rng) -> Forgery | None:
        """See `Forger`."""
        face = self._face(rng, TRIES)
        return None if face is None else Forgery(face, self._shown, alone=True)

    def _face(self, rng: Rng, tries: int) -> Pixels | None:
        noise = torch.from_numpy(rng.normal(size=(tries, LATENT, 1, 1)).astype(np.float32))
        with torch.inference_mode():
            drawn = pixels_of(self._network(noise))
        return next((face for face in drawn if self._finder.find(face, 1)), None)
