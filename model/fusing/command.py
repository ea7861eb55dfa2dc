"""What a person sees of `candor fuse`: what each member adds, and what registry.toml says then."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from model import registry
from model.decision import Ensemble
from model.detector import Detector
from model.evaluation import clips, robustness
from model.evaluation.command import digests, scored
from model.evaluation.results import score_row
from model.evaluation.scoring import chosen
from model.fusing import bounds, costs, fit, gains, page, rows
from model.fusing.rows import Row
from model.train.manifest import ManifestError
from model.weights import Registry, WeightsError

SCORES = ".json"


@dataclass(frozen=True)
class Wishes:
    """What a caller may choose.

    Attributes:
        split: Of a manifest, or of the scores of one.
        least: AUC that a member must add to stay; None keeps all.
        agreement: Share of the pictures which first members settle that all must call the same.
        out: For the scores of a manifest, to fuse them again without scoring again.
        write: Into registry.toml, and the tables into ensemble.md beside it.
    """

    split: str
    least: float | None
    agreement: float
    out: Path | None
    write: bool


def run(source: Path, folder: Path, wishes: Wishes) -> None:
    """Fit, print, and write what was asked for.

    Args:
        source: JSON of `candor evaluate`, or a manifest, or the folder that holds one.
        folder: With registry.toml, which names all members.
    """
    console = Console()
    try:
        serving = Registry.read(folder)
        # Minutes of scoring must not end with this.
        if all(len(names) == 1 for names in serving.members.values()):
            raise WeightsError(
                f"{folder / 'registry.toml'} names one member for each expert: there is nothing to "
                "fuse. Add one with `candor weights use NAME --beside`."
            )
        if source.suffix == SCORES:
            pictures = rows.read(source, serving.members, digests(folder), wishes.split)
        else:
            pictures = _scored(source, folder, serving, wishes, console)
    except (ManifestError, WeightsError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{source} cannot be read: {error.strerror}.") from error
    if len({row.fake for row in pictures}) < 2 or len({row.group for row in pictures}) < fit.FOLDS:
        raise click.ClickException(
            f"{source} needs real and fake pictures of {fit.FOLDS} groups or more to fit on."
        )
    found = fused(pictures, serving, wishes)
    prices = costs.of(folder, serving)
    text = "\n".join(page.markdown(found, serving, prices, len(pictures)))
    console.print(text, highlight=False, markup=False, soft_wrap=True)
    if wishes.write:
        named = {
            kind: [names[n] for n in found.kept[kind]] for kind, names in serving.members.items()
        }
        registry.set_ensemble(folder, named, found.ensemble, found.fusion)
        (folder / "ensemble.md").write_text(text, encoding="utf-8")
        console.print(
            f"Wrote {folder / 'registry.toml'} and {folder / 'ensemble.md'}.",
            markup=False,
            soft_wrap=True,
        )


def fused(pictures: Sequence[Row], serving: Registry, wishes: Wishes) -> page.Found:
    """Everything there is to tell."""
    limits, fusion = serving.thresholds, serving.fusion
    everyone = gains.everyone(serving.members)
    added = gains.gains(pictures, everyone, fusion, limits)
    left = everyone
    if wishes.least is not None:
        left = gains.kept(pictures, everyone, fusion, limits, wishes.least)
    ensemble, widened, exit_ = Ensemble(), [], None
    if any(len(numbers) > 1 for numbers in left.values()):
        ensemble = fit.ensemble_of(pictures, left)
        fusion = fit.fusion_of(pictures, left, ensemble, fusion)
    verdicts = fit.crossed(pictures, left, fusion)
    if ensemble != Ensemble():
        widened = bounds.widenings(pictures, verdicts, limits)
        widening = bounds.best(widened)
        exit_ = bounds.exit_of(pictures, left, verdicts, fusion, limits, widening, wishes.agreement)
        ensemble = ensemble.model_copy(
            update={"widening": widening, "exit": exit_.bounds if exit_ else None}
        )
    return page.Found(added, left, ensemble, fusion, widened, exit_)


def _scored(
    source: Path, folder: Path, serving: Registry, wishes: Wishes, console: Console
) -> list[Row]:
    entries = [e for e in chosen([source], wishes.split) if not clips.is_clip(e.path)]
    detector = Detector.load(folder, thorough=True)
    found = {
        name: scored(detector, entries, name, console, change)[0]
        for name, change in (("scores", None), ("scores_degraded", robustness.degraded))
    }
    if wishes.out is not None:
        root = (source if source.is_dir() else source.parent).resolve()
        listed = {
            name: [score_row(one, root, serving.thresholds) for one in records]
            for name, records in found.items()
        }
        wishes.out.write_text(json.dumps({"weights": digests(folder), **listed}), "utf-8")
    return rows.of_records([one for each in found.values() for one in each], serving.members)
