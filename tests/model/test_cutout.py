"""Hiding a part of a pair: the same part of both, never most of what was forged."""

from __future__ import annotations

import numpy as np

from model.train.batches import Pair
from model.train.cutout import LEAST_LEFT, cut_out

from pictures import noise


def pair(**maps: np.ndarray) -> Pair:
    real = noise(160, 160)
    return Pair(real, np.roll(real, 1, 0), **maps)


def hidden(before: Pair, after: Pair) -> np.ndarray:
    return np.logical_and((before.real != after.real).any(2), (before.fake != after.fake).any(2))


def test_one_rectangle_is_hidden_in_both_and_taught_to_be_nothing() -> None:
    forged = np.ones((10, 10), np.float32)
    before = pair(forged=forged, boundary=forged / 2)

    after = cut_out(before, np.random.default_rng(0))

    where = hidden(before, after)
    rows, columns = np.flatnonzero(where.any(1)), np.flatnonzero(where.any(0))
    hole = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert (after.real[hole] == after.fake[hole]).all()
    assert len(np.unique(after.real[hole].reshape(-1, 3), axis=0)) == 1
    left = 1 - np.count_nonzero(where) / where.size
    np.testing.assert_allclose(after.forged.mean(), left, atol=0.01)
    np.testing.assert_allclose(after.boundary, after.forged / 2)


def test_enough_of_what_was_forged_is_always_left() -> None:
    forged = np.zeros((10, 10), np.float32)
    forged[4:6, 4:6] = 1
    before = pair(forged=forged)

    after = [cut_out(before, np.random.default_rng(seed)) for seed in range(60)]

    assert all(one.forged.sum() >= LEAST_LEFT * forged.sum() for one in after)
    assert {one is before for one in after} == {True, False}


def test_of_a_pair_of_which_nothing_is_known_most_is_left() -> None:
    before = pair()

    shares = [hidden(before, cut_out(before, np.random.default_rng(n))).mean() for n in range(60)]

    assert 0 < max(shares) <= 1 - LEAST_LEFT
    assert cut_out(before, np.random.default_rng(0)).forged is None
