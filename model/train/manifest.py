"""The list of labelled pictures that training and evaluation read: `manifest.csv`.

Columns that must be there: path (relative to the file), domain, split, label, kind, group; licence
and source_repo are read if they are there. To be learned from, no group may stand in two splits.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.upright import shown_as_stored, upright

LABELS = frozenset({"real", "fake", "hardneg"})
UNSTATED = "unstated"
COLUMNS = ("path", "domain", "split", "label", "kind", "group")


class ManifestError(ValueError):
    """A manifest that cannot be used; the message names the line."""


@dataclass(frozen=True)
class Entry:
    """One labelled picture."""

    path: Path
    domain: str
    split: str
    label: str
    kind: str
    group: str
    licence: str
    source: str = UNSTATED

    @property
    def is_fake(self) -> bool:
        """Hard negatives are real: no generator made them."""
        return self.label == "fake"

    @property
    def shorter_side(self) -> int:
        """In pixels, read from the head of the file; raises as `pixels` does."""
        with self._opened() as image:
            return min(image.size)

    def pixels(self) -> npt.NDArray[np.uint8]:
        """(H, W, 3) sRGB, upright: what the service would see.

        Raises:
            ManifestError: If the file is missing or no picture.
        """
        with self._opened() as image:
            return np.asarray(upright(image))

    @cached_property
    def identity(self) -> str:
        """Names the picture among what is made of pictures once and kept.

        One that is shown otherwise than its file stores it has another name than its path, under
        which what was made of its stored pixels may be kept; raises as `pixels` does.
        """
        with self._opened() as image:
            return f"{self.path}" if shown_as_stored(image) else f"{self.path}, upright in sRGB"

    @contextmanager
    def _opened(self) -> Iterator[Image.Image]:
        try:
            with Image.open(self.path) as image:
                yield image
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise ManifestError(f"{self.path} cannot be read as a picture: {error}") from error


def read(path: Path) -> list[Entry]:
    """All entries of a manifest, in its order.

    Args:
        path: The CSV file, or the folder that holds `manifest.csv`.

    Raises:
        ManifestError: If a column or a value is missing or unknown.
    """
    path = (path / "manifest.csv" if path.is_dir() else path).resolve()
    if not path.is_file():
        raise ManifestError(f"{path} does not exist: name a folder with a manifest.csv.")
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise ManifestError(f"{path} lacks the column {missing[0]!r}.")
            entries = [_entry(path, number, row) for number, row in enumerate(reader, 2)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ManifestError(f"{path} is not CSV in UTF-8: {error}.") from error
    return entries


def to_learn_from(*paths: Path) -> list[Entry]:
    """The same of several, if what is validated on was not trained on.

    Raises:
        ManifestError: As `read` does, or if rows of one group stand in two splits.
    """
    entries = [entry for path in paths for entry in read(path)]
    splits: defaultdict[str, set[str]] = defaultdict(set)
    for entry in entries:
        splits[entry.group].add(entry.split)
    torn = [group for group, where in splits.items() if len(where) > 1]
    if torn:
        names = " and ".join(str(path) for path in paths)
        raise ManifestError(f"{names}: group {torn[0]!r} stands in more than one split.")
    return entries


def few(entries: list[Entry], each: int) -> list[Entry]:
    """At most `each` rows of a split and kind, of the same groups for kinds that share groups."""
    taken: Counter[tuple[str, str]] = Counter()
    kept = set()
    for entry in sorted(entries, key=lambda e: hashlib.sha256(e.group.encode()).digest()):
        taken[entry.split, entry.kind] += 1
        if taken[entry.split, entry.kind] <= each:
            kept.add(entry.path)
    return [entry for entry in entries if entry.path in kept]


def digest(*paths: Path) -> str:
    """SHA-256 of the manifest's bytes, or of several digests: names what weights learned from."""
    files = [path / "manifest.csv" if path.is_dir() else path for path in paths]
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def _entry(path: Path, number: int, row: dict[str, str]) -> Entry:
    if any(row[name] is None for name in COLUMNS):
        raise ManifestError(f"{path}, line {number}: there are fewer values than columns.")
    if row["label"] not in LABELS:
        raise ManifestError(
            f"{path}, line {number}: label {row['label']!r} is none of {', '.join(sorted(LABELS))}."
        )
    values = {name: row[name] for name in COLUMNS[1:]}
    origin = {
        "licence": row.get("licence") or UNSTATED,
        "source": row.get("source_repo") or UNSTATED,
    }
    return Entry(path.parent / row["path"], **values, **origin)
