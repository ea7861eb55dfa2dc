"""All that an evaluation found, and its JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from model.cards import Figure
from model.decision import Thresholds
from model.evaluation.figures import RiskCoverage, Sections
from model.evaluation.robustness import Row
from model.evaluation.scoring import Record, Unreadable, verdict_of
from model.train.manifest import Entry


@dataclass(frozen=True)
class Evaluation:
    """All that is known in the end.

    Attributes:
        cross: AUC by kind of real, then kind of fake.
        risk_coverage: By domain.
        degraded: The same pictures as the web degrades them, where they were scored so.
        weights: SHA-256 of those that serve, by name.
    """

    model_id: str
    thresholds: Thresholds
    sections: Sections
    cross: dict[str, dict[str, Figure]]
    grid: Sequence[Row]
    risk_coverage: dict[str, RiskCoverage]
    records: Sequence[Record]
    unreadable: Sequence[Unreadable]
    degraded: Sequence[Record] = ()
    weights: Mapping[str, str] = field(default_factory=dict)

    def as_json(self, data: Path) -> str:
        """Every figure, and under `scores` one entry a picture.

        Args:
            data: The first manifest, or the folder that holds it: paths are told from there.
        """
        root = (data if data.is_dir() else data.parent).resolve()
        content = {
            "model": self.model_id,
            "weights": dict(self.weights),
            "thresholds": self.thresholds.model_dump(),
            "figures": {n: [f.model_dump() for f in fs] for n, fs in self.sections.items()},
            "cross_auc": {
                real: {fake: figure.model_dump() for fake, figure in fakes.items()}
                for real, fakes in self.cross.items()
            },
            "robustness": [_grid_row(row) for row in self.grid],
            "risk_coverage": {d: asdict(r) for d, r in self.risk_coverage.items()},
            "unreadable": [
                {"path": name_of(each.entry, root), "error": each.reason}
                for each in self.unreadable
            ],
            "scores": [score_row(record, root, self.thresholds) for record in self.records],
            "scores_degraded": [
                score_row(record, root, self.thresholds) for record in self.degraded
            ],
        }
        return json.dumps(content, indent=1)


def name_of(entry: Entry, root: Path) -> str:
    """The path as the manifest has it."""
    path = entry.path
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def _grid_row(row: Row) -> dict[str, object]:
    figures = {"auc": row.auc, "false_alarms": row.false_alarms, "recall": row.recall}
    return vars(row) | {name: figure.model_dump() for name, figure in figures.items()}


def score_row(record: Record, root: Path, limits: Thresholds) -> dict[str, object]:
    """One picture or clip, as it stands in the JSON."""
    scores = record.scores
    row: dict[str, object] = {
        "path": name_of(record.entry, root),
        "split": record.entry.split,
        "label": record.entry.label,
        "kind": record.entry.kind,
        "group": record.entry.group,
        "domain": record.entry.domain,
        "verdict": verdict_of(record, limits),
        "fake_probability": scores.fake_probability,
        "faces": [
            {
                "box": [face.left, face.top, face.width, face.height],
                "fake_probability": face.fake_probability,
                "confidence": face.confidence,
            }
            | ({"members": face.members} if face.members else {})
            for face in scores.faces
        ],
        "experts": scores.experts,
    }
    row |= {"members": scores.members} if scores.members else {}
    return row | ({"frames": record.frames} if record.frames else {})
