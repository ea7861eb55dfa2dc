"""Decoders that enlarge otherwise: what they share with the published one, and what they learn."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional

from model.train import decoders
from model.train.autoencoder import Autoencoder, Upsampling
from model.train.manifest import Entry, ManifestError

from pictures import encoded, noise


def silent(steps: Iterable[int], _: str) -> Iterable[int]:
    return steps


def picture(folder: Path) -> Entry:
    path = folder / "a.png"
    path.write_bytes(encoded(noise(50, 90)))
    return Entry(path, "general", "train", "real", "k", "g", "unstated")


@pytest.mark.parametrize("upsampling", ["bilinear", "transposed", "shuffled"])
def test_a_decoder_comes_closer_to_the_published_one(
    tmp_path: Path, upsampling: Upsampling
) -> None:
    torch.manual_seed(0)
    published = Autoencoder().eval().requires_grad_(False)
    pixels = torch.rand(1, 3, 64, 64)
    wanted = published(pixels)

    first, later = (
        decoders.taught(upsampling, published, [picture(tmp_path)], silent, steps)
        for steps in (1, 8)
    )

    assert decoders.distance(later(pixels), wanted) < decoders.distance(first(pixels), wanted)


def test_doubling_and_convolving_in_one_draws_the_same() -> None:
    torch.manual_seed(0)
    kernels, x = torch.randn(3, 2, 3, 3), torch.randn(1, 2, 5, 7)
    wanted = functional.conv2d(functional.interpolate(x, scale_factor=2), kernels, padding=1)

    one = functional.conv_transpose2d(x, decoders.transposed(kernels), stride=2, padding=1)
    other = functional.pixel_shuffle(functional.conv2d(x, decoders.shuffled(kernels), padding=1), 2)

    assert torch.allclose(one, wanted, atol=1e-5)
    assert torch.allclose(other, wanted, atol=1e-5)


def test_a_decoder_is_taught_once(tmp_path: Path) -> None:
    published = tmp_path / "published.safetensors"
    save_file(Autoencoder().state_dict(), published)
    pictures = [picture(tmp_path)]

    first = decoders.obtained("shuffled", published, tmp_path, pictures, silent, steps=1)
    published.unlink()
    again = decoders.obtained("shuffled", published, tmp_path, pictures, silent, steps=1)

    pixels = torch.rand(1, 3, 16, 16)
    assert torch.equal(first(pixels), again(pixels))


def test_nothing_is_taught_without_the_published_one(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"published\.safetensors is missing"):
        decoders.obtained("bilinear", tmp_path / "published.safetensors", tmp_path, [], silent)
