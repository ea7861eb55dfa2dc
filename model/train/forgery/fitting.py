"""Fits the lab's own networks: seeded by step, checkpointed, and going on after an interruption."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import torch

from model.train.forgery.forger import ForgeError

CHECKPOINT_SECONDS = 60


class Stateful(Protocol):
    """A network or an optimiser."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any]) -> Any: ...


class Fitting(Protocol):
    """What is fitted."""

    @property
    def parts(self) -> Mapping[str, Stateful]:
        """All that a step changes."""

    def step(self) -> float:
        """One step; random numbers come from torch's own generator. Returns the loss."""


def fit(
    fitting: Fitting,
    steps: int,
    seed: int,
    checkpoint: Path,
    track: Callable[[Iterable[int]], Iterable[int]],
) -> None:
    """Go to the end, from where the checkpoint stands; at the end it is the result.

    Raises:
        ForgeError: If the loss is no number any more.
    """
    done = _resumed(fitting, checkpoint)
    saved = time.monotonic()
    for number in track(range(done, steps)):
        torch.manual_seed((seed << 32) + number)
        if not math.isfinite(fitting.step()):
            raise ForgeError(
                f"At step {number} the loss is no number any more: take another --seed, or fewer "
                "--steps."
            )
        if time.monotonic() - saved > CHECKPOINT_SECONDS or number == steps - 1:
            _save(fitting, number + 1, checkpoint)
            saved = time.monotonic()


def _save(fitting: Fitting, step: int, checkpoint: Path) -> None:
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    part = checkpoint.with_suffix(".part")
    parts = {name: part_.state_dict() for name, part_ in fitting.parts.items()}
    torch.save({"step": step, "parts": parts}, part)
    part.replace(checkpoint)


def _resumed(fitting: Fitting, checkpoint: Path) -> int:
    if not checkpoint.exists():
        return 0
    state = torch.load(checkpoint, weights_only=True)
    for name, part in fitting.parts.items():
        part.load_state_dict(state["parts"][name])
    return int(state["step"])
