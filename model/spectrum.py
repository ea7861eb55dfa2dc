"""Frequencies of a square instead of its pixels: what `input = "frequency"` gives a network.

Up-sampling leaves regular traces in the high frequencies of generated pictures, whatever they show
(Zhang et al., "Detecting and simulating artifacts in GAN fake images", WIFS 2019). Training and
serving both read this through `model.preparation`.
"""

from __future__ import annotations

import torch
from torch import Tensor

LUMINANCE = (0.299, 0.587, 0.114)
"""Of red, green and blue; ITU-R BT.601, as JPEG has it."""
FLOOR = 1e-4
"""Below a tenth of what rounding to 8 bits leaves at every frequency, in luminance of 0..1."""
MEAN, STD = -6.0, 1.1
"""Of what follows, about, over natural pictures."""


def log_spectrum(pixels: Tensor) -> Tensor:
    """(B, 3, S, S) in 0..1 -> (B, 1, S, S), the lowest frequency in the middle.

    Natural pictures fall off with the frequency (Field, 1987): the logarithm of the magnitude is
    raised by that of the frequency, so that all of it has one scale. A Hann window keeps the
    edges of the square from drawing a cross.
    """
    side = pixels.shape[-1]
    luminance = (pixels * pixels.new_tensor(LUMINANCE)[:, None, None]).sum(1)
    luminance = luminance - luminance.mean((1, 2), keepdim=True)
    window = torch.hann_window(side, device=pixels.device)
    magnitude = torch.fft.fft2(luminance * window * window[:, None]).abs() / side
    along = torch.fft.fftfreq(side, device=pixels.device)
    frequency = torch.hypot(along, along[:, None]).clamp(min=1 / side)
    levelled: Tensor = (magnitude + FLOOR).log() + frequency.log()
    centred: Tensor = torch.fft.fftshift(levelled, (1, 2))
    return (centred[:, None] - MEAN) / STD
