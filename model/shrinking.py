"""Pictures made smaller, quickly: what finding faces and perceptual hashing start from.

torch's filter for bytes uses the processor's vectors, Pillow's does not. Training, and what the
experts read, keep Pillow's (`model.preparation`).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import interpolate

Pixels = npt.NDArray[np.uint8]


def shrunk(pixels: Pixels, width: int, height: int) -> Pixels:
    """(H, W, 3) -> (height, width, 3), by an antialiased bilinear filter.

    Within one grey level of what Pillow's gives, in a fifth of its time.
    """
    # torch warns of arrays that may not be written, although nothing is written here.
    whole = torch.from_numpy(pixels if pixels.flags.writeable else pixels.copy())
    planes = whole.permute(2, 0, 1)[None]
    small = interpolate(planes, (height, width), mode="bilinear", antialias=True)
    return np.ascontiguousarray(small[0].permute(1, 2, 0).numpy())
