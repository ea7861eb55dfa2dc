"""HybridAttentionNet as it serves: the same function, in fewer passes over memory.

`model.detector` makes one of each network it loads. Three things differ from the network that was
trained, none of them its weights:

- Each convolution clips its own output, in one call of oneDNN, with weights laid out beforehand.
- Picture and kernels are turned upside down. The backbone pads strided convolutions at the right
  and bottom only, which costs a copy of its largest maps; upside down that is the left and top,
  which is what symmetric padding comes to on even sides.
- Numbers are bfloat16 where the processor multiplies them, float32 elsewhere. The head and what
  comes out are float32 everywhere.

On a busy machine, beside the 8.5 ms of a core that a square takes here: `torch.compile` takes as
long, after 25 core seconds of compiling and with a C++ compiler; onnxruntime, in float32, 13.7 ms.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

from model.network import HybridAttentionNet, NetworkOutput


def best_dtype() -> torch.dtype:
    """What this processor runs networks fastest in."""
    # Without the instructions bfloat16 is emulated and slower than float32.
    return torch.bfloat16 if torch.cpu._is_avx512_bf16_supported() else torch.float32


def ready_to_serve(network: HybridAttentionNet, dtype: torch.dtype | None = None) -> nn.Module:
    """The network as an `InferenceNet`; as it is where this build of torch has no oneDNN.

    Args:
        dtype: None takes `best_dtype`.
    """
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return network
    return InferenceNet(network, dtype or best_dtype())


class InferenceNet(nn.Module):
    """A trained network, ready to serve on a CPU.

    Args:
        network: Left as it is.
        dtype: Of weights and features.
    """

    def __init__(self, network: HybridAttentionNet, dtype: torch.dtype) -> None:
        super().__init__()
        self._dtype = dtype
        net = (
            copy.deepcopy(network)
            .eval()
            .requires_grad_(False)
            .to(memory_format=torch.channels_last)
        )
        for layer in net.modules():
            if isinstance(layer, nn.Conv2d):
                layer.weight.data = layer.weight.flip(2, 3)
        _clip_in_place(net.backbone, dtype)
        net.attention.to(dtype)
        net.head.register_forward_pre_hook(lambda _, given: (given[0].float(),))
        self._network = net

    def forward(self, pixels: Tensor) -> NetworkOutput:
        """See `HybridAttentionNet.forward`."""
        out = self._network(pixels.to(self._dtype).flip(2, 3))
        return NetworkOutput(out.logit, out.attention_logit.float().flip(2, 3))


class ClippedConvolution(nn.Module):
    """Convolution and, where it follows, ReLU6.

    Args:
        layer: With its kernel upside down, and a bias, which stays float32.
        dtype: Of features and weights.
    """

    def __init__(self, layer: nn.Conv2d, dtype: torch.dtype, *, clipped: bool) -> None:
        super().__init__()
        padding = [(side - 1) // 2 for side in layer.kernel_size]
        self._shape = (padding, layer.stride, layer.dilation, layer.groups)
        self._clip: tuple[Any, ...] = ("hardtanh", [0.0, 6.0], "") if clipped else ("none", [], "")
        weight = rounded(layer.weight, dtype).contiguous(memory_format=torch.channels_last)
        # What torch's own compiler calls, hence the underscore and the bound on its version.
        self._weight = torch.ops.mkldnn._reorder_convolution_weight(weight, *self._shape)
        self._bias = layer.bias

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, H, W), channels last, to the same with the layer's channels."""
        out: Tensor = torch.ops.mkldnn._convolution_pointwise(
            features, self._weight, self._bias, *self._shape, *self._clip
        )
        return out


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


def _clip_in_place(module: nn.Module, dtype: torch.dtype) -> None:
    """Put a `ClippedConvolution` for each convolution and the activation behind it."""
    children = list(module.named_children())
    for index, (name, child) in enumerate(children):
        if not isinstance(child, nn.Conv2d):
            _clip_in_place(child, dtype)
            continue
        followed = children[index + 1 : index + 2]
        clipped = bool(followed) and isinstance(followed[0][1], nn.ReLU6)
        setattr(module, name, ClippedConvolution(child, dtype, clipped=clipped))
        if clipped:
            setattr(module, followed[0][0], nn.Identity())
