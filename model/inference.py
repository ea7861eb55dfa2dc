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

import torch
from torch import Tensor, nn

from model import onednn
from model.network import HybridAttentionNet, NetworkOutput


def ready_to_serve(network: HybridAttentionNet, dtype: torch.dtype | None = None) -> nn.Module:
    """The network as an `InferenceNet`; as it is where this build of torch has no oneDNN.

    Args:
        dtype: None takes `onednn.best_dtype`.
    """
    if not onednn.available():
        return network
    return InferenceNet(network, dtype or onednn.best_dtype())


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
        onednn.fuse(net.backbone, dtype)
        net.attention.to(dtype)
        net.head.register_forward_pre_hook(lambda _, given: (given[0].float(),))
        self._network = net

    def forward(self, pixels: Tensor) -> NetworkOutput:
        """See `HybridAttentionNet.forward`."""
        out = self._network(pixels.to(self._dtype).flip(2, 3))
        return NetworkOutput(out.logit, out.attention_logit.float().flip(2, 3))
