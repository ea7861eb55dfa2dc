"""Measure the detector that serves on a labelled folder, fused as the service fuses it.

Every picture passes `Detector.score` twice: as it is, and degraded as the web degrades pictures.
It is decoded plainly, without the colour profile and orientation that the service honours.
Figures count pictures, not videos, and have 95 % intervals resampled by group.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
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
from model.preparation import Pixels
from model.train import manifest
from model.train.manifest import Entry, ManifestError
from model.train.pipeline import DEGRADED_SEED, degraded
from model.weights import Figure, Registry, Thresholds, WeightsError, read_card

BATCH = 8
FALSE_ALARMS = 0.05
"""Share of a real source that may be called fake, for the worst source of twenty or more."""
MISSES = 0.1
"""Share of fakes that may be called real."""


@dataclass(frozen=True)
class Suggestion:
    """What `registry.toml` would say if these pictures decided it. Chosen on what it is told on."""

    temperature: float
    bias: float
    real_below: float
    fake_from: float


def run(data: Path, folder: Path, split: str, out: Path | None) -> None:
    """Measure and print."""
    console = Console()
    try:
        entries = [e for e in manifest.read(data) if e.split == split and e.domain != "video"]
        if not entries:
            raise ManifestError(f"{data} has no pictures in the split {split!r}.")
        detector = Detector.load(folder)
        plain = list(_scores(detector, entries, as_is, console))
        hard = list(_scores(detector, entries, degrade, console))
    except (ManifestError, WeightsError) as error:
        raise click.ClickException(str(error)) from error
    learned = learned_kinds(folder)
    limits = detector.thresholds
    figures: dict[str, tuple[Figure, ...]] = {}
    for name, scores in (("", plain), (", degraded", hard)):
        figures[f"verdicts{name}"] = verdicts(entries, scored_of(entries, scores), limits)
        for domain, part in by_domain(entries, scores):
            figures[f"{domain}{name}"] = measure(part, limits.fake_from, learned)
    for domain, rows in figures.items():
        console.print(_table(domain, rows))
    suggestion = suggest(scored_of(entries, plain).joined(scored_of(entries, hard)))
    if suggestion:
        console.print(f"These pictures, plain and degraded, would suggest {suggestion}.")
    if out is not None:
        content = {
            "model": detector.model_id,
            "figures": {d: [f.model_dump() for f in rows] for d, rows in figures.items()},
            "scores": [_row(data, e, s) for e, s in zip(entries, plain, strict=True)],
        }
        out.write_text(json.dumps(content, indent=1), encoding="utf-8")


def as_is(entry: Entry, number: int) -> Pixels:
    """The picture itself."""
    return entry.pixels()


def degrade(entry: Entry, number: int) -> Pixels:
    """What a site makes of it, the same at every run."""
    return degraded(entry.pixels(), np.random.default_rng((DEGRADED_SEED, number)))


def _scores(
    detector: Detector,
    entries: Sequence[Entry],
    picture: Callable[[Entry, int], Pixels],
    console: Console,
) -> Iterator[Scores]:
    starts: Iterable[int] = range(0, len(entries), BATCH)
    for start in track(list(starts), "scoring", console=console, transient=True):
        chunk = entries[start : start + BATCH]
        yield from detector.score([picture(e, start + n) for n, e in enumerate(chunk)])


def scored_of(entries: Sequence[Entry], scores: Sequence[Scores]) -> Scored:
    """As arrays, by fused probability."""
    return Scored(
        np.array([e.is_fake for e in entries]),
        np.array([s.fake_probability for s in scores]),
        np.array([e.kind for e in entries]),
        np.array([e.group for e in entries]),
    )


def by_domain(entries: Sequence[Entry], scores: Sequence[Scores]) -> Iterator[tuple[str, Scored]]:
    """Each domain of the manifest apart."""
    scored = scored_of(entries, scores)
    domains = np.array([e.domain for e in entries])
    for domain in np.unique(domains):
        yield str(domain), scored.where(domains == domain)


def learned_kinds(folder: Path) -> frozenset[str]:
    """Kinds of pictures that the experts which serve were trained on, by their cards."""
    names = Registry.read(folder).experts.values()
    cards = [read_card(folder / f"{name}.safetensors") for name in names]
    return frozenset(source.kind for card in cards for source in card.sources)


def verdicts(entries: Sequence[Entry], scored: Scored, limits: Thresholds) -> tuple[Figure, ...]:
    """What pictures of each label of the manifest are called."""
    bounds = {
        "called real": (0.0, limits.real_below),
        "uncertain": (limits.real_below, limits.fake_from),
        "called fake": (limits.fake_from, np.inf),
    }
    labels = np.array([entry.label for entry in entries])
    return tuple(
        metrics.figure(f"{label} {name}", scored.where(labels == label), between)
        for label in np.unique(labels)
        for name, between in ((n, metrics.share_between(*b)) for n, b in bounds.items())
    )


def measure(scored: Scored, fake_from: float, learned: frozenset[str]) -> tuple[Figure, ...]:
    """All figures of one domain.

    Args:
        learned: Kinds that training has seen.
    """
    figures = list(metrics.ranking(scored))
    if figures:
        figures.append(metrics.figure("calibration error", scored, metrics.calibration_error))
    new = scored.fake & ~np.isin(scored.kind, list(learned))
    if figures and new.any():
        part = scored.where(~scored.fake | new)
        figures.append(metrics.figure("AUC, fakes of kinds never trained on", part, metrics.auc))
    return (*figures, *metrics.rates(scored, fake_from))


def suggest(scored: Scored) -> Suggestion | None:
    """Calibration and thresholds; None where one class is missing."""
    if scored.fake.all() or not scored.fake.any():
        return None
    probability = np.clip(scored.score, 1e-6, 1 - 1e-6)
    log_odds = np.log(probability / (1 - probability))
    fit = metrics.calibrated(scored.fake, log_odds)
    calibrated = 1 / (1 + np.exp(-log_odds / fit.temperature - fit.bias))
    kinds = metrics.pooled(scored.kind, scored.fake)
    reals = [calibrated[~scored.fake & (kinds == kind)] for kind in np.unique(kinds[~scored.fake])]
    fake_from = max(metrics.threshold_for(scores, FALSE_ALARMS) for scores in reals)
    real_below = float(np.quantile(calibrated[scored.fake], MISSES))
    return Suggestion(fit.temperature, fit.bias, min(real_below, fake_from), fake_from)


def _table(title: str, figures: Sequence[Figure]) -> Table:
    table = Table("figure", "value", "95 % interval", "pictures", title=title)
    for figure in figures:
        interval = f"{figure.low:.3f}-{figure.high:.3f}"
        table.add_row(figure.name, f"{figure.value:.3f}", interval, str(figure.pictures))
    return table


def _row(data: Path, entry: Entry, scores: Scores) -> dict[str, object]:
    folder = data if data.is_dir() else data.parent
    return {
        "path": str(entry.path.relative_to(folder.resolve())),
        "label": entry.label,
        "fake_probability": scores.fake_probability,
        "faces": [vars(face) for face in scores.faces],
        "experts": scores.experts,
    }
