"""What a person sees of a training run: progress, validation, and where the weights went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn, track
from rich.table import Table

from model.train import folds, loop, pipeline
from model.train.config import ConfigError, RunConfig, load
from model.train.manifest import ManifestError
from model.train.materials import Places
from model.weights import WeightsError, read_card

T = TypeVar("T")
SMOOTHING = 0.98


def run(
    config: Path,
    data: Sequence[Path],
    work: Path,
    out: Path,
    *,
    quick: bool = False,
    folds_: int | None = None,
    fold: str | None = None,
) -> None:
    """Train as `config` says, showing progress.

    Args:
        data: Manifests or their folders; the first has the autoencoder beside it.
        folds_: Train so many times, each time without one part, and tell the spread.
        fold: Only one of these runs, as `2/5`.
    """
    console = Console()
    places = Places(data[0], work, shipped=config.parent, out=out, more=tuple(data[1:]))
    try:
        settings = load(config).quick() if quick else load(config)
        if folds_:
            _every_fold(settings, folds_, places, console)
            return
        if fold:
            settings = settings.folded(folds.parsed(fold))
        path = _trained(settings, places, console)
    except (ConfigError, ManifestError, WeightsError) as error:
        raise click.ClickException(str(error)) from error
    console.print(
        f"Wrote {path} and its card. To serve with it: candor weights use {path.stem}",
        markup=False,
        soft_wrap=True,
    )


def _trained(settings: RunConfig, places: Places, console: Console) -> Path:
    with _Steps(console, settings.steps) as steps:
        return pipeline.train(
            settings,
            places,
            steps.report,
            lambda line: console.print(line, highlight=False),
            lambda items, label: _track(items, label, console),
        )


def _every_fold(settings: RunConfig, count: int, places: Places, console: Console) -> None:
    """Each fold in turn; those that were finished before are not trained again."""
    cards = []
    for fold in folds.every(count):
        console.print(f"Fold {fold.number} of {fold.of}", highlight=False)
        cards.append(read_card(_trained(settings.folded(fold), places, console)))
    found = folds.spreads(cards)
    table = Table("figure", "mean", "deviation", "lowest", "highest", title=f"{count} folds")
    for each in found:
        numbers = (each.mean, each.deviation, min(each.values), max(each.values))
        table.add_row(each.name, *(f"{number:.3f}" for number in numbers))
    console.print(table)
    path = places.out / f"{settings.name}-{count}-folds.json"
    folds.write(path, settings, found)
    console.print(
        f"Wrote {path}. The weights of the folds are for measuring, not for serving.",
        markup=False,
        soft_wrap=True,
    )


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
