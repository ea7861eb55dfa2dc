"""Frequencies as a network is given them: where they stand, and what they do not depend on."""

from __future__ import annotations

import numpy as np
import torch

from model.preparation import CHANNELS, network_input
from model.spectrum import log_spectrum

from pictures import portrait


def square(side: int = 64) -> np.ndarray:
    return portrait()[100 : 100 + side, 150 : 150 + side]


def test_a_stripe_is_a_point_at_its_frequency() -> None:
    x = np.arange(64)
    wave = 0.5 + 0.3 * np.sin(2 * np.pi * x * 16 / 64)
    pixels = torch.from_numpy(np.tile(wave, (64, 1))).float().expand(1, 3, 64, 64)

    [[spectrum]] = log_spectrum(pixels)

    row, column = divmod(int(spectrum.argmax()), 64)
    assert row == 32
    assert column in (32 - 16, 32 + 16)


def test_brightness_is_no_frequency() -> None:
    dark, light = square() // 2, square() // 2 + 100

    first, second = (network_input(one[None], "frequency") for one in (dark, light))

    torch.testing.assert_close(first, second, atol=2e-2, rtol=0)


def test_up_sampling_shows_in_the_high_frequencies() -> None:
    """What generators leave, and the reason to look here at all."""
    small = square(128)[::2, ::2]
    grown = small.repeat(2, 0).repeat(2, 1)

    before, after = (network_input(one[None], "frequency")[0, 0] for one in (square(128), grown))

    edge = torch.cat((after[:4], after[-4:])) - torch.cat((before[:4], before[-4:]))
    assert edge.abs().mean() > 0.5


def test_a_picture_of_one_colour_has_a_finite_spectrum() -> None:
    flat = np.zeros((2, 32, 32, 3), np.uint8)

    given = network_input(flat, "frequency")

    assert given.shape == (2, CHANNELS["frequency"], 32, 32)
    assert torch.isfinite(given).all()


def test_pixels_stay_what_they_were() -> None:
    given = network_input(square()[None])

    assert given.shape == (1, 3, 64, 64)
    expected = (square()[0, 0] / 255 - 0.498) / 0.502
    np.testing.assert_allclose(given[0, :, 0, 0].numpy(), expected, atol=1e-5)
