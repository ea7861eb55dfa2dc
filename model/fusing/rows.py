"""What every member said of labelled pictures: just now, or as `candor evaluate` wrote it down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ValidationError

from model.cards import ExpertName
from model.decision import log_odds
from model.ensemble import Scores
from model.evaluation.scoring import Record
from model.stacking import Heard
from model.weights import WeightsError

Members = Mapping[ExpertName, Sequence[str]]
"""Names of weights by expert, in the order of the registry."""


@dataclass(frozen=True, eq=False)
class Row:
    """One picture.

    Attributes:
        heard: Of every member.
    """

    fake: bool
    kind: str
    group: str
    domain: str
    heard: Heard

    def of(self, chosen: Mapping[ExpertName, Sequence[int]]) -> Heard:
        """Of some members, by number."""
        return Heard(
            self.heard.faces[:, list(chosen.get("face", ()))],
            self.heard.whole[[n for n in chosen.get("whole", ()) if n < len(self.heard.whole)]],
        )


class _Face(BaseModel):
    fake_probability: float
    members: dict[str, float] = {}


class _Score(BaseModel):
    split: str
    label: str
    kind: str
    group: str
    domain: str
    faces: list[_Face]
    experts: dict[str, float]
    members: dict[str, dict[str, float]] = {}
    frames: list[float] = []


class _File(BaseModel):
    weights: dict[str, str]
    scores: list[_Score]
    scores_degraded: list[_Score] = []


def of_records(records: Sequence[Record], members: Members) -> list[Row]:
    """Of pictures; clips are passed over, whose scores are means of many."""
    return [
        Row(
            r.entry.is_fake, r.entry.kind, r.entry.group, r.entry.domain,
            _heard(r.scores, members),
        )
        for r in records
        if not r.frames
    ]  # fmt: skip


def read(path: Path, members: Members, digests: Mapping[str, str], split: str) -> list[Row]:
    """Of a file of `candor evaluate --json`, the degraded pictures, if there are any, as well.

    Args:
        digests: Of the members, by name.
        split: Of the manifest that was scored; pictures of others are passed over.

    Raises:
        WeightsError: If it is no such file, of other weights, or has no pictures of that split.
    """
    try:
        file = _File.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise WeightsError(
            f"{path} holds no scores that can be fused: write it with `candor evaluate --json`, of "
            f"this version. {error.errors()[0]['loc']}: {error.errors()[0]['msg']}."
        ) from error
    if file.weights != digests:
        raise WeightsError(
            f"{path} is of other weights than those that registry.toml names: score again."
        )
    pictures = [one for one in (*file.scores, *file.scores_degraded) if not one.frames]
    scores = [one for one in pictures if one.split == split]
    if not scores:
        there = ", ".join(sorted({one.split for one in pictures})) or "none"
        raise WeightsError(
            f"{path} has no pictures of the split {split!r}: name one that it has with --split "
            f"({there})."
        )
    return [
        Row(one.label == "fake", one.kind, one.group, one.domain, _heard(one, members))
        for one in scores
    ]


def _heard(scores: Scores | _Score, members: Members) -> Heard:
    faces = [
        [_said(face.members, name, face.fake_probability) for name in members.get("face", ())]
        for face in scores.faces
    ]
    whole = [
        _said(scores.members.get("whole", {}), name, scores.experts["whole"])
        for name in members.get("whole", ())
        if "whole" in scores.experts
    ]
    shape = (len(scores.faces), len(members.get("face", ())))
    return Heard(np.array(faces, float).reshape(shape), np.array(whole, float))


def _said(by_name: Mapping[str, float], name: str, alone: float) -> float:
    """Log-odds; an expert with one member has no list of them."""
    if by_name and name not in by_name:
        raise WeightsError(f"A picture was not scored by {name}: score again, by all members.")
    return log_odds(by_name[name] if by_name else alone)


def part_of(rows: Sequence[Row], chosen: npt.NDArray[np.bool_]) -> list[Row]:
    """Those that are chosen."""
    return [row for row, taken in zip(rows, chosen, strict=True) if taken]


def column(rows: Sequence[Row], attribute: str) -> npt.NDArray[np.generic]:
    """One attribute of all rows."""
    return np.array([getattr(row, attribute) for row in rows])
