"""`candor attack`: how the face expert stands FGSM and PGD, as a table and in its card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import torch
from rich.console import Console
from rich.progress import track

from model import weights
from model.cards import Figure
from model.ensemble import Expert
from model.evaluation import adversarial, card_sections, robustness
from model.evaluation.adversarial import Row, Stood
from model.evaluation.scoring import chosen
from model.faces import FaceFinder
from model.train.forgery.adversarial import STEPS, Target
from model.train.manifest import ManifestError
from model.weights import Registry, WeightsError

TITLE = "## Under attack"


def run(data: Path, folder: Path, *, split: str | None, each: int, write: bool) -> None:
    """Measure, print, and put the section into the card if asked to.

    Args:
        data: A manifest, or the folder that holds it.
        folder: With registry.toml.
        each: Pictures of each class, of all kinds in turn.
        write: Into the card of the face expert, in place of what was there.
    """
    console = Console()
    try:
        names = Registry.read(folder).members.get("face", ())
        if not names:
            raise click.ClickException(f"{folder} names no face expert: there is none to attack.")
        path = folder / f"{names[0]}.safetensors"
        network, card = weights.read(path, "face")
        faces = [entry for entry in chosen([data], split) if entry.domain == "face"]
    except (ManifestError, WeightsError) as error:
        raise click.ClickException(str(error)) from error
    entries = [faces[number] for number in robustness.sample(faces, each)]
    network.to(memory_format=torch.channels_last)
    expert = Expert(network, card.calibration, side=card.side)
    target = Target(network, card.side)
    asked = adversarial.attack_all(target, expert, FaceFinder(), entries)
    shown = track(asked, "attacking", total=len(entries), console=console, transient=True)
    stood = [one for one in shown if one is not None]
    if len({one.entry.is_fake for one in stood}) < 2:
        raise click.ClickException(f"{data} needs real and fake pictures of faces to measure on.")
    text = "\n".join(section(stood))
    console.print(text, highlight=False, markup=False, soft_wrap=True)
    if write:
        beside = path.with_suffix(".md")
        card_sections.put(beside, text)
        console.print(f"Wrote {beside}.", markup=False, soft_wrap=True)


def section(stood: Sequence[Stood]) -> Iterator[str]:
    """The part of a card, in Markdown."""
    fakes = sum(one.entry.is_fake for one in stood)
    yield from (
        TITLE,
        "",
        f"On {len(stood) - fakes} reals and {fakes} fakes of the validation split, of all kinds in "
        "turn, each changed so that this expert says the other thing of it, by somebody who has "
        f"the weights. No channel of a pixel moves by more than told; PGD takes {STEPS} steps. "
        "Right is the right side of even odds. Intervals are 95 %, resampled by group.",
        "",
        "| attack | reals called real | fakes called fake | AUC |",
        "|---|---|---|---|",
        *(_line(row) for row in adversarial.rows(stood)),
        "",
    )


def _line(row: Row) -> str:
    return f"| {row.name} | {_cell(row.reals)} | {_cell(row.fakes)} | {_cell(row.auc)} |"


def _cell(figure: Figure) -> str:
    return f"{figure.value:.2f} ({figure.low:.2f}-{figure.high:.2f})"
