"""Takes an order and sees it through: sources in a fixed order, a fake of each, all in one ledger.

What a picture becomes depends on the seed, the kind and its own name and nothing else, so that an
interrupted order goes on where it was, and a larger one begins with the smaller.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.train import manifest
from model.train.forgery.forger import ForgeError, Forger
from model.train.forgery.ledger import Ledger
from model.train.manifest import Entry
from model.train.materials import Track

PREFIX = "forged-"
"""Of the kinds that the lab makes, in manifests."""


@dataclass(frozen=True)
class Order:
    """What is asked for.

    Attributes:
        kind: One of `kinds.KINDS`.
        data: The manifest, or the folder that holds it.
        out: Folder for the pictures.
        work: For caches and checkpoints, kept for the next order.
        weights: Folder with registry.toml, for what attacks the experts that serve.
        count: How many in all; None makes one of every source.
        split: Of the sources; None takes all.
        kinds: Of the sources; none takes all.
        steps: Of the networks that the lab fits itself.
        epsilon: Of attacks, in levels of 255.
    """

    kind: str
    data: Path
    out: Path
    work: Path
    weights: Path
    count: int | None = None
    seed: int = 0
    split: str | None = None
    kinds: tuple[str, ...] = ()
    steps: int | None = None
    epsilon: int | None = None

    @property
    def root(self) -> Path:
        """What paths of the manifest are relative to."""
        return (self.data if self.data.is_dir() else self.data.parent).resolve()


@dataclass(frozen=True)
class Done:
    """How an order ended: pictures there, sources of which nothing came, and the manifest."""

    pictures: int
    passed_over: int
    manifest: Path


def entries_of(order: Order) -> list[Entry]:
    """The rows that an order may use.

    Raises:
        ForgeError: If it names a kind that is not there.
    """
    entries = manifest.to_learn_from(order.data)
    unknown = set(order.kinds) - {e.kind for e in entries}
    if unknown:
        raise ForgeError(f"{order.data} has no kind {min(unknown)!r}, which --from names.")
    if order.kinds:
        entries = [e for e in entries if e.kind in order.kinds]
    return entries


def carry_out(
    order: Order,
    entries: Sequence[Entry],
    forger: Forger,
    decided_by: dict[str, object],
    track: Track[int],
) -> Done:
    """Make what is not there yet.

    Args:
        decided_by: What else, beside kind, seed and manifest, a picture depends on.

    Raises:
        ForgeError: If nothing can be made, or the folder holds another order.
    """
    sources = _in_order(order, [e for e in entries if forger.starts_from(e)])
    if not sources:
        raise ForgeError(
            f"{order.data} has no picture that {order.kind} can start from"
            + (f" in the split {order.split!r}." if order.split else ".")
        )
    identity = {"kind": order.kind, "seed": order.seed, "data": manifest.digest(order.data)}
    ledger = Ledger(order.out, f"{PREFIX}{order.kind}", identity | decided_by)
    wanted = len(sources) if order.count is None else order.count
    left = iter(sources)
    passed_over = made = 0
    try:
        for _ in track(range(wanted), f"forging {order.kind}"):
            while (source := next(left, None)) is not None:
                if _is_made(order, source, forger, ledger):
                    made += 1
                    break
                passed_over += 1
    finally:
        path = ledger.close()
    if not made:
        raise ForgeError(f"Nothing came of any of the {len(sources)} pictures.")
    return Done(made, passed_over, path)


def _is_made(order: Order, source: Entry, forger: Forger, ledger: Ledger) -> bool:
    name = _name(order, source)
    if name in ledger:
        return True
    made = forger.forge(source, np.random.default_rng(_seed(order, name)))
    if made is None:
        return False
    ledger.add(name, source, made)
    return True


def _in_order(order: Order, sources: Iterable[Entry]) -> list[Entry]:
    chosen = [e for e in sources if order.split in (None, e.split)]
    return sorted(chosen, key=lambda e: _seed(order, _name(order, e)))


def _name(order: Order, entry: Entry) -> str:
    """Where a picture is from its manifest on; elsewhere, by a digest of its path."""
    path = entry.path.resolve()
    if path.is_relative_to(order.root):
        return path.relative_to(order.root).as_posix()
    digest = hashlib.sha256(str(path.parent).encode()).hexdigest()[:12]
    return f"elsewhere/{digest}/{path.parent.name}/{path.name}"


def _seed(order: Order, name: str) -> int:
    text = f"{order.kind}\n{order.seed}\n{name}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
