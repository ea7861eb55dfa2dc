"""A manifest for a folder of pictures that has none: what `candor manifest` does.

    FOLDER/real/...   FOLDER/fake/...   FOLDER/hardneg/...

Below a label, the first folder names a kind, and pictures that share a folder below that show one
person, video or scene; `grouping` tells what else belongs together.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pdqhash
from PIL import Image

from model.faces import FaceFinder
from model.preparation import Pixels
from model.shrinking import shrunk
from model.train import grouping
from model.train.grouping import Placed
from model.train.manifest import LABELS, ManifestError
from model.upright import upright

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".bmp", ".tif", ".tiff"})
CLEAR_FROM = 50
"""PDQ's own quality; flat pictures all look alike to it."""
PDQ_SIDE = 512
FACE_SHARE = 0.2
"""Of the shorter side, which the largest face must have for a picture to count as one of a face."""
UNREADABLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
"""What Pillow raises of a file that is no picture, or far too large."""
Track = Callable[[Iterable[Path], str], Iterable[Path]]


@dataclass(frozen=True)
class Seen:
    """A picture of the folder, and what was read of it."""

    placed: Placed
    kind: str
    domain: str
    size: tuple[int, int]
    sha256: str


@dataclass(frozen=True)
class Gathered:
    """What a folder held.

    Attributes:
        unreadable: Files that look like pictures by their names and are none.
    """

    rows: list[dict[str, object]]
    groups: int
    unreadable: list[Path]


def gathered(
    folder: Path, *, licence: str, source: str, validation: float, seed: int, track: Track
) -> Gathered:
    """Rows of a manifest beside the pictures.

    Args:
        licence, source: Of all pictures.
        validation: Share of each label to validate on, 0..1.
        seed: Another gives another split.

    Raises:
        ManifestError: If the folder lacks reals or fakes, or enough groups of them to split.
    """
    paths = _pictures(folder)
    finder = FaceFinder()
    seen, unreadable = [], []
    for path in track(paths, "reading pictures"):
        try:
            seen.append(_seen(path, folder, finder))
        except UNREADABLE:
            unreadable.append(path)
    placed = [each.placed for each in seen]
    groups = grouping.grouped(placed)
    held = grouping.validated(placed, groups, validation, seed)
    rows: list[dict[str, object]] = [
        {
            "path": each.placed.path.as_posix(),
            "domain": each.domain,
            "split": "val" if group in held else "train",
            "label": each.placed.label,
            "kind": each.kind,
            "group": group,
            "width": each.size[0],
            "height": each.size[1],
            "source_repo": source,
            "licence": licence,
            "sha256": each.sha256,
        }
        for each, group in zip(seen, groups, strict=True)
    ]
    return Gathered(rows, len(set(groups)), unreadable)


def write(path: Path, rows: Sequence[dict[str, object]]) -> None:
    """As CSV, atomically."""
    part = path.with_suffix(".part")
    with part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    part.replace(path)


def _pictures(folder: Path) -> list[Path]:
    labels = [folder / label for label in sorted(LABELS) if (folder / label).is_dir()]
    found = sorted(
        path
        for label in labels
        for path in label.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.is_file()
    )
    missing = {"real", "fake"} - {path.relative_to(folder).parts[0] for path in found}
    if missing:
        raise ManifestError(
            f"{folder / max(missing)} holds no pictures: put real ones into {folder / 'real'} and "
            f"fakes into {folder / 'fake'}."
        )
    return found


def _seen(path: Path, folder: Path, finder: FaceFinder) -> Seen:
    content = path.read_bytes()
    with Image.open(path) as image:
        pixels = np.asarray(upright(image))
    placed = Placed(path.relative_to(folder), _hash(pixels))
    label, *below = placed.path.parts[:-1]
    faces = finder.find(pixels, 1)
    height, width = pixels.shape[:2]
    of_face = bool(faces) and faces[0].size >= FACE_SHARE * min(height, width)
    return Seen(
        placed,
        below[0] if below else label,
        "face" if of_face else "general",
        (width, height),
        hashlib.sha256(content).hexdigest(),
    )


def _hash(pixels: Pixels) -> npt.NDArray[np.uint64] | None:
    height, width = pixels.shape[:2]
    scale = PDQ_SIDE / max(width, height)
    if scale < 1:
        pixels = shrunk(pixels, max(1, round(width * scale)), max(1, round(height * scale)))
    bits, quality = pdqhash.compute(pixels)
    if quality < CLEAR_FROM:
        return None
    return np.packbits(np.asarray(bits, np.uint8)).view(np.uint64)
