"""What happens to every training picture, real or fake, so that only the forgery tells them apart.

`Recipe.draw` draws the changes once, and `apply` makes them, so that both pictures of a pair get
the very same.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageEnhance, ImageFilter

from model.train.h264 import through_h264

Pixels = npt.NDArray[np.uint8]
Rng = np.random.Generator
Codec = Literal["JPEG", "WEBP", "H264"]
SMALLEST_SCALE = 0.4
"""Of the sizes that pictures have while they pass the codecs."""


def reencoded(pixels: Pixels, kind: Codec, quality: int) -> Pixels:
    """Through a lossy codec and back; of H.264 the quality is the constant rate factor."""
    if kind == "H264":
        return through_h264(pixels, quality)
    buffer = io.BytesIO()
    options = {"method": 0} if kind == "WEBP" else {}
    Image.fromarray(pixels).save(buffer, kind, quality=quality, **options)
    return np.asarray(Image.open(buffer).convert("RGB"))


def colours_changed(pixels: Pixels, rng: Rng) -> Pixels:
    """Shift RGB (p .3), hue, saturation and value, then brightness and contrast by a tenth."""
    if rng.random() < 0.3:
        shift = rng.integers(-20, 21, 3)
        pixels = np.clip(pixels.astype(np.int16) + shift, 0, 255).astype(np.uint8)
    hsv = np.asarray(Image.fromarray(pixels).convert("HSV")).astype(np.int16)
    hsv[..., 0] += rng.integers(-8, 9)
    hsv[..., 0] %= 256
    hsv[..., 1:] += rng.integers(-40, 41, 2).astype(np.int16)
    turned = Image.fromarray(np.clip(hsv, 0, 255).astype(np.uint8), "HSV").convert("RGB")
    return levels_changed(np.asarray(turned), rng.uniform(-0.1, 0.1), rng.uniform(0.9, 1.1))


def levels_changed(pixels: Pixels, brightness: float, contrast: float) -> Pixels:
    """Add a share of full scale, and stretch around mid-grey."""
    levels = (np.arange(256) - 127.5) * contrast + 127.5 + brightness * 255
    table = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    changed: Pixels = table[pixels]
    return changed


def lit(pixels: Pixels, deviation: float, rng: Rng) -> Pixels:
    """Under lamps of unequal strength: a screen before a face reddens or bleaches parts of it."""
    height, width = pixels.shape[:2]
    lamps = Image.fromarray(rng.normal(0, deviation, (4, 4)).astype(np.float32))
    gain = np.exp(np.asarray(lamps.resize((width, height), Image.Resampling.BICUBIC)))
    changed: Pixels = np.rint(np.clip(pixels * gain[..., None], 0, 255)).astype(np.uint8)
    return changed


def resolution_changed(pixels: Pixels, rng: Rng) -> Pixels:
    """Halve or quarter the resolution and come back, or sharpen."""
    image = Image.fromarray(pixels)
    if rng.random() < 0.5:
        factor = int(rng.choice((2, 4)))
        small = (max(1, image.width // factor), max(1, image.height // factor))
        shrunk = image.resize(small, Image.Resampling.NEAREST)
        return np.asarray(shrunk.resize(image.size, Image.Resampling.BILINEAR))
    return np.asarray(ImageEnhance.Sharpness(image).enhance(rng.uniform(1.5, 3)))


@dataclass(frozen=True)
class Recipe:
    """One draw of all shared changes.

    Attributes:
        flip: Mirror left and right.
        shift: Added to each channel, levels.
        brightness, contrast: As in `levels_changed`.
        saturation: 1 leaves colours as they are.
        light: Deviation of the log of the light that falls on each part; 0 lights all alike.
        through: Side in pixels that the picture has while it passes the codecs; None keeps its
            own. Both of a pair get the same, or their sizes would tell them apart.
        codecs: Each a codec and a quality, in order.
        blur: Sigma in pixels of the final size.
        noise: Sigma in levels.
        seed: Of noise and light, equal for both of a pair.
    """

    flip: bool
    shift: tuple[int, int, int]
    brightness: float
    contrast: float
    saturation: float
    light: float
    through: int | None
    codecs: tuple[tuple[Codec, int], ...]
    blur: float
    noise: float
    seed: int

    @classmethod
    def draw(
        cls,
        rng: Rng,
        side: int,
        *,
        native: bool = False,
        smallest: float = SMALLEST_SCALE,
        enlarge: bool = True,
        filmed: float = 0.0,
    ) -> Recipe:
        """Draw for pictures of which the smallest has `side` pixels.

        Args:
            native: Keep their size.
            smallest: Share of it that they shrink to at most.
            enlarge: Let them grow; not where one is larger than the other, since only the
                smaller would turn soft.
            filmed: Share of codecs that are a video's, 0..1.
        """
        wanted = side * rng.uniform(smallest, 1.3) if rng.random() < 0.7 else rng.uniform(180, 320)
        # Below about 60 px nothing is left that anybody could judge.
        through = min(max(wanted, 60), 320 if enlarge else side)
        tinted = rng.random() < 0.3
        red, green, blue = (int(v) * tinted for v in rng.integers(-15, 16, 3))
        strong = rng.random() < 0.5
        return cls(
            flip=bool(rng.random() < 0.5),
            shift=(red, green, blue),
            brightness=rng.uniform(-0.2, 0.2) if strong else 0.0,
            contrast=rng.uniform(0.7, 1.3) if strong else 1.0,
            saturation=rng.uniform(0, 1.5) if rng.random() < 0.3 else 1.0,
            light=rng.uniform(0.1, 0.4) if rng.random() < 0.15 else 0.0,
            through=None if native else round(through),
            codecs=tuple(_codec(rng, filmed) for _ in range(int(rng.choice((0, 1, 1, 1, 2))))),
            blur=rng.uniform(0.3, 2.0) if rng.random() < 0.15 else 0.0,
            noise=rng.uniform(1, 8) if rng.random() < 0.1 else 0.0,
            seed=int(rng.integers(2**31)),
        )

    def apply(self, pixels: Pixels, side: int) -> Pixels:
        """(S, S, 3) uint8 -> (side, side, 3) uint8."""
        pixels = pixels[:, ::-1] if self.flip else pixels
        if any(self.shift):
            pixels = np.clip(pixels + np.array(self.shift, np.int16), 0, 255).astype(np.uint8)
        pixels = levels_changed(pixels, self.brightness, self.contrast)
        if self.light:
            pixels = lit(pixels, self.light, np.random.default_rng(self.seed))
        image = Image.fromarray(pixels)
        if self.saturation != 1:
            image = ImageEnhance.Color(image).enhance(self.saturation)
        if self.through:
            image = image.resize((self.through, self.through), Image.Resampling.BILINEAR)
        if self.blur:
            image = image.filter(ImageFilter.GaussianBlur(self.blur * image.width / side))
        pixels = np.asarray(image)
        if self.noise:
            noise = np.random.default_rng(self.seed).normal(0, self.noise, pixels.shape)
            pixels = np.clip(pixels + noise, 0, 255).astype(np.uint8)
        for kind, quality in self.codecs:
            pixels = reencoded(pixels, kind, quality)
        resized = Image.fromarray(pixels).resize((side, side), Image.Resampling.BILINEAR)
        return np.asarray(resized)

    def apply_to_map(self, values: npt.NDArray[np.float32], side: int) -> npt.NDArray[np.float32]:
        """(S, S) -> (side, side), moved as the pixels are."""
        values = np.ascontiguousarray(values[:, ::-1]) if self.flip else values
        return np.asarray(Image.fromarray(values).resize((side, side), Image.Resampling.BOX))


def _codec(rng: Rng, filmed: float) -> tuple[Codec, int]:
    if rng.random() < filmed:
        return "H264", int(rng.integers(18, 35))
    return ("JPEG" if rng.random() < 0.8 else "WEBP"), int(rng.integers(30, 96))
