"""What a person sees of an order: progress, and where the forgeries went."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import track

from model.train import manifest
from model.train.forgery import kinds, lab
from model.train.forgery.forger import ForgeError
from model.train.forgery.lab import PREFIX, Order
from model.train.manifest import ManifestError
from model.weights import WeightsError

T = TypeVar("T")


def run(order: Order) -> None:
    """Carry an order out, showing progress."""
    console = Console()

    def shown(items: Iterable[T], label: str) -> Iterable[T]:
        return track(items, label, console=console, transient=True)

    try:
        kinds.refuse_unheeded(order)
        supplies = kinds.Supplies(
            order, manifest.to_learn_from(order.data), lab.entries_of(order), shown
        )
        made = kinds.KINDS[order.kind].make(supplies)
        done = lab.carry_out(order, supplies.entries, made.forger, made.decided_by, shown)
    except (ForgeError, ManifestError, WeightsError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or order.out}: {error.strerror}.") from error
    console.print(
        f"{done.pictures} pictures of {PREFIX}{order.kind}, listed in {done.manifest}.",
        markup=False,
        soft_wrap=True,
    )
    if done.passed_over:
        console.print(f"Nothing came of {done.passed_over} others.")
    if order.count is not None and done.pictures < order.count:
        console.print(f"There were no sources for the {order.count - done.pictures} more.")
