"""Training in bf16 on a CPU: the same network, with the gradients of fp32."""

from __future__ import annotations

import copy

import pytest
import torch

from model.network import HybridAttentionNet
from model.train.depthwise import mend


def gradients(network: HybridAttentionNet, half: bool) -> dict[str, torch.Tensor]:
    pixels = torch.randn(4, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        output = network(pixels.contiguous(memory_format=torch.channels_last))
    torch.autograd.backward(output.logit.float().sum() + output.attention_logit.float().sum())
    return {
        name: value.grad for name, value in network.named_parameters() if value.grad is not None
    }


def trained() -> HybridAttentionNet:
    torch.manual_seed(1)
    network = HybridAttentionNet(dropout=0.0)
    torch.nn.init.normal_(network.head.weight, std=0.05)
    return network.to(memory_format=torch.channels_last)


def test_mending_changes_neither_names_nor_function_nor_gradients_in_fp32() -> None:
    plain = trained()
    mended = copy.deepcopy(plain)
    mend(mended)

    assert list(mended.state_dict()) == list(plain.state_dict())
    expected, seen = gradients(plain, half=False), gradients(mended, half=False)

    assert seen.keys() == expected.keys()
    for name, gradient in expected.items():
        torch.testing.assert_close(seen[name], gradient, rtol=1e-3, atol=1e-5, msg=name)


@pytest.mark.parametrize("copied", [False, True])
def test_gradients_in_bf16_point_where_those_of_fp32_do(copied: bool) -> None:
    plain = trained()
    mended = copy.deepcopy(plain)
    mend(mended)
    if copied:
        mended = copy.deepcopy(mended)

    expected, seen = gradients(plain, half=False), gradients(mended, half=True)

    flat = [torch.cat([each[name].flatten() for name in expected]) for each in (expected, seen)]
    assert torch.cosine_similarity(*flat, dim=0) > 0.97
