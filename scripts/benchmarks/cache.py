"""`scripts/bench cache`: whether copies are told from forgeries, on labelled pairs of frames.

Every real frame and its manipulated twin are compared both ways, each plain and as the web degrades
it, by the rule that serves and by those that others use. A rule is good that takes no forgery for
a copy and most copies for copies.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from PIL import Image, ImageEnhance, ImageFilter
from rich.progress import track
from scipy.fft import dctn
from scipy.stats import beta

from api.fingerprint import pdq_of
from api.reduction import Reducible
from api.verdict import Box
from api.witness import Witness
from benchmarks.report import Column, write
from benchmarks.twins import Pixels, Twins, clips, crops
from model.detector import SMALLEST_FACE
from model.faces import FaceFinder

Change = Callable[[Image.Image], Image.Image]
FACES_AT_MOST = 16


def _saved(kind: str, quality: int) -> Change:
    def change(image: Image.Image) -> Image.Image:
        buffer = io.BytesIO()
        image.save(buffer, kind, quality=quality)
        return Image.open(buffer).convert("RGB")

    return change


def _fitted(longest: int, quality: int) -> Change:
    """As a platform makes it: no side longer than so many pixels, then a JPEG."""

    def change(image: Image.Image) -> Image.Image:
        small = image.copy()
        small.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        return _saved("JPEG", quality)(small)

    return change


def _scaled(factor: float) -> Change:
    def change(image: Image.Image) -> Image.Image:
        size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
        return _saved("JPEG", 85)(image.resize(size, Image.Resampling.LANCZOS))

    return change


def _cut(share: float) -> Change:
    def change(image: Image.Image) -> Image.Image:
        x, y = round(image.width * share), round(image.height * share)
        return image.crop((x, y, image.width - x, image.height - y))

    return change


def _gamma(exponent: float) -> Change:
    table = [round(255 * (level / 255) ** exponent) for level in range(256)] * 3
    return lambda image: image.point(table)


def _chain(longest: int) -> Change:
    return lambda image: _fitted(longest, 75)(_fitted(round(longest * 1.5), 85)(image))


HARMLESS: dict[str, Change] = {
    **{f"JPEG {q}": _saved("JPEG", q) for q in (95, 80, 60, 40, 30)},
    **{f"WebP {q}": _saved("WEBP", q) for q in (90, 60, 40)},
    **{f"AVIF {q}": _saved("AVIF", q) for q in (80, 50)},
    **{f"chain to {side} px": _chain(side) for side in (1080, 640, 320)},
    "three quarters": _scaled(0.75),
    "half": _scaled(0.5),
    "gamma 0.9": _gamma(0.9),
    "gamma 1.1": _gamma(1.1),
    "5 % brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.05),
    "sharpened": lambda image: image.filter(ImageFilter.UnsharpMask(1, 50, 0)),
    "1 % cut off": _cut(0.01),
}
SCORED_ANEW: dict[str, Change] = {
    "2 % cut off": _cut(0.02),
    "greyscale": lambda image: image.convert("L").convert("RGB"),
}
"""Copies that need not be recognised; told beside the others."""


@dataclass(frozen=True)
class Shown:
    """What the rules look at in one picture."""

    phash: int
    pdq: int
    picture: Reducible

    @classmethod
    def of(cls, pixels: Pixels) -> Shown:
        """Of (H, W, 3) uint8 RGB."""
        return cls(_phash(pixels), int(pdq_of(pixels)[0], 16), Reducible(pixels))


@dataclass(frozen=True)
class Known:
    """A picture that was scored, and its witness."""

    shown: Shown
    witness: Witness | None


Rule = Callable[[Known, Shown], bool]
PDQ_NEAR = 31


def _pdq_within(bits: int) -> Rule:
    return lambda known, other: (known.shown.pdq ^ other.pdq).bit_count() <= bits


def _served(known: Known, other: Shown) -> bool:
    near = _pdq_within(PDQ_NEAR)(known, other)
    return near and known.witness is not None and known.witness.confirms(other.picture).same


RULES: dict[str, Rule] = {
    "pHash <= 8": lambda known, other: (known.shown.phash ^ other.phash).bit_count() <= 8,
    "PDQ <= 31": _pdq_within(31),
    "PDQ <= 10": _pdq_within(10),
    "PDQ = 0": _pdq_within(0),
    "PDQ <= 31 and the witness": _served,
}


@click.command()
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path),
              required=True, help="Folder with manifest.csv and paired frames.")  # fmt: skip
@click.option("--pairs", default=300, show_default=True, help="Pairs of each kind, at most.")
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path))
def cache(data: Path, pairs: int, out: Path | None) -> None:
    """Copies against forgeries, by rule and by what was done to them."""
    finder = FaceFinder()
    tally = Tally()
    twins = list(crops(data, pairs))
    for read in track(twins, "comparing"):
        tally.compare(read(), finder)
    for frames in clips(data):
        tally.compare(frames, finder)
    write("cache", tally.tables(), out)


class Tally:
    """Counts what each rule took for a copy."""

    def __init__(self) -> None:
        self._copies: dict[tuple[str, str], list[bool]] = {}
        self._forged: dict[tuple[str, str], list[tuple[str, bool]]] = {}
        self._closest: dict[str, float] = {}

    def compare(self, twins: Twins, finder: FaceFinder) -> None:
        """Each of both as the known one, against every variant of itself and of the other."""
        for here, there in ((twins.real, twins.fake), (twins.fake, twins.real)):
            known = Known(Shown.of(here), Witness.of(here, _boxes(here, finder)))
            for name, change in (HARMLESS | SCORED_ANEW).items():
                self._copy(name, known, Shown.of(np.asarray(change(Image.fromarray(here)))))
            for change in ({"as it is": lambda image: image} | HARMLESS).values():
                other = Shown.of(np.asarray(change(Image.fromarray(there))))
                self._forgery(twins, known, other)

    def _copy(self, name: str, known: Known, other: Shown) -> None:
        for rule, takes in RULES.items():
            self._copies.setdefault((rule, name), []).append(takes(known, other))

    def _forgery(self, twins: Twins, known: Known, other: Shown) -> None:
        for rule, takes in RULES.items():
            taken = (twins.group, takes(known, other))
            self._forged.setdefault((rule, twins.kind), []).append(taken)
        if known.witness is not None:
            difference = known.witness.confirms(other.picture).difference
            if difference is not None:
                closest = self._closest.get(twins.kind, difference)
                self._closest[twins.kind] = min(closest, difference)

    def tables(self) -> list[tuple[str, Sequence[Column], list[list[object]]]]:
        """What `benchmarks.report` prints."""
        kinds = sorted({kind for _, kind in self._forged})
        rules = []
        for rule in RULES:
            all_forged = [one for kind in kinds for one in self._forged[rule, kind]]
            copies = [taken for name in HARMLESS for taken in self._copies[rule, name]]
            rules.append([
                rule, sum(taken for _, taken in all_forged), len(all_forged),
                _percent(sum(t for _, t in all_forged), len(all_forged)),
                _bound(all_forged), _percent(sum(copies), len(copies)), len(copies),
            ])  # fmt: skip
        variants = [
            [name, *(_percent(sum(self._copies[rule, name]), len(self._copies[rule, name]))
                     for rule in RULES)]
            for name in HARMLESS | SCORED_ANEW
        ]  # fmt: skip
        sources = []
        for kind in kinds:
            served = self._forged["PDQ <= 31 and the witness", kind]
            plain = self._forged["PDQ <= 31", kind]
            sources.append([
                kind, len(served), len({group for group, _ in served}),
                sum(t for _, t in plain), sum(t for _, t in served), self._closest.get(kind),
            ])  # fmt: skip
        return [
            ("Rules", ("rule", "forgeries taken", "of", "share", "bound by video, 95 %",
                       "copies taken", "of"), rules),
            ("Copies", ("what was done", *RULES), variants),
            ("Forgeries", ("kind", "compared", "videos", "PDQ <= 31 takes", "the witness takes",
                           "least difference"), sources),
        ]  # fmt: skip


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _bound(taken: Sequence[tuple[str, bool]]) -> str:
    """Clopper and Pearson's upper bound on the share of videos with any forgery taken."""
    groups = {group for group, _ in taken}
    failed = len({group for group, was in taken if was})
    upper = 1.0 if failed == len(groups) else beta.ppf(0.95, failed + 1, len(groups) - failed)
    return f"{failed} of {len(groups)}, at most {100 * upper:.1f} %"


def _boxes(pixels: Pixels, finder: FaceFinder) -> list[Box]:
    """As the service finds and cuts them."""
    height, width, _ = pixels.shape
    boxes = []
    for face in finder.find(pixels, FACES_AT_MOST):
        if face.size < SMALLEST_FACE:
            continue
        left, top = max(0, round(face.left)), max(0, round(face.top))
        right = min(width, round(face.left + face.width))
        bottom = min(height, round(face.top + face.height))
        boxes.append(
            Box(left=left, top=top, width=max(1, right - left), height=max(1, bottom - top))
        )
    return boxes


def _phash(pixels: Pixels) -> int:
    """The DCT hash of 64 bits that pHash and imagehash made common."""
    grey = Image.fromarray(pixels).convert("L").resize((32, 32), Image.Resampling.LANCZOS)
    low = dctn(np.asarray(grey, np.float64))[:8, :8]
    bits = (low > np.median(low)).ravel()
    return int("".join("1" if bit else "0" for bit in bits), 2)
