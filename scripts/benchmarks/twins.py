"""The same frame twice, real and manipulated: pairs of the collection, and of its clips."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]
FORGED = ("ffpp-deepfakes-c23", "ffpp-face2face-c23", "ffpp-faceswap-c23")
CLIP_FRAMES = 12


@dataclass(frozen=True)
class Twins:
    """The same frame, real and manipulated."""

    real: Pixels
    fake: Pixels
    group: str
    kind: str


def crops(data: Path, at_most: int) -> Iterator[Callable[[], Twins]]:
    """Pairs of the manifest whose two sides show one frame."""
    with (data / "manifest.csv").open(newline="") as file:
        rows = {row["path"]: row for row in csv.DictReader(file)}
    by_kind: dict[str, list[tuple[str, str, str]]] = {}
    for path, row in rows.items():
        real = _original_of(path, row["kind"], rows)
        if real is not None:
            by_kind.setdefault(row["kind"], []).append((real, path, row["group"]))
    for kind, found in sorted(by_kind.items()):
        for index in np.random.default_rng(0).permutation(len(found))[:at_most]:
            real, fake, group = found[index]
            yield partial(_twins, data / real, data / fake, group, kind)


def _twins(real: Path, fake: Path, group: str, kind: str) -> Twins:
    return Twins(_read(real), _read(fake), group, kind)


def _original_of(path: str, kind: str, rows: dict[str, dict[str, str]]) -> str | None:
    if kind == "dfdc-fake":
        real = path.replace("/fake/dfdc-fake/", "/real/dfdc-real/")
        return real if real in rows else None
    if kind not in FORGED:
        return None
    *_, pair, frame = path.split("/")
    target = pair.partition("_")[0]
    options = [
        f"faces/{split}/real/ffpp-original-c23/{target}/{frame}" for split in ("train", "val")
    ]
    return next((real for real in options if real in rows), None)


def clips(data: Path) -> Iterator[Twins]:
    """Whole frames of the clips, the manipulated beside the original's of the same number."""
    import av

    with (data / "manifest.csv").open(newline="") as file:
        clips = [row for row in csv.DictReader(file) if row["domain"] == "video"]
    frames: dict[str, list[Pixels]] = {}
    for clip in clips:
        with av.open(str(data / clip["path"])) as container:
            every = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        frames[clip["path"]] = every
    reals = [clip for clip in clips if clip["label"] == "real"]
    for clip in clips:
        if clip["label"] != "fake":
            continue
        target = Path(clip["path"]).stem.rpartition("-")[2].partition("_")[0]
        original = next((one for one in reals if Path(one["path"]).stem.endswith(target)), None)
        if original is None:
            continue
        pairs = list(zip(frames[original["path"]], frames[clip["path"]], strict=False))
        for index in np.linspace(0, len(pairs) - 1, CLIP_FRAMES).astype(int):
            real, fake = pairs[index]
            if real.shape == fake.shape:
                yield Twins(real, fake, clip["group"], f"{clip['kind']}, whole frames")


def _read(path: Path) -> Pixels:
    return np.asarray(Image.open(path).convert("RGB"))
