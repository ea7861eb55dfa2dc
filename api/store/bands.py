"""How PDQ hashes within a radius are found with equality alone, which every database indexes.

A hash is cut into 16 bands of 16 bits. Two hashes that differ in at most 31 bits differ in at most
one bit of some band: two bits in each of 16 would make 32. So whoever looks for the values of a
hash's bands, and for those one bit away, meets every hash within the radius; what else is met is
told apart by `distance`. Random hashes are met once in about 240.

Both stores keep these keys; they know nothing else of bits.
"""

from __future__ import annotations

import re

from api.store.records import PDQ_BITS

BAND_BITS = 16
BANDS = PDQ_BITS // BAND_BITS
"""More than half of `PDQ_RADIUS`, which is what makes `near_keys` complete."""

PDQ = re.compile(r"[0-9a-f]{64}")


def band_keys(pdq: str) -> list[int]:
    """The 16 keys under which a hash is kept.

    Args:
        pdq: 64 hexadecimal digits in lower case.

    Returns:
        `band << 16 | value` for each band, all below 2**20.

    Raises:
        ValueError: It is no PDQ hash.
    """
    if not PDQ.fullmatch(pdq):
        raise ValueError(f"{pdq[:80]!r} is no PDQ hash of 64 hexadecimal digits")
    bits = int(pdq, 16)
    mask = (1 << BAND_BITS) - 1
    return [band << BAND_BITS | bits >> band * BAND_BITS & mask for band in range(BANDS)]


def near_keys(pdq: str) -> list[int]:
    """The 272 keys of which any hash within `PDQ_RADIUS` has one or more; raises as `band_keys`."""
    flips = [0, *(1 << bit for bit in range(BAND_BITS))]
    return [key ^ flip for key in band_keys(pdq) for flip in flips]


def distance(one: str, other: str) -> int:
    """Bits, of 256, in which two PDQ hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
