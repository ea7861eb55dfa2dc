"""VAE-style round trips: a picture through a latent autoencoder, as `reconstructions` does it.

There a real and its reconstruction are paired while a run composes its batches; here the fake is a
file of its own, which can be looked at, validated on, and left out.
"""

from __future__ import annotations

import numpy as np

from model.train.autoencoder import SIDE_MULTIPLE, Autoencoder, Upsampling
from model.train.decoders import varied
from model.train.forgery.forger import Forgery, Rng
from model.train.forgery.upsampling import DOMAINS
from model.train.manifest import Entry
from model.train.reconstructions import ROUGH_SHARE, ROUGHEST, STRANGEST

LARGEST = 768
"""Longer side in pixels of what is reconstructed: a second on a core."""


class RoundTrip:
    """Makes fakes of real pictures of faces and of anything else.

    Args:
        published: Ready to run.
        upsampling: By nearest neighbour the decoder is the published one, else each picture has
            one of its own.
    """

    def __init__(self, published: Autoencoder, upsampling: Upsampling) -> None:
        self._published = published
        self._upsampling = upsampling

    def starts_from(self, entry: Entry) -> bool:
        """See `Forger`."""
        return entry.label == "real" and entry.domain in DOMAINS

    def forge(self, entry: Entry, rng: Rng) -> Forgery | None:
        """See `Forger`."""
        pixels = entry.pixels()
        height, width = pixels.shape[:2]
        if max(height, width) > LARGEST:
            return None
        noise = rng.uniform(0.05, ROUGHEST) if rng.random() < ROUGH_SHARE else 0.0
        margin = ((0, -height % SIDE_MULTIPLE), (0, -width % SIDE_MULTIPLE), (0, 0))
        whole = np.pad(pixels, margin, mode="edge")
        made = self._decoder(rng).reconstruct(whole, noise, int(rng.integers(2**31)))
        return Forgery(made[:height, :width])

    def _decoder(self, rng: Rng) -> Autoencoder:
        if self._upsampling == "nearest":
            return self._published
        strength = rng.uniform(0.05, STRANGEST)
        return varied(self._published, self._upsampling, strength, int(rng.integers(2**31)))
