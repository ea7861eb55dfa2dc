"""Self-blended images: a face blended with a slightly changed copy of itself is a fake of any kind.

Written from Shiohara and Yamasaki, "Detecting Deepfakes with Self-Blended Images", CVPR 2022.
Every function is pure: pictures and a random generator in, pictures out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageDraw, ImageFilter
from scipy.spatial import ConvexHull
from torch.nn import functional

from model.train import landmarks
from model.train.augment import colours_changed, resolution_changed

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.float32]
Rng = np.random.Generator

REFERENCE_SIDE = 256
"""The paper's pixel measures are for faces of about this size; they scale with the picture."""
BLEND_RATIOS = (0.25, 0.5, 0.75, 1.0, 1.0, 1.0)
LANDMARK_JITTER = 0.02
FEATURES = 2
"""The kind of outline that is eyes, nose and mouth, each by itself."""


@dataclass(frozen=True)
class SelfBlend:
    """A pair that differs in the blending alone.

    Attributes:
        real, fake: (H, W, 3) uint8.
        mask: (H, W) float32 in 0..1, where the source was blended in, before the blend ratio.
    """

    real: Pixels
    fake: Pixels
    mask: Mask

    @property
    def boundary(self) -> Mask:
        """(H, W) in 0..1, one on the seam: 4 m (1 - m), whatever the blend ratio was."""
        return (4 * self.mask * (1 - self.mask)).astype(np.float32)


def self_blend(pixels: Pixels, five: npt.ArrayLike, rng: Rng) -> SelfBlend:
    """Blend a picture with itself.

    Args:
        pixels: (H, W, 3) uint8, one face.
        five: (5, 2) its eyes, nose and mouth corners, in pixels.
    """
    points = landmarks.fit(five)
    points += rng.normal(0, LANDMARK_JITTER * np.ptp(points, 0).mean(), points.shape)
    outline = face_mask(points, pixels.shape[:2], rng)
    changed = resolution_changed(colours_changed(pixels, rng), rng)
    source, target = (changed, pixels) if rng.random() < 0.5 else (pixels, changed)
    source, outline = moved(source, outline, rng)
    mask = softened(elastic(outline, rng), rng)
    share = mask[..., None] * rng.choice(BLEND_RATIOS)
    fake: Pixels = np.rint(source * share + target * (1 - share)).astype(np.uint8)
    return SelfBlend(real=target, fake=fake, mask=mask)


def face_mask(
    points: npt.NDArray[np.float64], shape: tuple[int, ...], rng: Rng, single: float = 0
) -> Mask:
    """One of four outlines, (H, W) of 0 or 1.

    Args:
        single: How often it is that of one feature alone instead, 0..1.
    """
    image = Image.new("L", (shape[1], shape[0]))
    draw = ImageDraw.Draw(image)
    if rng.random() < single:
        features = _parts(points, FEATURES)
        parts = [features[rng.integers(len(features))]]
    else:
        parts = _parts(points, int(rng.integers(4)))
    for part in parts:
        hull = part[ConvexHull(part).vertices]
        draw.polygon([(float(x), float(y)) for x, y in hull], fill=255)
    return _unit(image)


def _parts(points: npt.NDArray[np.float64], kind: int) -> list[npt.NDArray[np.float64]]:
    eyes = np.concatenate((points[landmarks.LEFT_EYE], points[landmarks.RIGHT_EYE]))
    components = [
        np.concatenate((points[landmarks.LEFT_EYE], points[17:22])),
        np.concatenate((points[landmarks.RIGHT_EYE], points[22:27])),
        np.concatenate((points[landmarks.NOSE], eyes)),
        points[landmarks.MOUTH],
    ]
    if kind == 0:
        return [points]
    if kind == 1:
        return [np.concatenate((points[landmarks.JAW], points[landmarks.NOSE], eyes))]
    if kind == FEATURES:
        return components
    return [*components, np.concatenate((points, landmarks.forehead(points)))]


def moved(source: Pixels, mask: Mask, rng: Rng) -> tuple[Pixels, Mask]:
    """Shift by up to 3 % across and 1.5 % down and scale by .95-1.05, both alike."""
    height, width = mask.shape
    scale = rng.uniform(0.95, 1.05)
    x = rng.uniform(-0.03, 0.03) * width + width / 2 * (1 - scale)
    y = rng.uniform(-0.015, 0.015) * height + height / 2 * (1 - scale)
    coefficients = (1 / scale, 0, -x / scale, 0, 1 / scale, -y / scale)
    # Lines that come in from outside keep what was there, or the edge would give the fake away.
    inside = Image.new("L", (width, height), 255)
    images = (Image.fromarray(source), Image.fromarray(mask), inside)
    shifted, shifted_mask, covered = (
        np.asarray(
            image.transform(
                image.size, Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR
            )
        )
        for image in images
    )
    whole = (covered == 255)[..., None]
    held: Mask = np.where(whole[..., 0], shifted_mask, np.float32(0))
    return np.where(whole, shifted, source), held


def elastic(mask: Mask, rng: Rng, step: float = 10.0, shift: float = 1.2) -> Mask:
    """Bend an outline: random shifts every `step` pixels of `shift` pixels, smooth between.

    Stands in for the paper's noise filtered with sigma 7 and gain 50: shifts of about as many
    pixels over about as wide a neighbourhood.
    """
    height, width = mask.shape
    scale = max(mask.shape) / REFERENCE_SIDE
    nodes = (max(4, round(height / step / scale)), max(4, round(width / step / scale)))
    noise = torch.from_numpy(rng.normal(0, shift * scale, (1, 2, *nodes)).astype(np.float32))
    field = functional.interpolate(noise, (height, width), mode="bicubic", align_corners=False)
    identity = functional.affine_grid(torch.eye(2, 3)[None], [1, 1, height, width], False)
    grid = identity + field.permute(0, 2, 3, 1) * torch.tensor([2 / width, 2 / height])
    bent = functional.grid_sample(torch.from_numpy(mask)[None, None], grid, align_corners=False)
    return bent[0, 0].numpy()


def softened(mask: Mask, rng: Rng) -> Mask:
    """Blur, keep only what stayed full, blur again: the seam lies inside the outline."""
    scale = max(mask.shape) / REFERENCE_SIDE
    first = _blurred(mask, rng.integers(2, 13) * scale * 0.5)
    core = np.where(first >= 0.999 * first.max(), first, 0)
    second = _blurred(core, rng.uniform(5, 45) / 3 * scale)
    peak = second.max()
    return second / peak if peak > 0 else second


def _blurred(mask: Mask, sigma: float) -> Mask:
    image = Image.fromarray(np.rint(mask * 255).astype(np.uint8))
    return _unit(image.filter(ImageFilter.GaussianBlur(float(sigma))))


def _unit(image: Image.Image) -> Mask:
    return (np.asarray(image) / 255).astype(np.float32)
