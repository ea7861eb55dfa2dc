"""Aligned fakes: reals that passed an autoencoder, made once and kept as PNG.

JPEG history is made equal: a reconstruction is saved with the very tables of its source.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile, get_sampling

from model.preparation import Pixels
from model.train.autoencoder import Autoencoder
from model.train.manifest import Entry, ManifestError

HALF_SHARE = 0.25
"""Of reconstructions that are mixed with their source instead of standing alone."""


ROUGH_SHARE = 0.5
"""Of reconstructions whose latents are disturbed before they are decoded."""
ROUGHEST = 0.35
"""Most of that disturbance, in standard deviations of the latents: beyond, pictures fall apart."""


def place(entry: Entry, cache: Path) -> Path:
    """Where the reconstruction of a picture is kept."""
    name = hashlib.sha256(str(entry.path).encode()).hexdigest()[:16]
    return cache / "reconstructions" / f"{name}.png"


def make(entries: Iterable[Entry], autoencoder: Path, cache: Path) -> None:
    """Reconstruct what is not there yet; interrupted, it goes on where it was.

    Half of the latents get noise, as many and as strong for a picture whenever it is asked for.

    Raises:
        ManifestError: If there is something to do and no autoencoder to do it with.
    """
    network = None
    for entry in entries:
        path = place(entry, cache)
        if path.exists():
            continue
        if not autoencoder.is_file():
            raise ManifestError(
                f"{autoencoder} is missing, and reconstructions need it: put it there, or say "
                "`reconstructed = 0` in the mix."
            )
        network = network or Autoencoder.load(autoencoder)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        seed = int(path.stem, 16)
        rng = np.random.default_rng(seed)
        noise = rng.uniform(0.05, ROUGHEST) if rng.random() < ROUGH_SHARE else 0.0
        Image.fromarray(network.reconstruct(entry.pixels(), noise, seed >> 1)).save(part, "PNG")
        part.rename(path)


def pair(entry: Entry, cache: Path, rng: np.random.Generator) -> tuple[Pixels, Pixels]:
    """A real and its reconstruction, of one size, whole or mixed with half of the real at most."""
    fake = np.asarray(Image.open(place(entry, cache)))
    real = entry.pixels()[: fake.shape[0], : fake.shape[1]]
    if rng.random() < HALF_SHARE:
        share = rng.uniform(0.5, 1)
        fake = np.rint(fake * share + real * (1 - share)).astype(np.uint8)
    return real, saved_like(entry.path, fake)


def saved_like(source: Path, pixels: Pixels) -> Pixels:
    """Through JPEG with the quantisation and subsampling of a file; as they are if it is none."""
    with Image.open(source) as file:
        if not isinstance(file, JpegImageFile):
            return pixels
        tables, sampling = file.quantization, get_sampling(file)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", qtables=tables, subsampling=sampling)
    return np.asarray(Image.open(buffer).convert("RGB"))
