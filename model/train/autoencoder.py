"""A tiny latent autoencoder: a real picture through it is the fake nearest to that picture.

The layout is that of TAEF2 (madebyollin/taesd, MIT), a small copy of FLUX.2's autoencoder. Used
to make aligned fakes for training, never when serving; the weights come with the training data.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from model.train.depthwise import bf16_pays

WIDTH, LATENT = 64, 32
ENLARGING = (6, 11, 16)
"""Where the decoder doubles its resolution: two layers each."""
SIDE_MULTIPLE = 8
Pixels = npt.NDArray[np.uint8]
Upsampling = Literal["nearest", "transposed", "shuffled"]
"""How a decoder doubles its resolution; each leaves a trace of its own. Published: nearest."""


class Block(nn.Module):
    """Three convolutions around a shortcut; some mix channels widely first."""

    def __init__(self, *, pooled: bool = False) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            _conv(WIDTH, WIDTH), nn.ReLU(), _conv(WIDTH, WIDTH), nn.ReLU(), _conv(WIDTH, WIDTH)
        )
        self.pool = (
            nn.Sequential(
                nn.Conv2d(WIDTH, 4 * WIDTH, 1, bias=False),
                nn.GroupNorm(4, 4 * WIDTH),
                nn.ReLU(),
                nn.Conv2d(4 * WIDTH, WIDTH, 1, bias=False),
            )
            if pooled
            else None
        )

    def forward(self, x: Tensor) -> Tensor:
        if self.pool is not None:
            x = x + self.pool(x)
        return torch.relu(x + self.conv(x))


class Squash(nn.Module):
    """Keep latents within -3..3."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(x / 3) * 3


class Shuffled(nn.Conv2d):
    """A convolution to four times the width, folded into twice the resolution."""

    def __init__(self) -> None:
        super().__init__(WIDTH, 4 * WIDTH, 3, padding=1, bias=False)

    def forward(self, input: Tensor) -> Tensor:
        return functional.pixel_shuffle(super().forward(input), 2)


class Autoencoder(nn.Module):
    """(B, 3, H, W) in 0..1 -> the same shape; H and W multiples of 8."""

    def __init__(self, upsampling: Upsampling = "nearest") -> None:
        super().__init__()
        down: list[nn.Module] = [_conv(3, WIDTH), Block()]
        up: list[nn.Module] = [Squash(), _conv(LATENT, WIDTH), nn.ReLU()]
        for level in range(3):
            down += [_conv(WIDTH, WIDTH, stride=2, bias=False)]
            down += [Block(pooled=level == 2) for _ in range(3)]
            up += [Block(pooled=level == 0) for _ in range(3)]
            up += _doubled(upsampling)
        self.encoder = nn.Sequential(*down, _conv(WIDTH, LATENT))
        self.decoder = nn.Sequential(*up, Block(), _conv(WIDTH, 3))

    @classmethod
    def load(cls, path: Path) -> Autoencoder:
        """From safetensors of any float type."""
        network = cls()
        network.load_state_dict({k: v.float() for k, v in load_file(path).items()})
        return network.eval().requires_grad_(False)

    def forward(self, pixels: Tensor) -> Tensor:
        """Encode and decode."""
        decoded: Tensor = self.decoder(self.encoder(pixels))
        return decoded.clamp(0, 1)

    def reconstruct(self, pixels: Pixels, noise: float = 0, seed: int = 0) -> Pixels:
        """(H, W, 3) uint8 -> the same, cut at right and bottom to multiples of 8.

        Args:
            noise: Added to the latents, in their own standard deviation: a generator's latents are
                none that an encoder gave.
            seed: Of the noise.
        """
        height, width = (side // SIDE_MULTIPLE * SIDE_MULTIPLE for side in pixels.shape[:2])
        cut = torch.from_numpy(np.array(pixels[:height, :width]))
        batch = (cut.permute(2, 0, 1)[None].float() / 255).contiguous(
            memory_format=torch.channels_last
        )
        bf16 = bf16_pays(torch.device("cpu"))
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            latents = self.encoder(batch)
            if noise:
                drawn = torch.Generator().manual_seed(seed)
                strength = noise * latents.std()
                latents = latents + strength * torch.randn(latents.shape, generator=drawn)
            features = self.decoder[:-1](latents)
        with torch.inference_mode():
            # In fp32: eight bits of mantissa are coarser than a picture's own levels.
            decoded = self.decoder[-1](features.float()).clamp(0, 1)[0].permute(1, 2, 0)
        return np.asarray((decoded * 255).round().to(torch.uint8).numpy())


def _doubled(upsampling: Upsampling) -> list[nn.Module]:
    """Two layers, the second with the weights, so that keys are the same in every decoder."""
    match upsampling:
        case "nearest":
            return [nn.Upsample(scale_factor=2), _conv(WIDTH, WIDTH, bias=False)]
        case "transposed":
            return [nn.Identity(), nn.ConvTranspose2d(WIDTH, WIDTH, 4, 2, 1, bias=False)]
        case "shuffled":
            return [nn.Identity(), Shuffled()]


def _conv(inputs: int, outputs: int, *, stride: int = 1, bias: bool = True) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=bias)
