"""What the detector that serves says of labelled pictures and clips, fused as the service fuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from model.decision import Thresholds
from model.detector import Detector
from model.ensemble import Scores
from model.evaluation import clips
from model.metrics import Scored
from model.preparation import Pixels
from model.train import manifest
from model.train.manifest import Entry, ManifestError

BATCH = 8
TRAINING = "train"
CLIP = "clip:"

Change = Callable[[Pixels, int], Pixels]
"""Pixels and the picture's number -> the pixels that are scored instead."""


@dataclass(frozen=True)
class Record:
    """One labelled picture or clip, and what was said of it.

    Attributes:
        scores: Of a clip: the mean of its frames, with the faces of the most suspicious one.
        frames: Fake probability of each frame that was looked at; empty for a picture.
    """

    entry: Entry
    scores: Scores
    frames: tuple[float, ...] = ()

    @property
    def video(self) -> str:
        """Names the clip, or the folder of frames of one group, that it belongs to."""
        return video_of(self.entry)


@dataclass(frozen=True)
class Unreadable:
    """A row of the manifest that could not be scored, and why."""

    entry: Entry
    reason: str


def video_of(entry: Entry) -> str:
    """Names the clip, which starts with `CLIP`, or the folder of frames of one group."""
    if clips.is_clip(entry.path):
        return f"{CLIP}{entry.path}"
    return f"{entry.path.parent}\n{entry.group}"


def chosen(data: Sequence[Path], split: str | None) -> list[Entry]:
    """The rows of some manifests to measure on: of one split, or all that no training has seen.

    Raises:
        ManifestError: If the manifest cannot be used or has no such rows.
    """
    entries = [entry for path in data for entry in manifest.read(path)]
    names = " and ".join(str(path) for path in data)
    if split is not None:
        entries = [e for e in entries if e.split == split]
        if not entries:
            raise ManifestError(f"{names} has no rows in the split {split!r}.")
        return entries
    unseen = [e for e in entries if e.split != TRAINING]
    if not unseen:
        raise ManifestError(
            f"{names} has nothing outside the split {TRAINING!r}. To measure on what training has "
            f"seen, which flatters, say --split {TRAINING}."
        )
    return unseen


def score_all(
    detector: Detector, entries: Iterable[Entry], change: Change | None = None
) -> Iterator[Record | Unreadable]:
    """Score in order, a few pictures at a time; what cannot be read is told and passed over."""
    numbered = enumerate(entries)
    while chunk := list(islice(numbered, BATCH)):
        pictures: list[Pixels] = []
        read: list[tuple[Entry, int]] = []
        for number, entry in chunk:
            try:
                frames = pixels_of(entry)
            except ManifestError as error:
                yield Unreadable(entry, str(error))
                continue
            pictures += [change(pixels, number) if change else pixels for pixels in frames]
            read.append((entry, len(frames)))
        scores = iter(detector.score(pictures))
        for entry, count in read:
            yield _record(entry, [next(scores) for _ in range(count)])


def pixels_of(entry: Entry) -> list[Pixels]:
    """The picture, or some frames of the clip."""
    return clips.frames(entry.path) if clips.is_clip(entry.path) else [entry.pixels()]


def scored_of(records: Sequence[Record]) -> Scored:
    """As arrays, by fused probability."""
    return Scored(
        np.array([r.entry.is_fake for r in records], bool),
        np.array([r.scores.fake_probability for r in records], float),
        np.array([r.entry.kind for r in records], str),
        np.array([r.entry.group for r in records], str),
    )


def verdict_of(record: Record, limits: Thresholds) -> str:
    """What the service would call it; what nothing could judge stays uncertain."""
    scores = record.scores
    limits = limits.widened(scores.doubt)
    return limits.verdict(scores.fake_probability) if scores.experts else "uncertain"


def _record(entry: Entry, scores: Sequence[Scores]) -> Record:
    if not clips.is_clip(entry.path):
        return Record(entry, scores[0])
    worst = max(scores, key=lambda each: each.fake_probability)
    by_expert = {
        name: float(np.mean([s.experts[name] for s in scores if name in s.experts]))
        for name in {name for s in scores for name in s.experts}
    }
    frames = tuple(s.fake_probability for s in scores)
    return Record(entry, Scores(float(np.mean(frames)), worst.faces, by_expert), frames)
