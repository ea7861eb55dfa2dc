"""Aligned fakes: reals that passed an autoencoder, made once and kept as PNG.

JPEG history is made equal: a reconstruction is saved with the very tables of its source.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile, get_sampling

from model.preparation import Pixels
from model.train.autoencoder import Autoencoder, Upsampling
from model.train.decoders import varied
from model.train.manifest import Entry, ManifestError

HALF_SHARE = 0.25
"""Of reconstructions that are mixed with their source instead of standing alone."""
ROUGH_SHARE = 0.5
"""Of reconstructions whose latents are disturbed before they are decoded."""
ROUGHEST = 0.35
"""Most of that disturbance, in standard deviations of the latents: beyond, pictures fall apart."""
STRANGEST = 0.3
"""Most of the disturbance of a decoder's own kernels: beyond, nobody would take it for a photo."""


class Reconstructions:
    """Those of one run: each picture through one of several decoders, always the same.

    Args:
        entries: Reals, of the training split.
        cache: Folder to keep them in.
        decoders: What draws them, in equal shares.
    """

    def __init__(
        self,
        entries: Sequence[Entry] = (),
        cache: Path = Path(),
        decoders: Sequence[Upsampling] = ("nearest",),
    ) -> None:
        self.entries = entries
        self._cache = cache
        self._decoders = decoders

    def place(self, entry: Entry) -> Path:
        """Where the reconstruction of a picture is kept."""
        decoder = self._decoder_of(entry)
        suffix = "" if decoder == "nearest" else f"-{decoder}"
        return self._cache / "reconstructions" / f"{_name(entry)}{suffix}.png"

    def make(self, autoencoder: Path, track: Callable[[Any, str], Any]) -> None:
        """Reconstruct what is not there yet; interrupted, it goes on where it was.

        Half of the latents get noise, as many and as strong for a picture whenever it is asked for.

        Args:
            autoencoder: Weights of the published one.
            track: Passes what it is given and shows how far it is.

        Raises:
            ManifestError: If there is something to do and no autoencoder to do it with.
        """
        missing = [e for e in self.entries if not self.place(e).exists()]
        if not missing:
            return
        if not autoencoder.is_file():
            raise ManifestError(
                f"{autoencoder} is missing, and reconstructions need it: put it there, or say "
                "`reconstructed = 0` in the mix."
            )
        published = Autoencoder.load(autoencoder)
        for entry in track(missing, "reconstructing"):
            path = self.place(entry)
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            Image.fromarray(self._reconstructed(entry, published)).save(part, "PNG")
            part.rename(path)

    def pair(self, entry: Entry, rng: np.random.Generator) -> tuple[Pixels, Pixels]:
        """A real and its reconstruction, of one size, whole or mixed with half the real at most."""
        fake = np.asarray(Image.open(self.place(entry)))
        real = entry.pixels()[: fake.shape[0], : fake.shape[1]]
        if rng.random() < HALF_SHARE:
            share = rng.uniform(0.5, 1)
            fake = np.rint(fake * share + real * (1 - share)).astype(np.uint8)
        return real, saved_like(entry.path, fake)

    def _reconstructed(self, entry: Entry, published: Autoencoder) -> Pixels:
        seed = int(_name(entry), 16)
        rng = np.random.default_rng(seed)
        noise = rng.uniform(0.05, ROUGHEST) if rng.random() < ROUGH_SHARE else 0.0
        decoder = self._decoder_of(entry)
        if decoder != "nearest":
            published = varied(published, decoder, rng.uniform(0.05, STRANGEST), seed >> 1)
        return published.reconstruct(entry.pixels(), noise, seed >> 1)

    def _decoder_of(self, entry: Entry) -> Upsampling:
        return self._decoders[int(_name(entry), 16) % len(self._decoders)]


def _name(entry: Entry) -> str:
    return hashlib.sha256(entry.identity.encode()).hexdigest()[:16]


def saved_like(source: Path, pixels: Pixels) -> Pixels:
    """Through JPEG with the quantisation and subsampling of a file; as they are if it is none."""
    saved = jpeg_like(source, pixels)
    return pixels if saved is None else np.asarray(Image.open(io.BytesIO(saved)).convert("RGB"))


def jpeg_like(source: Path, pixels: Pixels) -> bytes | None:
    """A JPEG with the quantisation and subsampling of a file; None if that is none."""
    with Image.open(source) as file:
        if not isinstance(file, JpegImageFile):
            return None
        tables, sampling = file.quantization, get_sampling(file)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", qtables=tables, subsampling=sampling)
    return buffer.getvalue()
