"""Faces of the training pictures, found once and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from model.faces import FaceFinder, FoundFace
from model.train.manifest import Entry

Table = dict[Path, FoundFace]


def faces_of(
    entries: Sequence[Entry], cache: Path, progress: Iterable[Entry] | None = None
) -> Table:
    """The largest face of each picture that has one; read from `cache` where it is known.

    Args:
        cache: Folder for the table, which is named after the pictures it covers.
        progress: `entries` wrapped to show progress, if wanted.
    """
    names = "\n".join(entry.identity for entry in entries)
    stored = cache / f"faces-{hashlib.sha256(names.encode()).hexdigest()[:12]}.npy"
    if not stored.exists():
        cache.mkdir(parents=True, exist_ok=True)
        rows = _found(progress or entries)
        part = stored.with_suffix(".part.npy")
        np.save(part, rows)
        part.rename(stored)
    rows = np.load(stored)
    return {
        entry.path: FoundFace.of(row[:4], float(row[4]), row[5:].reshape(5, 2))
        for entry, row in zip(entries, rows, strict=True)
        if not np.isnan(row[0])
    }


def _found(entries: Iterable[Entry]) -> np.ndarray:
    finder = FaceFinder()
    rows = []
    for entry in entries:
        faces = finder.find(entry.pixels(), limit=1)
        rows.append(_row(faces[0]) if faces else np.full(15, np.nan, np.float32))
    return np.stack(rows)


def _row(face: FoundFace) -> np.ndarray:
    box = (face.left, face.top, face.width, face.height, face.confidence)
    return np.concatenate((np.array(box, np.float32), face.landmarks.ravel()))
