"""The network that serves computes what the trained one does, in the type that suits the CPU."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from api.settings import Settings
from model import preparation, weights
from model.detector import whole_views
from model.inference import InferenceNet
from model.network import HybridAttentionNet
from model.onednn import best_dtype, rounded

from pictures import cup, noise, portrait
from processor import needs_bfloat16

SHIPPED = Settings().weights_dir


@pytest.fixture(scope="module", params=["face", "whole"])
def network(request: pytest.FixtureRequest) -> HybridAttentionNet:
    name = weights.Registry.read(SHIPPED).experts[request.param]
    return weights.read(SHIPPED / f"{name}.safetensors", request.param)[0]


@pytest.fixture(scope="module")
def squares() -> Tensor:
    pictures = (portrait(), cup(), noise(300, 300))
    views = [view for picture in pictures for view in whole_views(picture)]
    return preparation.network_input(np.stack(views))


def test_in_float32_it_computes_what_was_trained(
    network: HybridAttentionNet, squares: Tensor
) -> None:
    with torch.inference_mode():
        trained, serving = network(squares), InferenceNet(network, torch.float32)(squares)

    torch.testing.assert_close(serving.logit, trained.logit, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(
        serving.attention_logit, trained.attention_logit, atol=1e-3, rtol=1e-3
    )


@needs_bfloat16
def test_in_bfloat16_probabilities_hardly_move(
    network: HybridAttentionNet, squares: Tensor
) -> None:
    with torch.inference_mode():
        trained, serving = network(squares), InferenceNet(network, torch.bfloat16)(squares)

    assert serving.logit.dtype == torch.float32
    moved = (torch.sigmoid(serving.logit) - torch.sigmoid(trained.logit)).abs()
    assert moved.max() < 0.05
    likeness = torch.corrcoef(
        torch.stack((serving.attention_logit.flatten(), trained.attention_logit.flatten()))
    )
    assert likeness[0, 1] > 0.999


def test_the_network_that_was_trained_is_left_as_it_was(network: HybridAttentionNet) -> None:
    before = {name: value.clone() for name, value in network.state_dict().items()}
    InferenceNet(network, best_dtype())

    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_rounding_errors_of_a_kernel_add_up_to_nothing() -> None:
    kernels = torch.rand(64, 1, 3, 3, generator=torch.Generator().manual_seed(1))

    def shift(of: Tensor) -> float:
        return float((of.float() - kernels).sum((2, 3)).abs().mean())

    assert shift(rounded(kernels, torch.bfloat16)) < shift(kernels.bfloat16()) / 2
    assert torch.equal(rounded(kernels, torch.float32), kernels)


def test_the_type_is_one_that_the_processor_has_instructions_for() -> None:
    flags = torch.cpu.get_capabilities()
    assert (best_dtype() is torch.bfloat16) == bool(flags.get("avx512_bf16"))
