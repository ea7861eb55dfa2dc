"""Decoders that enlarge otherwise: the same picture, other artefacts."""

from __future__ import annotations

import pytest
import torch

from model.train.autoencoder import Autoencoder, Upsampling
from model.train.decoders import varied


@pytest.mark.parametrize("upsampling", ["nearest", "transposed", "shuffled"])
def test_undisturbed_they_draw_what_the_published_one_draws(upsampling: Upsampling) -> None:
    torch.manual_seed(0)
    published = Autoencoder().eval().requires_grad_(False)
    pixels = torch.rand(1, 3, 24, 40)

    other = varied(published, upsampling, 0, seed=1)

    assert torch.allclose(other(pixels), published(pixels), atol=1e-5)


@pytest.mark.parametrize("upsampling", ["transposed", "shuffled"])
def test_each_seed_has_artefacts_of_its_own(upsampling: Upsampling) -> None:
    torch.manual_seed(0)
    published = Autoencoder().eval().requires_grad_(False)
    pixels = torch.rand(1, 3, 24, 24)

    first, again, other = (varied(published, upsampling, 0.3, seed)(pixels) for seed in (1, 1, 2))

    assert torch.equal(first, again)
    assert not torch.allclose(first, other, atol=1e-4)
