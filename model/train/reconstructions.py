"""Aligned fakes, made once and kept as PNG: every real through the autoencoder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from model.train.autoencoder import Autoencoder
from model.train.manifest import Entry


def place(entry: Entry, cache: Path) -> Path:
    """Where the reconstruction of a picture is kept."""
    name = hashlib.sha256(str(entry.path).encode()).hexdigest()[:16]
    return cache / "reconstructions" / f"{name}.png"


def make(entries: Iterable[Entry], autoencoder: Path, cache: Path) -> None:
    """Reconstruct what is not there yet; interrupted, it goes on where it was."""
    network = None
    for entry in entries:
        path = place(entry, cache)
        if path.exists():
            continue
        network = network or Autoencoder.load(autoencoder)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        Image.fromarray(network.reconstruct(entry.pixels())).save(part, "PNG")
        part.rename(path)
