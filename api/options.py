"""What several commands share: options, and settings with an error that names the variable."""

from __future__ import annotations

from pathlib import Path

import click

from api.settings import Settings

data_dir_option = click.option(
    "--data-dir", type=click.Path(path_type=Path), help="Folder of the embedded store."
)
weights_option = click.option(
    "--weights", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with registry.toml; that of the service unless given.",
)  # fmt: skip
split_option = click.option("--split", help="Of the manifest; all but `train` unless given.")


def settings_of(given: dict[str, object]) -> Settings:
    """The environment's, with these in place. Raises: UsageError if one cannot be."""
    from pydantic import ValidationError

    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"])
        raise click.UsageError(
            f"{name} (CANDOR_{name.upper()}) cannot be {first['input']!r}: {first['msg']}."
        ) from error
