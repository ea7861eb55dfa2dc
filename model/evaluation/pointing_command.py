"""`candor explanations`: how well the maps of the face expert point, as a table and in its card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from model import weights
from model.cards import Figure
from model.evaluation import card_sections, pointing
from model.evaluation.pointing import MAPS, QUESTIONS, Pointed
from model.evaluation.scoring import chosen
from model.explain import Explainer
from model.faces import FaceFinder
from model.metrics import FEWEST
from model.train.manifest import ManifestError
from model.weights import Registry, WeightsError

TITLE = "## Where its maps point"


def run(data: Path, folder: Path, *, split: str | None, write: bool) -> None:
    """Measure, print, and put the section into the card if asked to.

    Args:
        data: A manifest, or the folder that holds it.
        folder: With registry.toml.
        write: Into the card of the face expert, in place of what was there.
    """
    console = Console()
    try:
        registry = Registry.read(folder)
        explicable = weights.explicable(folder, registry)
        if explicable is None:
            raise click.ClickException(
                f"{folder} names no face expert whose first member has maps to measure."
            )
        name = registry.members["face"][0]
        both = pointing.pairs(chosen([data], split))
    except (ManifestError, WeightsError) as error:
        raise click.ClickException(str(error)) from error
    asked = pointing.point_all(Explainer(*explicable), FaceFinder(), both)
    shown = track(asked, "explaining", total=len(both), console=console, transient=True)
    pointed = [one for one in shown if one is not None]
    if not pointing.kinds(pointed):
        raise click.ClickException(
            f"{data} has no kind of {FEWEST} fakes beside the frames that they were made from: "
            "same group, file name and size, in a folder of the same video."
        )
    text = "\n".join(section(pointed, len(both) - len(pointed)))
    console.print(text, highlight=False, markup=False, soft_wrap=True)
    if write:
        card = folder / f"{name}.md"
        card_sections.put(card, text)
        console.print(f"Wrote {card}.", markup=False, soft_wrap=True)


def section(pointed: Sequence[Pointed], passed_over: int) -> Iterator[str]:
    """The part of a card, in Markdown."""
    figures = {figure.name: figure for figure in pointing.rows(pointed)}
    yield from (
        TITLE,
        "",
        f"On {len(pointed)} fakes beside the frames that they were made from ({passed_over} pairs "
        "passed over), in cells of a 14 x 14 map of the face: changed is what differs from the "
        f"original by more than {pointing.CHANGED_FROM} of 255 levels. Attention is the supervised "
        "spatial attention, gradient is Grad-CAM of the last features. The middle is a fixed blob "
        "that looks at no picture: a map tells more than that there is a face only where it beats "
        "the blob. Intervals are 95 %, resampled by group.",
        "",
        "| kind | question | changed | " + " | ".join(MAPS) + " | pictures |",
        "|---|---|---|" + "---|" * len(MAPS) + "---|",
    )
    for kind in pointing.kinds(pointed):
        area = figures[f"{kind}: cells that were changed"]
        for question in QUESTIONS:
            maps = [figures[f"{kind}: {question}, {name}"] for name in MAPS]
            cells = [kind, question, f"{area.value:.2f}", *map(_cell, maps), str(area.pictures)]
            yield f"| {' | '.join(cells)} |"
    yield ""


def _cell(figure: Figure) -> str:
    return f"{figure.value:.2f} ({figure.low:.2f}-{figure.high:.2f})"
