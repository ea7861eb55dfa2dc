"""Up-sampling round trips: a picture halved and brought back as a generator's layers would do it.

Every generator enlarges small maps, and what its up-samplers leave repeats with their stride (Odena
et al., "Deconvolution and Checkerboard Artifacts", Distill 2016; Zhang et al., "Detecting and
Simulating Artifacts in GAN Fake Images", WIFS 2019). Kernels here are those of interpolation, with
errors as training leaves them: unequal from phase to phase. Plain resizing has no such errors,
happens to every photograph, and is no forgery.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.train.forgery.forger import Forgery, Pixels, Rng
from model.train.manifest import Entry

SMALLEST = 48
"""Shorter side in pixels below which nothing is left after halving."""
NEAR, FAR = 0.75, 0.25
ERROR = (0.01, 0.04)
"""Deviation of a kernel's taps from interpolation."""
DETAIL = (0.5, 1.0)
"""Share of the detail lost in halving that is put back: generators draw detail of their own."""
DOMAINS = frozenset({"face", "general"})

Kernels = npt.NDArray[np.float32]


class UpsamplingTrip:
    """Makes fakes of real pictures of faces and of anything else."""

    def starts_from(self, entry: Entry) -> bool:
        """See `Forger`."""
        return entry.label == "real" and entry.domain in DOMAINS

    def forge(self, entry: Entry, rng: Rng) -> Forgery | None:
        """See `Forger`."""
        pixels = entry.pixels()
        if min(pixels.shape[:2]) < SMALLEST:
            return None
        return Forgery(round_trip(pixels, rng))


def round_trip(pixels: Pixels, rng: Rng) -> Pixels:
    """(H, W, 3) -> the same size; an odd last line or column stays as it was."""
    height, width = (side // 2 * 2 for side in pixels.shape[:2])
    even = Image.fromarray(pixels[:height, :width])
    half = even.resize((width // 2, height // 2), Image.Resampling.BOX)
    small = np.asarray(half).astype(np.float32)
    smooth = enlarged(small, bilinear())
    detail = np.asarray(even) - smooth
    drawn = enlarged(small, KERNELS[rng.integers(len(KERNELS))](rng))
    whole = pixels.copy()
    levels = np.clip(drawn + rng.uniform(*DETAIL) * detail, 0, 255)
    whole[:height, :width] = np.rint(levels).astype(np.uint8)
    return whole


def enlarged(small: npt.NDArray[np.float32], kernels: Kernels) -> npt.NDArray[np.float32]:
    """(H, W, 3) -> (2H, 2W, 3).

    Args:
        kernels: (2, 2, 3, 3) one for each phase, down and across.
    """
    height, width, channels = small.shape
    padded = np.pad(small, ((1, 1), (1, 1), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (0, 1))
    phases = np.einsum("yxcuv,pquv->ypxqc", windows, kernels, optimize=True)
    whole: npt.NDArray[np.float32] = phases.reshape(2 * height, 2 * width, channels)
    return whole


def bilinear() -> Kernels:
    """The phases of bilinear interpolation by two."""
    line = np.array(((FAR, NEAR, 0), (0, NEAR, FAR)))
    kernels: Kernels = np.einsum("pu,qv->pquv", line, line).astype(np.float32)
    return kernels


def sub_pixel(rng: Rng) -> Kernels:
    """Of a sub-pixel convolution: each phase with errors of its own."""
    kernels = bilinear()
    return kernels + rng.normal(0, rng.uniform(*ERROR), kernels.shape).astype(np.float32)


def transposed(rng: Rng) -> Kernels:
    """Of a transposed convolution of 4 x 4: the same taps, of which each phase meets others."""
    line = bilinear()
    errors = rng.normal(1, 4 * rng.uniform(*ERROR), line.shape)
    return (line * errors).astype(np.float32)


def nearest(rng: Rng) -> Kernels:
    """Of nearest neighbours and a convolution of 3 x 3 behind them."""
    shape = np.array((0.25, 0.5, 0.25))
    taps = np.outer(shape, shape) + rng.normal(0, rng.uniform(*ERROR), (3, 3))
    taps /= taps.sum()
    # Behind doubling, the three taps fall on two pixels: which two depends on the phase.
    folds = np.array((((1, 0, 0), (0, 1, 1), (0, 0, 0)), ((0, 0, 0), (1, 1, 0), (0, 0, 1))))
    kernels: Kernels = np.einsum("put,qvs,ts->pquv", folds, folds, taps).astype(np.float32)
    return kernels


KERNELS = (sub_pixel, transposed, nearest)
