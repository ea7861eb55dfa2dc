"""What asking a member costs."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from model.detector import expert
from model.self_test import drawn
from model.weights import Registry

ROUNDS = 5


def of(folder: Path, registry: Registry) -> dict[str, float]:
    """Core milliseconds for one square, a face or a view, by name; of this process alone, so that
    a busy machine moves them little."""
    return {name: _cost(folder, registry, name) for _, name in registry.serving}


def _cost(folder: Path, registry: Registry, name: str) -> float:
    member = expert(folder, registry, name)
    squares = list(drawn(member.side)) * 2
    member.logits(squares)
    taken = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        member.logits(squares)
        taken.append(time.process_time() - begun)
    return 1000 * statistics.median(taken) / len(squares)
