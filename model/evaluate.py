"""Measure the detector that serves on a labelled folder, fused as the service fuses it.

Every picture passes `Detector.score`, so that what is measured is what a caller gets. Figures
have 95 % intervals resampled by group; `candor evaluate` prints them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from model import metrics
from model.detector import Detector
from model.ensemble import Scores
from model.metrics import Scored
from model.train import manifest
from model.train.manifest import Entry, ManifestError
from model.weights import Figure, WeightsError

BATCH = 8
FALSE_ALARMS = 0.05
"""Share of a real source that may be called fake, for the worst source of twenty or more."""


@dataclass(frozen=True)
class Report:
    """All figures of one folder, by domain, and the thresholds that they would suggest."""

    figures: dict[str, tuple[Figure, ...]]
    suggested_fake_from: float


def run(data: Path, folder: Path, split: str, out: Path | None) -> None:
    """Measure and print."""
    console = Console()
    try:
        entries = [e for e in manifest.read(data) if e.split == split and e.domain != "video"]
        detector = Detector.load(folder)
    except (ManifestError, WeightsError) as error:
        raise click.ClickException(str(error)) from error
    if not entries:
        raise click.ClickException(f"{data} has no pictures in the split {split!r}.")
    scores = list(score_all(detector, track(entries, "scoring", console=console, transient=True)))
    report = measure(entries, scores, detector.thresholds.fake_from)
    for domain, figures in report.figures.items():
        console.print(_table(domain, figures))
    console.print(
        f"For at most {FALSE_ALARMS:.0%} false alarms on the worst real source, fake_from would "
        f"be {report.suggested_fake_from:.3f}; it is {detector.thresholds.fake_from:.3f}."
    )
    if out is not None:
        out.write_text(json.dumps(_as_json(entries, scores, report), indent=1), encoding="utf-8")


def score_all(detector: Detector, entries: Iterable[Entry]) -> Iterable[Scores]:
    """Scores in the order of the entries."""
    waiting = []
    for entry in entries:
        waiting.append(entry.pixels())
        if len(waiting) == BATCH:
            yield from detector.score(waiting)
            waiting = []
    if waiting:
        yield from detector.score(waiting)


def measure(entries: Sequence[Entry], scores: Sequence[Scores], fake_from: float) -> Report:
    """All figures, for faces and for pictures without apart."""
    scored = Scored(
        np.array([e.is_fake for e in entries]),
        np.array([s.fake_probability for s in scores]),
        np.array([e.kind for e in entries]),
        np.array([e.group for e in entries]),
    )
    domains = np.array([e.domain for e in entries])
    figures = {}
    for domain in np.unique(domains):
        part = scored.where(domains == domain)
        error = metrics.figure("calibration error", part, metrics.calibration_error)
        figures[str(domain)] = (
            *metrics.ranking(part), error, *metrics.rates(part, fake_from),
        )  # fmt: skip
    return Report(figures, worst_source_threshold(scored))


def worst_source_threshold(scored: Scored) -> float:
    """The lowest `fake_from` at which no real source has more false alarms than allowed."""
    kinds = metrics.pooled(scored.kind, scored.fake)
    reals = [scored.score[~scored.fake & (kinds == k)] for k in np.unique(kinds[~scored.fake])]
    return max(float(np.quantile(scores, 1 - FALSE_ALARMS)) for scores in reals)


def _table(domain: str, figures: Sequence[Figure]) -> Table:
    table = Table("figure", "value", "95 % interval", "pictures", title=domain)
    for figure in figures:
        interval = f"{figure.low:.3f}-{figure.high:.3f}"
        table.add_row(figure.name, f"{figure.value:.3f}", interval, str(figure.pictures))
    return table


def _as_json(entries: Sequence[Entry], scores: Sequence[Scores], report: Report) -> object:
    return {
        "figures": {d: [f.model_dump() for f in fs] for d, fs in report.figures.items()},
        "suggested_fake_from": report.suggested_fake_from,
        "scores": [
            {
                "path": str(entry.path),
                "label": entry.label,
                "fake_probability": score.fake_probability,
                "faces": [vars(face) for face in score.faces],
                "experts": score.experts,
            }
            for entry, score in zip(entries, scores, strict=True)
        ],
    }
