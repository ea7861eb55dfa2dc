"""Depthwise convolutions whose gradients are computed in fp32, so that bf16 pays on a CPU.

oneDNN's bf16 backward of depthwise convolutions takes several times as long as in fp32 and half of
a whole step; the casts there and back cost far less. Forward passes stay in bf16.
"""

from __future__ import annotations

from typing import Any

import torch
from timm.layers import pad_same
from timm.layers.conv2d_same import Conv2dSame
from torch import Tensor, nn
from torch.nn import functional


def bf16_pays(device: torch.device) -> bool:
    """Whether training in bf16 is faster there: emulated, it takes ten times as long as fp32."""
    return device.type == "cuda" or torch.cpu._is_avx512_bf16_supported()


def mend(network: nn.Module) -> None:
    """Give every depthwise convolution of a network gradients in fp32, in place.

    Parameters, their names and what the network computes stay as they are.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and 1 < module.groups == module.in_channels:
            same = isinstance(module, Conv2dSame)
            module.__class__ = DepthwiseConv2dSame if same else DepthwiseConv2d


class DepthwiseConv2d(nn.Conv2d):
    """As its parent, with the gradients of `_Fp32Gradients`."""

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H', W')."""
        return _convolved(self, features, [int(side) for side in self.padding])


class DepthwiseConv2dSame(Conv2dSame):  # type: ignore[misc]
    """The same for TensorFlow's padding, which depends on the size of the input."""

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H', W')."""
        padded = pad_same(features, self.kernel_size, self.stride, self.dilation)
        return _convolved(self, padded, [0, 0])


def _convolved(module: nn.Conv2d, features: Tensor, padding: list[int]) -> Tensor:
    weight, bias = module.weight, module.bias
    if torch.is_autocast_enabled(features.device.type):
        dtype = torch.get_autocast_dtype(features.device.type)
        features, weight = features.to(dtype), weight.to(dtype)
        bias = None if bias is None else bias.to(dtype)
    convolved: Tensor = _Fp32Gradients.apply(features, weight, bias, list(module.stride), padding)
    return convolved


class _Fp32Gradients(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        features: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        stride: list[int],
        padding: list[int],
    ) -> Tensor:
        ctx.save_for_backward(features, weight)
        ctx.stride, ctx.padding, ctx.biased = stride, padding, bias is not None
        return functional.conv2d(features, weight, bias, stride, padding, groups=len(weight))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        features, weight = ctx.saved_tensors
        of_features, of_weight, of_bias = torch.ops.aten.convolution_backward(
            gradient.float().contiguous(memory_format=torch.channels_last),
            features.float(),
            weight.float(),
            [len(weight)] if ctx.biased else None,
            ctx.stride,
            ctx.padding,
            [1, 1],
            False,
            [0, 0],
            len(weight),
            [*ctx.needs_input_grad[:2], ctx.biased and ctx.needs_input_grad[2]],
        )
        parts = (of_features, of_weight, of_bias)
        return (*(None if part is None else part.to(weight.dtype) for part in parts), None, None)
