"""Depthwise convolutions whose gradients are computed in fp32, so that bf16 pays on a CPU.

oneDNN's bf16 backward of depthwise convolutions takes several times as long as in fp32 and half of
a whole step; the casts there and back cost far less. Forward passes stay in bf16.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.backbone import Convolution
from model.onednn import best_dtype


def bf16_pays(device: torch.device) -> bool:
    """Whether training in bf16 is faster there: emulated, it takes ten times as long as fp32."""
    return device.type == "cuda" or best_dtype() is torch.bfloat16


def mend(network: nn.Module) -> None:
    """Give every depthwise convolution of a network gradients in fp32, in place.

    Parameters, their names and what the network computes stay as they are.
    """
    for module in network.modules():
        if isinstance(module, Convolution) and 1 < module.groups == module.in_channels:
            module.__class__ = DepthwiseConvolution


class DepthwiseConvolution(Convolution):
    """As its parent, with gradients in fp32."""

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        device = input.device.type
        if torch.is_autocast_enabled(device):
            dtype = torch.get_autocast_dtype(device)
            input, weight = input.to(dtype), weight.to(dtype)
            bias = None if bias is None else bias.to(dtype)
        padding = [int(side) for side in self.padding]
        convolved: Tensor = _Fp32Gradients.apply(input, weight, bias, list(self.stride), padding)
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
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
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
