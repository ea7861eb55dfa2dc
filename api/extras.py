"""What plain serving does without, and how to get it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

RAY = "Ray takes an extra"
TRAINING = "Training and evaluation need more than serving"


@contextmanager
def packages(extra: str, why: str) -> Iterator[None]:
    """Say what to install when a package is missing that plain serving does without."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"The package {error.name} is missing. {why}: pip install -e '.[{extra}]'"
        ) from error
