"""Band keys must find every hash within the radius, and nearly nothing else."""

from __future__ import annotations

import random

import pytest
from store_verdicts import flipped

from api.store.bands import BANDS, band_keys, distance, near_keys
from api.store.records import PDQ_BITS, PDQ_RADIUS

CHANCE = random.Random(31)  # noqa: S311


def any_hash() -> str:
    return f"{CHANCE.getrandbits(PDQ_BITS):064x}"


def meet(one: str, other: str) -> bool:
    return not set(near_keys(one)).isdisjoint(band_keys(other))


def test_the_radius_leaves_some_band_with_one_flip_or_none() -> None:
    assert PDQ_RADIUS < 2 * BANDS


@pytest.mark.parametrize("bits", [0, 1, 16, 30, PDQ_RADIUS])
def test_any_flips_up_to_the_radius_are_met(bits: int) -> None:
    for _ in range(200):
        kept = any_hash()
        assert meet(flipped(kept, CHANCE.sample(range(PDQ_BITS), bits)), kept)


def test_flips_spread_as_evenly_as_they_can_be_are_met() -> None:
    for spared in range(BANDS):
        kept = any_hash()
        bits = [16 * band + 5 for band in range(BANDS)]
        bits += [16 * band + 9 for band in range(BANDS) if band != spared]
        assert len(bits) == PDQ_RADIUS
        assert meet(flipped(kept, bits), kept)


def test_two_flips_in_every_band_are_beyond_what_is_met() -> None:
    kept = any_hash()
    assert not meet(flipped(kept, range(0, PDQ_BITS, 8)), kept)


def test_random_hashes_are_rarely_met() -> None:
    kept = any_hash()
    assert sum(meet(kept, any_hash()) for _ in range(5000)) < 50


def test_keys_are_distinct_and_fit_in_three_bytes() -> None:
    keys = near_keys("f" * 64)
    assert len(set(keys)) == 272
    assert max(keys) < 2**20
    assert set(band_keys("f" * 64)) <= set(keys)


def test_distance_counts_bits() -> None:
    kept = any_hash()
    assert distance(kept, flipped(kept, [0, 100, 255])) == 3
    assert distance("0" * 64, "f" * 64) == PDQ_BITS


@pytest.mark.parametrize("text", ["", "f" * 63, "f" * 65, "F" * 64, "g" * 64, " " + "f" * 63])
def test_what_is_no_hash_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no PDQ hash"):
        band_keys(text)
