"""All hashes within a few bits of one, among millions: multi-index hashing in memory.

Each hash of 256 bits has `BANDS` bands. Of two hashes that differ in at most `PDQ_RADIUS` bits,
some band differs in at most `FLIPS`, for else they would differ in `BANDS * (FLIPS + 1)`, which is
more. So whoever looks up each band of the query, with every way to flip so many of its bits, meets
every hash within the radius, and a count of differing bits drops the others (Norouzi, Punjani and
Fleet 2012, https://arxiv.org/abs/1307.2982).

NumPy alone: FAISS's `IndexBinaryMultiHash` is built the same way with a hash table for each band,
and took six times the memory and seven times as long to fill, for searches no faster, at a million
hashes (`scripts/bench scale`). No ids and no store here: `api.nearby` has them.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import numpy.typing as npt

from api.store.records import PDQ_BITS, PDQ_RADIUS

Codes = npt.NDArray[np.uint64]
"""(n, 4): hashes, 64 bits a word."""
Positions = npt.NDArray[np.uint32]
Distances = npt.NDArray[np.uint16]

WORDS = PDQ_BITS // 64
BANDS, FLIPS = 11, 2
"""`BANDS * (FLIPS + 1)` must be more than `PDQ_RADIUS`. Sixteen bands and one flip meet ten times
as many hashes; eight and three flips make fourteen times as many probes."""
NARROWEST, WIDEST = 14, PDQ_BITS // BANDS
"""Bits of a band. They grow with the number of hashes, so that on average less than one has a given
value, up to four million; from there on what a search meets grows with that number."""
FIRST_ROOM = 1024


class HammingIndex:
    """Hashes by position, the order in which they came.

    What was added since the last `sort` is compared one by one. One thread may add and one may
    sort while others search: what is published is never written to again.
    """

    def __init__(self) -> None:
        self._codes: Codes = np.empty((FIRST_ROOM, WORDS), np.uint64)
        self._count = 0
        self._bands: _Bands | None = None

    def __len__(self) -> int:
        return self._count

    @property
    def unsorted(self) -> int:
        """Hashes that are compared one by one."""
        return self._count - (len(self._bands.codes) if self._bands else 0)

    def add(self, codes: Codes) -> None:
        """Append hashes, found from now on."""
        count = self._count + len(codes)
        if count > len(self._codes):
            grown = np.empty((max(count, 2 * len(self._codes)), WORDS), np.uint64)
            grown[: self._count] = self._codes[: self._count]
            self._codes = grown
        self._codes[self._count : count] = codes
        self._count = count

    def sort(self) -> None:
        """Take all hashes into the bands: about a second for a million."""
        count = self._count
        if count:
            self._bands = _Bands(self._codes[:count])

    def search(self, code: Codes) -> tuple[Positions, Distances]:
        """Those within `PDQ_RADIUS` bits of a hash of shape (4,), the nearest, then newest, first.

        Returns:
            Positions and distances, both of shape (found,).
        """
        # In this order: the array is never shorter than a count that was read before it.
        count, bands = self._count, self._bands
        codes = self._codes[:count]
        begin = len(bands.codes) if bands else 0
        late, late_distances = _within(codes[begin:], code)
        positions, distances = np.uint32(begin) + late, late_distances
        if bands:
            early, early_distances = bands.search(code)
            positions = np.concatenate([early, positions])
            distances = np.concatenate([early_distances, distances])
        order = np.lexsort((-positions.astype(np.int64), distances))
        return positions[order], distances[order]


class _Bands:
    """Positions of hashes sorted by the value of each band.

    `starts` says where those of a band and value begin in `positions`; they end where the next
    begin. `band << width | value` is where to look there.
    """

    def __init__(self, codes: Codes) -> None:
        self.codes = codes
        self._width = min(max(len(codes).bit_length() + 1, NARROWEST), WIDEST)
        self._positions: Positions = np.empty(BANDS * len(codes), np.uint32)
        self._starts = np.empty((BANDS << self._width) + 1, np.uint32)
        self._starts[-1] = len(self._positions)
        values = np.arange(1 << self._width, dtype=np.uint64) << np.uint64(32)
        numbers = np.arange(len(codes), dtype=np.uint64)
        for band in range(BANDS):
            # Value and position in one word: NumPy sorts numbers several times faster than it
            # sorts positions by number.
            both = _band(codes, band, self._width) << np.uint64(32) | numbers
            both.sort()
            begin = band * len(codes)
            self._positions[begin : begin + len(codes)] = both.astype(np.uint32)
            first = band << self._width
            self._starts[first : first + len(values)] = begin + both.searchsorted(values)

    def search(self, code: Codes) -> tuple[Positions, Distances]:
        """In no order."""
        keys = [
            band << self._width | int(_band(code[None], band, self._width)[0])
            for band in range(BANDS)
        ]
        probes = (np.array(keys)[:, None] ^ _flips(self._width)).ravel()
        starts = self._starts[probes].astype(np.int64)
        counts = self._starts[probes + 1] - starts
        some = counts.nonzero()[0]
        starts, counts = starts[some], counts[some]
        # One arange for each run of positions, all in one array.
        before = counts.cumsum() - counts
        runs = np.arange(counts.sum()) + (starts - before).repeat(counts)
        candidates = self._positions[runs]
        near, distances = _within(self.codes[candidates], code)
        # Near hashes share many bands, and come once for each.
        positions, once = np.unique(candidates[near], return_index=True)
        return positions, distances[once]


def _within(codes: Codes, code: Codes) -> tuple[Positions, Distances]:
    """Which of these hashes are within the radius, and how far they are."""
    distances = np.zeros(len(codes), np.uint16)
    # By columns, for NumPy starts anew at each row of four.
    for word in range(WORDS):
        distances += np.bitwise_count(codes[:, word] ^ code[word])
    near = (distances <= PDQ_RADIUS).nonzero()[0].astype(np.uint32)
    return near, distances[near]


def _band(codes: Codes, band: int, width: int) -> npt.NDArray[np.uint64]:
    word, shift = divmod(band * width, 64)
    value = codes[:, word] >> np.uint64(shift)
    if shift + width > 64:
        value |= codes[:, word + 1] << np.uint64(64 - shift)
    return value & np.uint64((1 << width) - 1)


@cache
def _flips(width: int) -> npt.NDArray[np.int64]:
    """Every mask of so many bits with at most `FLIPS` set."""
    chosen = (bits for flips in range(FLIPS + 1) for bits in combinations(range(width), flips))
    return np.array([sum(1 << bit for bit in bits) for bits in chosen])
