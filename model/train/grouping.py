"""Which pictures of a folder belong together, and which of these groups validate.

Called by `gathering`. Pictures go into one group where they share a folder below the kind's, have
the same name under two labels, or look alike by PDQ, as a swap and its original do.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
import numpy.typing as npt

from model.train.manifest import ManifestError

ALIKE_BITS = 31
"""Of PDQ's 256, as its authors advise."""


@dataclass(frozen=True)
class Placed:
    """What grouping asks of a picture.

    Attributes:
        path: From the folder on: LABEL/[KIND/[GROUP/...]]NAME.
        hash: (4,) uint64, PDQ; None where there is too little to tell it by.
    """

    path: PurePath
    hash: npt.NDArray[np.uint64] | None

    @property
    def label(self) -> str:
        """The first folder."""
        return self.path.parts[0]


def grouped(seen: Sequence[Placed]) -> list[str]:
    """A name of its group for each picture: that of the first path in it."""
    parents = list(range(len(seen)))
    labels: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for each in seen:
        labels[_name(each.path)].add(each.label)
    shared = frozenset(name for name, under in labels.items() if len(under) > 1)

    def root(number: int) -> int:
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    def tie(one: int, other: int) -> None:
        one, other = sorted((root(one), root(other)))
        parents[other] = one

    first: dict[tuple[str, ...], int] = {}
    for number, each in enumerate(seen):
        for key in _ties(each.path, shared):
            tie(first.setdefault(key, number), number)
    for number, beside in _alike(seen):
        tie(number, beside)
    return [seen[root(number)].path.as_posix() for number in range(len(seen))]


def _ties(path: PurePath, shared: frozenset[tuple[str, ...]]) -> Iterable[tuple[str, ...]]:
    """What ties a picture to others: a name that other labels have too, and a folder below the
    kind's."""
    name = _name(path)
    if name in shared:
        yield ("name", *name)
    if len(name) > 1:
        yield ("folder", *name[:-1])


def _name(path: PurePath) -> tuple[str, ...]:
    """Without label, kind and suffix."""
    below = path.with_suffix("").parts[1:]
    return below[1:] if len(below) > 1 else below


def _alike(seen: Sequence[Placed]) -> Iterable[tuple[int, int]]:
    """Pairs whose hashes are near."""
    clear = [number for number, each in enumerate(seen) if each.hash is not None]
    if not clear:
        return
    hashes = np.stack([each.hash for each in seen if each.hash is not None])
    for place, number in enumerate(clear):
        apart = np.bitwise_count(hashes[place + 1 :] ^ hashes[place]).sum(1)
        for beside in np.flatnonzero(apart <= ALIKE_BITS):
            yield number, clear[place + 1 + beside]


def validated(
    seen: Sequence[Placed], groups: Sequence[str], share: float, seed: int
) -> frozenset[str]:
    """Whole groups, taken as long as a label of theirs has less than its share."""
    total = Counter(each.label for each in seen)
    labels: dict[str, Counter[str]] = {}
    for each, group in zip(seen, groups, strict=True):
        labels.setdefault(group, Counter())[each.label] += 1
    for label in ("real", "fake"):
        if sum(label in counts for counts in labels.values()) < 2:
            raise ManifestError(
                f"All {label} pictures are of one group, as they look alike, or share a folder or "
                "a name: more are needed, to validate on what was not learned from."
            )
    taken: Counter[str] = Counter()
    held = set()
    for group in sorted(labels, key=lambda name: _shuffled(seed, name)):
        counts = labels[group]
        wanted = any(taken[label] < share * total[label] for label in counts)
        if wanted and all(taken[label] + counts[label] < total[label] for label in counts):
            held.add(group)
            taken += counts
    return frozenset(held)


def _shuffled(seed: int, group: str) -> str:
    return hashlib.sha256(f"{seed}\n{group}".encode()).hexdigest()
