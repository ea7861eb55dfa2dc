"""`candor weights`: see, fetch, check, choose, remove and publish weights."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.options import settings_of, weights_option

if TYPE_CHECKING:
    from model.registry import Held

architecture_option = click.option(
    "--architecture", metavar="PACKAGE.MODULE:CLASS",
    help="Class of the network where it is one of your own; its code runs here.",
)  # fmt: skip


@click.group()
def weights() -> None:
    """Which weights there are, and which of them serve."""


@weights.command("list")
@weights_option
def list_(folder: Path | None) -> None:
    """Show all weights of the folder. A star marks those that serve."""
    from model import registry

    with _told():
        for held in registry.held(_folder(folder)):
            click.echo(_line(held))


@weights.command()
@weights_option
def verify(folder: Path | None) -> None:
    """Read every file and compare it with its card and its pin. Exits 1 if any is not right."""
    from model import registry

    with _told():
        wrong = [held for held in registry.held(_folder(folder)) if held.trouble]
    for held in wrong:
        click.echo(held.trouble, err=True)
    click.echo(f"{len(wrong)} of the weights cannot serve." if wrong else "All weights are right.")
    sys.exit(1 if wrong else 0)


@weights.command()
@click.argument("address", metavar="hf://OWNER/REPO/FILE[@REVISION]")
@click.option("--as", "name", help="Name to give it; that of the file unless given.")
@click.option("--sha256", help="What the file must have; with it, nothing else is accepted.")
@click.option("--replace", is_flag=True, help="Overwrite another file of that name.")
@architecture_option
@weights_option
def pull(
    address: str,
    name: str | None,
    sha256: str | None,
    replace: bool,
    architecture: str | None,
    folder: Path | None,
) -> None:
    """Fetch weights from a hub and pin their digest. They serve once `use` says so."""
    from model import hub, registry

    with _told():
        where = hub.Address.parse(address)
        name = name or Path(where.file).stem
        registry.refuse_name(name)
        with hub.pulled(where, _folder(folder), sha256, architecture) as pulled:
            registry.add(_folder(folder), name, pulled, architecture=architecture, replace=replace)
    click.echo(f"{name} judges {pulled.card.expert!r} and came from {pulled.source}.")
    click.echo(f"SHA-256 {pulled.sha256}, pinned. To serve with it: candor weights use {name}")


@weights.command()
@click.argument("name")
@click.option("--beside", is_flag=True,
              help="Next to those that serve already, as a member of an ensemble.")  # fmt: skip
@architecture_option
@weights_option
def use(name: str, beside: bool, architecture: str | None, folder: Path | None) -> None:
    """Let weights serve, in the role that their card names."""
    from model import registry

    with _told():
        card = registry.use(_folder(folder), name, beside=beside, architecture=architecture)
    click.echo(f"{name} judges {card.expert!r} from the next start of the service on.")
    click.echo(
        "The fusion and the thresholds in registry.toml were chosen for what served before: "
        f"`candor {'fuse' if beside else 'calibrate'}` fits them anew.",
        err=True,
    )


@weights.command()
@click.argument("name")
@weights_option
def remove(name: str, folder: Path | None) -> None:
    """Delete weights that do not serve."""
    from model import registry

    with _told():
        registry.remove(_folder(folder), name)
    click.echo(f"{name} is gone.")


@weights.command()
@click.argument("name")
@click.option("--to", "target", type=click.Path(file_okay=False, path_type=Path), required=True,
              help="Folder to make; it must not exist or be empty.")  # fmt: skip
@weights_option
def push(name: str, target: Path, folder: Path | None) -> None:
    """Prepare a repository with weights and their card, ready to be uploaded."""
    from model import publishing

    with _told():
        publishing.prepare(_folder(folder), name, target)
    click.echo(f"{target} holds {name}.safetensors and its card as README.md. To publish it:")
    click.echo(f"  hf upload OWNER/REPOSITORY {target} .")


def _folder(given: Path | None) -> Path:
    return given or settings_of({}).weights_dir


def _line(held: Held) -> str:
    star = "*" if held.serves else " "
    if held.card is None:
        return f"{star} {held.name}  {held.trouble}"
    card = held.card
    ranking = next((f"AUC {f.value:.3f}" for f in card.figures if f.name == "AUC, all"), "no AUC")
    source = f"  from {held.pin.source}" if held.pin else ""
    return (
        f"{star} {held.name}  judges {card.expert!r}, {card.backbone}, {card.made_at:%Y-%m-%d}, "
        f"{ranking}{source}"
    )


@contextmanager
def _told() -> Iterator[None]:
    from model.weights import WeightsError

    try:
        yield
    except WeightsError as error:
        raise click.ClickException(str(error)) from error
