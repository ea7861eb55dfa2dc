"""What a person sees of a training run: progress, validation, and where the weights went."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn, track

from model.train import loop, pipeline
from model.train.config import ConfigError, load
from model.train.manifest import ManifestError
from model.train.materials import Places
from model.weights import WeightsError

T = TypeVar("T")
SMOOTHING = 0.98


def run(config: Path, data: Path, work: Path, out: Path, *, quick: bool = False) -> None:
    """Train as `config` says, showing progress."""
    console = Console()
    try:
        settings = load(config).quick() if quick else load(config)
        with _Steps(console, settings.steps) as steps:
            path = pipeline.train(
                settings,
                Places(data, work, shipped=config.parent, out=out),
                steps.report,
                lambda line: console.print(line, highlight=False),
                lambda items, label: _track(items, label, console),
            )
    except (ConfigError, ManifestError, WeightsError) as error:
        raise click.ClickException(str(error)) from error
    console.print(f"Wrote {path} and its card. To serve with it, name it in registry.toml.")


def _track(items: Iterable[T], label: str, console: Console) -> Iterable[T]:
    # Materials are prepared before the first step, so that the two bars are never live at once.
    return track(items, label, console=console, transient=True)


class _Steps:
    """The bar of the run, and its running mean of the loss."""

    def __init__(self, console: Console, steps: int) -> None:
        columns = (
            TextColumn("training"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total} loss {task.fields[loss]:.3f}"),
            TextColumn("{task.fields[rate]:.0f} pictures/s"),
            TimeRemainingColumn(),
        )
        self._bar = Progress(*columns, console=console)
        self._task = self._bar.add_task("", total=steps, loss=float("nan"), rate=0.0)
        self._loss: float | None = None

    def __enter__(self) -> _Steps:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def report(self, progress: loop.Progress) -> None:
        if self._loss is None:
            self._bar.start()
            self._loss = progress.loss
        self._loss = SMOOTHING * self._loss + (1 - SMOOTHING) * progress.loss
        self._bar.update(
            self._task,
            completed=progress.step,
            loss=self._loss,
            rate=progress.pictures_per_second,
        )
