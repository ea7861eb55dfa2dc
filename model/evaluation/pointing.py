"""Whether explanations point at what was changed: maps against the difference to the original.

Where a manifest has a fake frame and the frame it was made from, in the same crop, the pixels that
differ are the truth. Each map is asked three things (Zhang et al., "Top-down Neural Attention by
Excitation Backprop", IJCV 2018, for the first): whether its highest cell was changed, how far its
highest cells, as many as were changed, cover those that were (IoU), and which share of it lies
there. A blob in the middle of the face, which has seen no picture, is asked the same: a swap
changes the middle, and a map is worth something where it beats the blob.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.cards import Figure
from model.explain import CELLS, Explainer, Grid
from model.faces import FaceFinder
from model.metrics import FEWEST, Scored, average, figure
from model.preparation import SIDE, Pixels, face_square, resized
from model.train.manifest import Entry, ManifestError

CHANGED_FROM = 6
"""Mean difference of a cell, in grey levels of 255, from which it was changed. Compression alone
moves the median cell of the FaceForensics++ pairs by 2."""
BLOB = 3.0
"""Standard deviation of the blob, in cells."""
MAPS = ("attention", "gradient", "middle of the face")
QUESTIONS = ("highest cell was changed", "IoU with what was changed", "share on what was changed")

Cells = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Pointed:
    """How the maps of one fake did.

    Attributes:
        changed: Share of the cells that were changed, which is what chance would hit.
        answers: By map and question, 0..1.
    """

    entry: Entry
    changed: float
    answers: dict[tuple[str, str], float]


def pairs(entries: Iterable[Entry]) -> list[tuple[Entry, Entry]]:
    """Each fake with the very frame it was made from: same group, same file name, same video.

    The video is the folder; FaceForensics++ names it TARGET_SOURCE for a fake, TARGET for the real.
    """
    entries = list(entries)
    reals = {
        (entry.group, entry.path.parent.name, entry.path.name): entry
        for entry in entries
        if not entry.is_fake
    }
    found = []
    for fake in (entry for entry in entries if entry.is_fake):
        folder = fake.path.parent.name
        for name in (folder.split("_")[0], folder):
            real = reals.get((fake.group, name, fake.path.name))
            if real is not None:
                found.append((fake, real))
                break
    return found


def point_all(
    explainer: Explainer, finder: FaceFinder, both: Iterable[tuple[Entry, Entry]]
) -> Iterator[Pointed | None]:
    """How each fake's maps did; None where a pair says nothing: other crops, no face, no change."""
    for fake, real in both:
        try:
            yield _pointed(explainer, finder, fake, fake.pixels(), real.pixels())
        except ManifestError:
            yield None


def _pointed(
    explainer: Explainer, finder: FaceFinder, entry: Entry, fake: Pixels, real: Pixels
) -> Pointed | None:
    faces = finder.find(fake, 1)
    if fake.shape != real.shape or not faces:
        return None
    square = face_square(faces[0], fake.shape[1], fake.shape[0])
    truth = changed_cells(*(resized(square.cut(pixels), SIDE) for pixels in (fake, real)))
    if not truth.any():
        return None
    [explained] = explainer.explain(fake, [square], faces)
    maps = zip(MAPS, (explained.look.attention, explained.gradient, blob()), strict=True)
    answers = {
        (name, question): answer
        for name, grid in maps
        for question, answer in zip(QUESTIONS, asked(grid, truth), strict=True)
    }
    return Pointed(entry, float(truth.mean()), answers)


def changed_cells(fake: Pixels, real: Pixels) -> Cells:
    """(CELLS, CELLS) of two squares of `SIDE` pixels, true where they differ."""
    apart = np.abs(fake.astype(np.int16) - real).mean(2)
    cell = SIDE // CELLS
    return np.asarray(apart.reshape(CELLS, cell, CELLS, cell).mean((1, 3)) > CHANGED_FROM)


def asked(grid: Grid, truth: Cells) -> tuple[float, float, float]:
    """The answers to `QUESTIONS`; a map that is empty points nowhere."""
    if not grid.any():
        return 0.0, 0.0, 0.0
    highest = np.zeros(truth.size, bool)
    highest[np.argsort(-grid.ravel().astype(int), kind="stable")[: truth.sum()]] = True
    there = highest & truth.ravel()
    both = highest | truth.ravel()
    return (
        float(truth.ravel()[grid.argmax()]),
        float(there.sum() / both.sum()),
        float(grid[truth].sum() / grid.sum()),
    )


def blob() -> Grid:
    """What somebody would point at who knows only that there is a face."""
    rows, columns = np.mgrid[0:CELLS, 0:CELLS] - (CELLS - 1) / 2
    values = np.exp(-(rows**2 + columns**2) / (2 * BLOB**2))
    return np.asarray((255 * values).round(), np.uint8)


def rows(pointed: Sequence[Pointed]) -> list[Figure]:
    """All figures: of each kind with enough pictures, the cells changed, and each map's answers."""
    return [row for kind in kinds(pointed) for row in _rows_of(kind, pointed)]


def kinds(pointed: Sequence[Pointed]) -> list[str]:
    """Those with at least `FEWEST` pictures."""
    counts = Counter(one.entry.kind for one in pointed)
    return sorted(kind for kind, count in counts.items() if count >= FEWEST)


def _rows_of(kind: str, pointed: Sequence[Pointed]) -> Iterator[Figure]:
    mine = [one for one in pointed if one.entry.kind == kind]
    yield _figure(f"{kind}: cells that were changed", mine, [one.changed for one in mine])
    for question in QUESTIONS:
        for name in MAPS:
            values = [one.answers[name, question] for one in mine]
            yield _figure(f"{kind}: {question}, {name}", mine, values)


def _figure(name: str, pointed: Sequence[Pointed], values: Sequence[float]) -> Figure:
    scored = Scored(
        np.ones(len(pointed), bool),
        np.array(values, float),
        np.array([one.entry.kind for one in pointed]),
        np.array([one.entry.group for one in pointed]),
    )
    return figure(name, scored, average)
