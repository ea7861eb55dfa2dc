"""What a person sees of an evaluation: progress, tables, and where the report went."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from model.cards import Figure
from model.decision import Thresholds
from model.detector import Detector
from model.evaluation import figures, report, robustness
from model.evaluation.results import Evaluation
from model.evaluation.robustness import Row
from model.evaluation.scoring import (
    Change,
    Record,
    Unreadable,
    chosen,
    score_all,
    scored_of,
)
from model.train.manifest import Entry, ManifestError
from model.weights import Registry, WeightsError, digest, read_card


def run(
    data: Sequence[Path],
    folder: Path,
    *,
    split: str | None = None,
    out: Path | None = None,
    report_to: Path | None = None,
    twice: bool = False,
) -> None:
    """Measure, print, and write what was asked for.

    Args:
        data: Manifests, or the folders that hold them.
        folder: With registry.toml.
        split: Of the manifest; None takes all but the training split.
        out: For the JSON of every figure and score.
        report_to: Folder for the report.
        twice: Score everything degraded, too, and say what registry.toml would say.
    """
    console = Console()
    try:
        entries = chosen(data, split)
        detector = Detector.load(folder, thorough=True)
        # Minutes of scoring must not end at a folder that is not there.
        for path in (out and out.parent, report_to):
            if path:
                path.mkdir(parents=True, exist_ok=True)
    except (ManifestError, WeightsError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(
            f"{error.filename} cannot be made a folder: {error.strerror}."
        ) from error
    records, unreadable = scored(detector, entries, "scoring", console)
    for each in unreadable:
        console.print(f"Passed over: {each.reason}", highlight=False, markup=False, soft_wrap=True)
    if not records:
        raise click.ClickException(f"None of the {len(entries)} rows could be scored.")
    sections = figures.sections(records, detector.thresholds, learned_kinds(folder))
    again: list[Record] = []
    if twice:
        entries = [record.entry for record in records]
        again, _ = scored(detector, entries, "degraded", console, robustness.degraded)
        hard = figures.sections(again, detector.thresholds)
        sections |= {f"{name}, degraded": rows for name, rows in hard.items()}
    cross: dict[str, dict[str, Figure]] = {}
    for real, fake, figure in figures.cross(records):
        cross.setdefault(real, {})[fake] = figure
    evaluation = Evaluation(
        model_id=detector.model_id,
        thresholds=detector.thresholds,
        sections=sections,
        cross=cross,
        grid=_grid(detector, records, console),
        risk_coverage=_risk_coverage(records, detector.thresholds),
        records=records,
        unreadable=unreadable,
        degraded=again,
        weights=digests(folder),
    )
    for name, rows in sections.items():
        console.print(_table(name, rows))
    if evaluation.grid:
        console.print(_grid_table(evaluation.grid))
    if twice:
        suggestion = figures.suggest([*records, *again], detector.fusion)
        console.print(f"These pictures, plain and degraded, would suggest {suggestion}.")
    if out is not None:
        out.write_text(evaluation.as_json(data[0]), encoding="utf-8")
    if report_to is not None:
        console.print(f"Wrote {report.write(report_to, evaluation)}.", markup=False, soft_wrap=True)


def learned_kinds(folder: Path) -> frozenset[str]:
    """Kinds of pictures that the experts which serve were trained on, by their cards."""
    serving = Registry.read(folder).serving
    cards = [read_card(folder / f"{name}.safetensors", kind) for kind, name in serving]
    return frozenset(source.kind for card in cards for source in card.sources)


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of the weights that serve, by name."""
    serving = Registry.read(folder).serving
    return {name: digest(folder / f"{name}.safetensors") for _, name in serving}


def scored(
    detector: Detector,
    entries: Sequence[Entry],
    label: str,
    console: Console,
    change: Change | None = None,
) -> tuple[list[Record], list[Unreadable]]:
    """All entries, with a bar that shows how far it is; a change is made to each first."""
    progress = track(
        score_all(detector, entries, change), label, len(entries), console=console, transient=True
    )
    records: list[Record] = []
    unreadable: list[Unreadable] = []
    for each in progress:
        if isinstance(each, Record):
            records.append(each)
        else:
            unreadable.append(each)
    return records, unreadable


def _grid(detector: Detector, records: Sequence[Record], console: Console) -> list[Row]:
    plain = [records[n] for n in robustness.sample([r.entry for r in records])]
    if scored_of(plain).one_class:
        return []
    entries = [record.entry for record in plain]

    def again(name: str, change: Change) -> list[Record]:
        return scored(detector, entries, name, console, change)[0]

    return list(robustness.grid(plain, again, detector.thresholds.fake_from))


def _risk_coverage(
    records: Sequence[Record], limits: Thresholds
) -> dict[str, figures.RiskCoverage]:
    domains = sorted({record.entry.domain for record in records})
    return {
        domain: figures.risk_coverage(
            scored_of([r for r in records if r.entry.domain == domain]), limits
        )
        for domain in domains
    }


def _table(title: str, rows: Sequence[Figure]) -> Table:
    table = Table("figure", "value", "95 % interval", "pictures", title=title)
    for figure in rows:
        interval = f"{figure.low:.3f}-{figure.high:.3f}"
        table.add_row(figure.name, f"{figure.value:.3f}", interval, str(figure.pictures))
    return table


def _grid_table(rows: Sequence[Row]) -> Table:
    table = Table(
        "what was done", "AUC", "to reals alone", "to fakes alone", "false alarms", "recall",
        "reals move", "fakes move", title="robustness; moves are in log-odds of fake",
    )  # fmt: skip
    for row in rows:
        table.add_row(
            row.name, f"{row.auc.value:.3f}", f"{row.auc_reals_only:.3f}",
            f"{row.auc_fakes_only:.3f}", f"{row.false_alarms.value:.3f}",
            f"{row.recall.value:.3f}", f"{row.real_shift:+.2f}", f"{row.fake_shift:+.2f}",
        )  # fmt: skip
    return table
