"""k-fold: every group is validated on once, by weights that learned from all the others.

Which fold a group falls into depends on the groups and kinds of the manifest and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from model.cards import Card
from model.train.config import ConfigError, Fold, RunConfig
from model.train.manifest import Entry, ManifestError

LEARNED = frozenset({"train", "val"})


@dataclass(frozen=True)
class Spread:
    """One figure over all folds.

    Attributes:
        deviation: Sample standard deviation.
    """

    name: str
    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        return statistics.fmean(self.values)

    @property
    def deviation(self) -> float:
        return statistics.stdev(self.values)


def parsed(text: str) -> Fold:
    """`2/5` is the second of five.

    Raises:
        ConfigError: If it is none.
    """
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count) > 1):
        raise ConfigError(f"--fold cannot be {text!r}: write 2/5 for the second of five.")
    return Fold(number=int(number), of=int(count))


def every(count: int) -> list[Fold]:
    """All folds of so many."""
    return [Fold(number=number, of=count) for number in range(1, count + 1)]


def split(entries: Sequence[Entry], fold: Fold) -> list[Entry]:
    """The same rows, those of the fold's groups to validate on and the others to learn from.

    Rows of other splits than `train` and `val` stay out of it, as they are.

    Raises:
        ManifestError: If there are fewer groups than folds.
    """
    used = [e for e in entries if e.split in LEARNED]
    # Kind by kind, so that each fold gets its part of every one.
    kinds: dict[str, str] = {}
    for entry in used:
        kinds[entry.group] = min(kinds.get(entry.group, entry.kind), entry.kind)
    groups = sorted(kinds, key=lambda group: (kinds[group], _shuffled(group)))
    if len(groups) < fold.of:
        raise ManifestError(f"There are {len(groups)} groups, too few for {fold.of} folds.")
    held = set(groups[fold.number - 1 :: fold.of])
    return [
        replace(e, split="val" if e.group in held else "train") if e.split in LEARNED else e
        for e in entries
    ]


def _shuffled(group: str) -> str:
    return hashlib.sha256(group.encode()).hexdigest()


def spreads(cards: Sequence[Card]) -> list[Spread]:
    """Every AUC that all folds have."""
    figures = [
        {f.name: f.value for f in card.figures if f.name.startswith("AUC")} for card in cards
    ]
    names = [name for name in figures[0] if all(name in each for each in figures)]
    return [Spread(name, tuple(each[name] for each in figures)) for name in names]


def write(path: Path, config: RunConfig, found: Sequence[Spread]) -> None:
    """The summary as JSON."""
    figures = {
        each.name: {
            "mean": round(each.mean, 4),
            "deviation": round(each.deviation, 4),
            "folds": [round(value, 4) for value in each.values],
        }
        for each in found
    }
    text = json.dumps({"name": config.name, "figures": figures}, indent=1)
    path.write_text(text, encoding="utf-8")
