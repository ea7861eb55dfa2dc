"""The index of hashes finds all that a comparison with each of them finds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pytest

from api import hamming
from api.hamming import BANDS, Codes, HammingIndex
from api.store.records import PDQ_BITS, PDQ_RADIUS

RANDOM = np.random.default_rng(7)


def random_codes(count: int) -> Codes:
    return RANDOM.integers(0, 2**64, (count, 4), dtype=np.uint64)


def flipped(code: Codes, bits: npt.ArrayLike) -> Codes:
    """A code that differs in these bits, counted from the lowest of the first word."""
    other = code.copy()
    for bit in np.asarray(bits, int):
        other[bit // 64] ^= np.uint64(1) << np.uint64(bit % 64)
    return other


def somewhere(count: int) -> npt.NDArray[np.int64]:
    return RANDOM.choice(PDQ_BITS, count, replace=False)


def sorted_index(codes: Codes) -> HammingIndex:
    index = HammingIndex()
    index.add(codes)
    index.sort()
    return index


def one_by_one(codes: Codes, code: Codes) -> dict[int, int]:
    """Position and distance of all within the radius."""
    bits = np.unpackbits((codes ^ code).view(np.uint8), axis=1).sum(axis=1, dtype=int)
    return {int(position): int(bits[position]) for position in (bits <= PDQ_RADIUS).nonzero()[0]}


def found(index: HammingIndex, code: Codes) -> dict[int, int]:
    positions, distances = index.search(code)
    assert len(set(positions.tolist())) == len(positions)
    return dict(zip(positions.tolist(), distances.tolist(), strict=True))


@pytest.mark.parametrize("unsorted", [0, 500, 6000])
def test_all_within_the_radius_are_found_with_their_distances(unsorted: int) -> None:
    centres = random_codes(60)
    alike = [flipped(centre, somewhere(bits)) for centre in centres for bits in range(45)]
    codes = RANDOM.permutation(np.concatenate([random_codes(3300), np.array(alike)]))
    index = HammingIndex()
    index.add(codes[: len(codes) - unsorted])
    index.sort()
    index.add(codes[len(codes) - unsorted :])
    assert index.unsorted == unsorted
    for centre in centres:
        for bits in (0, 1, 17, 30, 31, 32):
            code = flipped(centre, somewhere(bits))
            assert found(index, code) == one_by_one(codes, code)


@pytest.mark.parametrize("count", [100, 40_000])
def test_no_spread_of_31_bits_over_the_bands_hides_a_hash(count: int) -> None:
    codes = random_codes(count)
    index = sorted_index(codes)
    width = index._bands._width  # type: ignore[union-attr]
    for spared in range(BANDS):
        # Three bits in every band but two, which have two: one more would hide the hash.
        bits: list[int] = []
        for band in range(BANDS):
            left = 2 if band in (spared, (spared + 5) % BANDS) else 3
            bits += [band * width + bit for bit in RANDOM.choice(width, left, replace=False)]
        assert len(bits) == PDQ_RADIUS
        assert found(index, flipped(codes[5], bits)) == {5: PDQ_RADIUS}


@pytest.mark.parametrize("width", [14, 20, 23])
def test_a_band_is_the_bits_at_its_place(width: int) -> None:
    codes = random_codes(20)
    for row, code in enumerate(codes):
        bits = sum(int(word) << 64 * place for place, word in enumerate(code))
        for band in range(BANDS):
            expected = bits >> band * width & (1 << width) - 1
            assert hamming._band(codes, band, width)[row] == expected


def test_the_nearest_come_first_and_the_latest_among_equals() -> None:
    code = random_codes(1)[0]
    far, near = flipped(code, range(9)), flipped(code, [200])
    index = sorted_index(np.array([far, near, code, near]))
    index.add(np.array([near, code]))
    positions, distances = index.search(code)
    assert positions.tolist() == [5, 2, 4, 3, 1, 0]
    assert distances.tolist() == [0, 0, 1, 1, 1, 9]


def test_the_opposite_of_a_hash_is_not_near_it() -> None:
    codes = random_codes(3)
    index = sorted_index(codes)
    index.add(codes)
    assert found(index, ~codes[0]) == {}


def test_an_empty_index_finds_nothing() -> None:
    index = HammingIndex()
    index.sort()
    assert found(index, random_codes(1)[0]) == {}


def test_what_was_added_is_found_while_others_are_added_and_sorted() -> None:
    index = HammingIndex()
    known = random_codes(200)
    index.add(known)

    def search() -> int:
        return sum(0 in found(index, flipped(known[0], somewhere(31))) for _ in range(300))

    with ThreadPoolExecutor(4) as pool:
        searches = [pool.submit(search) for _ in range(3)]
        for _ in range(20):
            sorting = pool.submit(index.sort)
            index.add(random_codes(1000))
            sorting.result()
        assert [one.result() for one in searches] == [300] * 3
    assert len(index) == 20_200
