"""One HTML file that needs nothing beside it: curves, tables, and the worst mistakes to look at."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Plot
from PIL import Image

from model import metrics
from model.evaluation.results import Evaluation
from model.evaluation.scoring import Record, pixels_of, scored_of, verdict_of
from model.metrics import Scored

MISTAKES = 12
"""Shown of each sort and domain."""
THUMBNAIL = 144
REAL, FAKE, QUIET = "#1f6f5c", "#b3362b", "#8a8f98"


@dataclass(frozen=True)
class Mistake:
    """One picture that was judged wrongly.

    Attributes:
        image: A data URI.
    """

    image: str
    kind: str
    path: str
    verdict: str
    fake_probability: float


def write(folder: Path, evaluation: Evaluation) -> Path:
    """Write `report.html` into an existing folder and name it."""
    environment = Environment(
        loader=PackageLoader("model.evaluation", "."), autoescape=True, undefined=StrictUndefined
    )
    domains = sorted({r.entry.domain for r in evaluation.records})
    page = environment.get_template("report.html").render(
        evaluation=evaluation,
        curves={d: _curves(evaluation, d) for d in domains},
        mistakes={d: dict(_mistakes(evaluation, d)) for d in domains},
        shade=_shade,
    )
    path = folder / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


def _shade(auc: float) -> str:
    """A colour for a cell: red at chance and below, green at one."""
    share = min(max((auc - 0.5) / 0.5, 0), 1)
    return f"hsl({share * 150:.0f} 45% 85%)"


def _curves(evaluation: Evaluation, domain: str) -> Markup:
    scored = scored_of([r for r in evaluation.records if r.entry.domain == domain])
    # Letters stay text, and the same figures give the same file.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "candor", "font.size": 9}):
        plot = Plot(figsize=(11, 3.4), layout="constrained")
        roc, reliability, risk = plot.subplots(1, 3)
        if not scored.one_class:
            _draw_roc(roc, scored)
            _draw_reliability(reliability, scored)
        _draw_risk(risk, evaluation, domain)
        for axes in (roc, reliability, risk):
            axes.spines[["top", "right"]].set_visible(False)
        text = io.StringIO()
        plot.savefig(text, format="svg", metadata={"Date": None})
    svg = text.getvalue()
    return Markup(svg[svg.index("<svg") :])  # noqa: S704 - drawn here, from numbers alone


def _draw_roc(axes: Axes, scored: Scored) -> None:
    curve = metrics.roc(scored.fake, scored.score, np.ones((1, len(scored.fake))))
    axes.plot([0, 1], [0, 1], color=QUIET, linewidth=0.8, linestyle=":")
    axes.plot(curve.reals[0], curve.fakes[0], color=FAKE)
    area = metrics.value(scored, metrics.auc)
    axes.set(title=f"ROC, area {area:.3f}", xlabel="reals called fake", ylabel="fakes called fake")


def _draw_reliability(axes: Axes, scored: Scored) -> None:
    edges = np.linspace(0, 1, metrics.BINS + 1)
    which = np.clip(np.digitize(scored.score, edges) - 1, 0, metrics.BINS - 1)
    axes.plot([0, 1], [0, 1], color=QUIET, linewidth=0.8, linestyle=":")
    filled = [b for b in range(metrics.BINS) if (which == b).any()]
    said = [scored.score[which == b].mean() for b in filled]
    true = [scored.fake[which == b].mean() for b in filled]
    counts = [int((which == b).sum()) for b in filled]
    axes.plot(said, true, color=REAL, linewidth=1)
    axes.scatter(said, true, s=[6 + 90 * n / max(counts) for n in counts], color=REAL)
    axes.set(
        title="Reliability", xlabel="fake probability that was said", ylabel="share that is fake"
    )


def _draw_risk(axes: Axes, evaluation: Evaluation, domain: str) -> None:
    points = evaluation.risk_coverage[domain]
    axes.plot(points.coverage, points.risk, color=REAL)
    axes.scatter([points.answered], [points.wrong], color=FAKE, zorder=3)
    top = max(0.05, *points.risk[len(points.risk) // 20 :], points.wrong) * 1.3
    axes.set(
        title=f"Shipped: {points.answered:.0%} answered, {points.wrong:.1%} wrongly",
        xlabel="share of pictures answered, surest first",
        ylabel="share of answers wrong", xlim=(0, 1.02), ylim=(0, top),
    )  # fmt: skip


def _mistakes(evaluation: Evaluation, domain: str) -> Iterator[tuple[str, list[Mistake]]]:
    part = [r for r in evaluation.records if r.entry.domain == domain]
    by_score = sorted(part, key=lambda r: r.scores.fake_probability)
    alarms = _of_each_group(r for r in reversed(by_score) if not r.entry.is_fake)
    missed = _of_each_group(r for r in by_score if r.entry.is_fake)
    yield "Real, and nearest to being called fake", _shown(evaluation, alarms)
    yield "Fake, and nearest to being called real", _shown(evaluation, missed)


def _of_each_group(records: Iterable[Record]) -> list[Record]:
    """The first of each: frames of one video would fill the page."""
    first: dict[str, Record] = {}
    for record in records:
        first.setdefault(record.entry.group, record)
    return list(first.values())[:MISTAKES]


def _shown(evaluation: Evaluation, records: Sequence[Record]) -> list[Mistake]:
    return [
        Mistake(
            image=_thumbnail(record),
            kind=record.entry.kind,
            path=record.entry.path.name,
            verdict=verdict_of(record, evaluation.thresholds),
            fake_probability=record.scores.fake_probability,
        )
        for record in records
    ]


def _thumbnail(record: Record) -> str:
    image = Image.fromarray(pixels_of(record.entry)[0])
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
