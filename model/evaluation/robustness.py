"""The same pictures again after what the web does to them, and after doing it to one class alone.

A detector that learned how fakes were saved rather than how they were made shows here: its score
moves when one class is saved anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, zip_longest

import numpy as np
from PIL import Image, ImageFilter

from model import metrics
from model.cards import Figure
from model.evaluation.clips import is_clip
from model.evaluation.scoring import Change, Record, scored_of
from model.metrics import Scored
from model.preparation import Pixels
from model.train.augment import reencoded
from model.train.batches import grouped
from model.train.manifest import Entry

EACH_CLASS = 100
"""Pictures of each class; so many keep the whole grid to a few minutes."""
NOISE_SIGMA = 6.0
BLUR_SIGMA = 1.2
SEED = 11
DEGRADED_SEED = 7


@dataclass(frozen=True)
class Row:
    """What one change does.

    Attributes:
        auc, false_alarms, recall: With both classes changed; the last two at the shipped threshold.
        real_shift, fake_shift: Mean change of the log-odds of fake.
        auc_reals_only, auc_fakes_only: With one class changed and the other as it was.
    """

    name: str
    auc: Figure
    false_alarms: Figure
    recall: Figure
    real_shift: float
    fake_shift: float
    auc_reals_only: float
    auc_fakes_only: float


def degraded(pixels: Pixels, number: int) -> Pixels:
    """What a site may make of a picture: shrunk to .5-1 and saved as JPEG of quality 40-90."""
    rng = np.random.default_rng((DEGRADED_SEED, number))
    scale = rng.uniform(0.5, 1)
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    small = Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR)
    return reencoded(np.asarray(small), "JPEG", int(rng.integers(40, 91)))


def shrunk(pixels: Pixels, longest: int) -> Pixels:
    """So that the longer side is at most `longest` pixels."""
    height, width = pixels.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def _saved(quality: int, pixels: Pixels, number: int) -> Pixels:
    return reencoded(pixels, "JPEG", quality)


def _saved_as_webp(quality: int, pixels: Pixels, number: int) -> Pixels:
    return reencoded(pixels, "WEBP", quality)


def _resized(longest: int, pixels: Pixels, number: int) -> Pixels:
    return shrunk(pixels, longest)


def _blurred(pixels: Pixels, number: int) -> Pixels:
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(BLUR_SIGMA)))


def _noisy(pixels: Pixels, number: int) -> Pixels:
    noise = np.random.default_rng((SEED, number)).normal(0, NOISE_SIGMA, pixels.shape)
    return np.rint(np.clip(pixels + noise, 0, 255)).astype(np.uint8)


def _tier(longest: int, quality: int, pixels: Pixels, number: int) -> Pixels:
    return reencoded(shrunk(pixels, longest), "JPEG", quality)


CHANGES: dict[str, Change] = {
    **{f"JPEG {quality}": partial(_saved, quality) for quality in (95, 80, 60, 40, 20)},
    "WebP 60": partial(_saved_as_webp, 60),
    **{f"shrunk to {side} px": partial(_resized, side) for side in (224, 112, 64)},
    f"blur of {BLUR_SIGMA} px": _blurred,
    f"noise of {NOISE_SIGMA:.0f} levels": _noisy,
    "web: 768 px, JPEG 60": partial(_tier, 768, 60),
    "hard: 512 px, JPEG 40": partial(_tier, 512, 40),
    "thumbnail: 256 px, JPEG 75": partial(_tier, 256, 75),
    "thumbnail: 192 px, JPEG 50": partial(_tier, 192, 50),
}


def sample(entries: Sequence[Entry], each: int = EACH_CLASS) -> list[int]:
    """Numbers of pictures of both classes, from all kinds in turn; clips are left out."""
    shuffled = [int(n) for n in np.random.default_rng(SEED).permutation(len(entries))]
    taken: list[int] = []
    for fake in (False, True):
        kinds = grouped(
            [
                (entries[n].kind, n)
                for n in shuffled
                if entries[n].is_fake == fake and not is_clip(entries[n].path)
            ]
        )
        turns = chain.from_iterable(zip_longest(*kinds.values()))
        taken += [number for number in turns if number is not None][:each]
    return taken


def grid(
    plain: Sequence[Record],
    again: Callable[[str, Change], Sequence[Record]],
    fake_from: float,
) -> Iterator[Row]:
    """One row a change, after one for the pictures as they are.

    Args:
        plain: Of both classes.
        again: Scores the same pictures, in order, changed.
    """
    before = scored_of(plain)
    yield row("as they are", before, before, fake_from)
    for name, change in CHANGES.items():
        yield row(name, before, scored_of(again(name, change)), fake_from)


def row(name: str, before: Scored, after: Scored, fake_from: float) -> Row:
    """Compare the probabilities of the same pictures before and after a change."""
    fake = before.fake
    shift = metrics.log_odds(after.score) - metrics.log_odds(before.score)
    mixed = [
        Scored(
            fake, np.where(fake == changed, after.score, before.score), before.kind, before.group
        )
        for changed in (False, True)
    ]
    return Row(
        name=name,
        auc=metrics.figure(f"AUC, {name}", after, metrics.auc),
        false_alarms=_rate(f"false alarms, {name}", after, fake=False, fake_from=fake_from),
        recall=_rate(f"recall, {name}", after, fake=True, fake_from=fake_from),
        real_shift=round(float(shift[~fake].mean()), 4),
        fake_shift=round(float(shift[fake].mean()), 4),
        auc_reals_only=round(metrics.value(mixed[0], metrics.auc), 4),
        auc_fakes_only=round(metrics.value(mixed[1], metrics.auc), 4),
    )


def _rate(name: str, scored: Scored, *, fake: bool, fake_from: float) -> Figure:
    part = scored.where(scored.fake == fake)
    return metrics.figure(name, part, metrics.share_between(fake_from))
