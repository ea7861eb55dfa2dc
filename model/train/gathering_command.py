"""What a person sees of `candor manifest`: progress, and what came of the folder."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from model.train import gathering
from model.train.manifest import ManifestError


def run(
    folder: Path, licence: str, source: str, *, validation: float, seed: int, replace: bool
) -> None:
    """Write the manifest of a folder, and tell what is in it."""
    console = Console()
    path = folder / "manifest.csv"
    if path.exists() and not replace:
        raise click.ClickException(f"{path} exists already: say --replace to write it anew.")
    try:
        found = gathering.gathered(
            folder, licence=licence, source=source, validation=validation, seed=seed,
            track=lambda paths, label: track(paths, label, console=console, transient=True),
        )  # fmt: skip
        gathering.write(path, found.rows)
    except ManifestError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or folder}: {error.strerror}.") from error
    for each in found.unreadable:
        passed_over = f"Passed over, as it cannot be read as a picture: {each}"
        console.print(passed_over, highlight=False, markup=False, soft_wrap=True)
    counts = Counter((row["split"], row["label"], row["domain"]) for row in found.rows)
    for (split, label, domain), count in sorted(counts.items()):
        console.print(f"{split}: {count} {label}, {domain}", highlight=False)
    wrote = f"Wrote {path}: {len(found.rows)} pictures of {found.groups} groups."
    console.print(wrote, highlight=False, markup=False, soft_wrap=True)
