"""What a folder of forgeries holds: pictures, a list of each kind as it grows, and their manifest.

OUT/manifest.csv           everything below, in the format of training manifests
OUT/KIND/order.json        what was ordered; another order of the kind wants another folder
OUT/KIND/rows.csv          a line for each picture that is finished
OUT/KIND/pictures/...      where the source lies beside its own manifest
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from PIL import Image

from model.train.forgery.forger import ForgeError, Forgery
from model.train.manifest import Entry
from model.train.reconstructions import jpeg_like

COLUMNS = (
    "path", "domain", "split", "label", "kind", "group", "width", "height", "source_repo",
    "licence", "sha256", "made_from",
)  # fmt: skip
MANIFEST, ROWS, ORDER = "manifest.csv", "rows.csv", "order.json"


class Ledger:
    """The forgeries of one kind in a folder.

    Args:
        out: The folder, which may hold other kinds.
        order: All that decides what a picture becomes.

    Raises:
        ForgeError: If the folder holds forgeries of this kind by another order, or others.
    """

    def __init__(self, out: Path, kind: str, order: dict[str, object]) -> None:
        if (out / MANIFEST).exists() and not any(out.glob(f"*/{ORDER}")):
            raise ForgeError(
                f"{out / MANIFEST} lists other pictures and would be overwritten: name a folder of "
                "its own as --out."
            )
        self._out = out
        self._kind = kind
        self._folder = out / kind
        told, text = self._folder / ORDER, json.dumps(order, indent=1, sort_keys=True)
        if told.exists() and told.read_text(encoding="utf-8") != text:
            raise ForgeError(
                f"{self._folder} holds {kind} by another order, see {told}: name another --out, or "
                "delete that folder."
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        told.write_text(text, encoding="utf-8")
        rows = [row for row in _rows(self._folder / ROWS) if self._is_there(row)]
        self._sources = {row["path"]: row["made_from"] for row in rows}

    def __contains__(self, name: str) -> bool:
        return name in self._sources.values()

    def add(self, name: str, source: Entry, made: Forgery) -> None:
        """Write a picture in the format of its source, then its line.

        Args:
            name: Of the source, relative to its manifest.
        """
        content, suffix = _saved(source.path, made)
        path = self._path(name, suffix)
        if self._sources.get(path, name) != name:
            # Of two sources that differ in their suffix alone.
            path = self._path(f"{name.replace('.', '-')}.", suffix)
        target = self._out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        part.write_bytes(content)
        part.replace(target)
        height, width = made.pixels.shape[:2]
        parents = (source, *made.donors)
        row = (
            path, source.domain, source.split, "fake", self._kind, _group(name, source, made),
            width, height, _joined(e.source for e in parents), _joined(e.licence for e in parents),
            hashlib.sha256(content).hexdigest(), name,
        )  # fmt: skip
        _append(self._folder / ROWS, row)
        self._sources[path] = name

    def close(self) -> Path:
        """Write the manifest of all kinds in the folder."""
        lists = sorted(self._out.glob(f"*/{ROWS}"))
        rows = {row["path"]: row for each in lists for row in _rows(each)}
        manifest = self._out / MANIFEST
        part = manifest.with_suffix(".part")
        with part.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows.values())
        part.replace(manifest)
        return manifest

    def _path(self, name: str, suffix: str) -> str:
        place = Path(self._kind) / "pictures" / name
        return place.with_name(f"{place.stem}{suffix}").as_posix()

    def _is_there(self, row: dict[str, str]) -> bool:
        try:
            content = (self._out / row["path"]).read_bytes()
        except OSError:
            return False
        return hashlib.sha256(content).hexdigest() == row["sha256"]


def _saved(source: Path, made: Forgery) -> tuple[bytes, str]:
    """A file with the JPEG tables of its source, or PNG if that is none; and its suffix.

    How a picture was saved would else tell the fake from the real.
    """
    jpeg = None if made.exact else jpeg_like(source, made.pixels)
    if jpeg is not None:
        return jpeg, ".jpg"
    buffer = io.BytesIO()
    Image.fromarray(made.pixels).save(buffer, "PNG")
    return buffer.getvalue(), ".png"


def _group(name: str, source: Entry, made: Forgery) -> str:
    if not made.alone:
        return source.group
    return f"forged-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def _joined(texts: Iterable[str]) -> str:
    return " + ".join(dict.fromkeys(texts))


def _append(path: Path, row: tuple[object, ...]) -> None:
    fresh = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow(COLUMNS)
        writer.writerow(row)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """Lines that are whole: the last may have been cut off when the power went."""
    if not path.exists():
        return
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if None not in row and None not in row.values() and len(row["sha256"]) == 64:
                yield row
