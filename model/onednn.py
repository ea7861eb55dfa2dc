"""Convolutions that apply their activation themselves, in the number type that suits the processor.

One call of oneDNN with weights laid out beforehand, instead of two passes over memory. The experts
(`model.inference`) and the face finder (`model.retinaface`) serve so.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

import torch
from torch import Tensor, nn

Attributes = tuple[str, list[float], str]
"""What oneDNN calls an activation: name, numbers, algorithm."""


def available() -> bool:
    """Whether this build of torch has oneDNN."""
    return bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]


def best_dtype() -> torch.dtype:
    """What this processor runs networks fastest in."""
    # Without the instructions bfloat16 is emulated and slower than float32.
    return torch.bfloat16 if torch.cpu._is_avx512_bf16_supported() else torch.float32


def fuse(module: nn.Module, dtype: torch.dtype) -> None:
    """Put a `FusedConvolution` for each convolution and the activation behind it, in place."""
    children = list(module.named_children())
    for index, (name, child) in enumerate(children):
        parts = list(child) if isinstance(child, nn.Sequential) else []
        ended = _attributes(parts[1]) if len(parts) == 2 else None
        if ended and isinstance(parts[0], nn.Conv2d):
            setattr(module, name, FusedConvolution(parts[0], dtype, ended))
        elif not isinstance(child, nn.Conv2d):
            fuse(child, dtype)
        else:
            followed = children[index + 1 : index + 2]
            activation = _attributes(followed[0][1]) if followed else None
            setattr(module, name, FusedConvolution(child, dtype, activation))
            if activation:
                setattr(module, followed[0][0], nn.Identity())


class FusedConvolution(nn.Module):
    """A convolution and, where it is given, the activation that follows.

    Args:
        layer: With a bias, which stays float32.
        dtype: Of features and weights.
    """

    def __init__(self, layer: nn.Conv2d, dtype: torch.dtype, activation: Attributes | None) -> None:
        super().__init__()
        padding = [(side - 1) // 2 for side in layer.kernel_size]
        self._shape = (padding, layer.stride, layer.dilation, layer.groups)
        self._activation: tuple[Any, ...] = activation or ("none", [], "")
        weight = rounded(layer.weight.detach(), dtype)
        self._weight = weight.contiguous(memory_format=torch.channels_last)
        self._is_laid_out = False
        self._laying_out = Lock()
        self._bias = layer.bias

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, H, W), channels last, to the same with the layer's channels."""
        if not self._is_laid_out:
            self._lay_out(features.shape)
        out: Tensor = torch.ops.mkldnn._convolution_pointwise(
            features, self._weight, self._bias, *self._shape, *self._activation
        )
        return out

    def _lay_out(self, shape: torch.Size) -> None:
        """As oneDNN wants the weights for features of about this size.

        Laid out for none, they are laid out anew in every call for few pictures: in float32 on AVX2
        one square then takes twice as long.
        """
        with self._laying_out:
            # Faces are found in several pictures at once, and one of them was first.
            if self._is_laid_out:
                return
            # What torch's own compiler calls, hence the underscore and the bound on its version.
            self._weight = torch.ops.mkldnn._reorder_convolution_weight(
                self._weight, *self._shape, list(shape)
            )
            self._is_laid_out = True


def rounded(weight: Tensor, dtype: torch.dtype) -> Tensor:
    """(O, I, K, K) in another type, so that the errors of each K x K kernel add up to nothing.

    Features behind a ReLU are positive and alike from pixel to pixel: rounded to the nearest, nine
    errors of one kernel would shift its whole map. On validation pictures that was most of what
    bfloat16 changes, 0.09 of log-odds on average.
    """
    kernels = weight.flatten(2)
    out = torch.empty_like(kernels, dtype=dtype)
    carried = torch.zeros_like(kernels[..., 0])
    for tap in range(kernels.shape[2]):
        wanted = kernels[..., tap] + carried
        out[..., tap] = wanted
        carried = wanted - out[..., tap].to(wanted.dtype)
    return out.view_as(weight)


def _attributes(layer: nn.Module) -> Attributes | None:
    if isinstance(layer, nn.ReLU6):
        return "hardtanh", [0.0, 6.0], ""
    if isinstance(layer, nn.LeakyReLU):
        return "leaky_relu", [layer.negative_slope], ""
    return None
