"""`scripts/bench forgery`: how well weights of the face expert tell each kind of fake.

Several files of weights side by side, on the same pictures outside the training split: AUC of each
kind against all reals and against the reals it was made from, and recall where 5 % of all reals are
called fake. Intervals are 95 %, resampled by group.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import numpy as np
import torch

from benchmarks.report import write
from model import metrics, weights
from model.evaluation import card_sections
from model.metrics import Measure, Scored
from model.train import manifest
from model.train.config import FaceMix, Phase, RunConfig
from model.train.forgery.lab import PREFIX
from model.train.manifest import Entry
from model.train.materials import Places, gathered
from model.train.pipeline import judged

FALSE_ALARMS = 0.05
# Only what is validated on counts here, so the smallest mix there is will do.
CONFIG = RunConfig(
    name="forgery",
    steps=1,
    phases=(Phase(until=1, side=224),),
    mix=FaceMix(expert="face", self_blended=1, swapped=0, generated=0),
)


@click.command()
@click.argument("files", metavar="WEIGHTS...", nargs=-1, required=True,
                type=click.Path(exists=True, dir_okay=False, path_type=Path))  # fmt: skip
@click.option("--data", multiple=True, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs"), show_default=True)
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--card", is_flag=True,
              help="Put the lab's kinds into the card beside the first WEIGHTS.")  # fmt: skip
def forgery(
    files: tuple[Path, ...], data: tuple[Path, ...], work: Path, out: Path | None, card: bool
) -> None:
    """AUC and recall of each kind of fake by each of some WEIGHTS."""
    torch.set_num_threads(1)
    places = Places(data[0], work, shipped=work, out=work, more=data[1:])
    entries = manifest.to_learn_from(*data)
    columns = {path.stem: _scored(path, entries, places) for path in files}
    first = next(iter(columns.values()))
    kinds = metrics.pooled(first.kind, first.fake)
    rows: list[list[object]] = [
        [kind, measure, *(cell(scored, kinds, str(kind), measure) for scored in columns.values()),
         int((kinds == kind).sum())]
        for kind in np.unique(kinds[first.fake])
        for measure in MEASURES
    ]  # fmt: skip
    heads = ("kind", "figure", *columns, "pictures")
    write("forgery", [("Fakes by kind, face expert alone", heads, rows)], out)
    if card:
        card_sections.put(files[0].with_suffix(".md"), "\n".join(section(heads, rows)))


TITLE = "## Forgeries made in the lab"


def section(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    """The lab's kinds alone, as a part of a card in Markdown."""
    yield from (
        TITLE,
        "",
        "What `candor forge` made of pictures outside the training split, told by these weights "
        "and by others that README.md beside them tells of. All reals are those of the same "
        "split, own reals what a kind was made from. Recall is where 5 % of all reals are called "
        "fake. Intervals are 95 %, resampled by group.",
        "",
        f"| {' | '.join(heads)} |",
        f"|{'---|' * len(heads)}",
    )
    for kind, *cells in rows:
        if str(kind).startswith(PREFIX):
            told = ("-" if cell is None else cell for cell in cells)
            yield f"| {str(kind).removeprefix(PREFIX)} | {' | '.join(map(str, told))} |"
    yield ""


def _scored(path: Path, entries: Sequence[Entry], places: Places) -> Scored:
    network, card = weights.read(path, "face")
    config = CONFIG.model_copy(update={"side": card.side})
    materials = gathered(config, entries, places, lambda items, _: items)
    return judged(network, materials, materials.validation)


MEASURES: dict[str, Measure] = {
    "AUC, all reals": metrics.auc,
    "AUC, own reals": metrics.auc,
    "recall at 5 %": metrics.recall_at(FALSE_ALARMS),
}


def cell(scored: Scored, kinds: np.ndarray, kind: str, measure: str) -> str | None:
    """A figure with its interval; None where a kind has no reals of its own."""
    fakes = scored.fake & (kinds == kind)
    reals = ~scored.fake
    if measure == "AUC, own reals":
        reals = reals & np.isin(scored.group, scored.group[fakes])
        if not reals.any():
            return None
    figure = metrics.figure(measure, scored.where(fakes | reals), MEASURES[measure])
    return f"{figure.value:.3f} ({figure.low:.3f}-{figure.high:.3f})"
