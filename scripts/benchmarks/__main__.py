"""`scripts/bench NAME`: one module of this package a measurement, imported when it is asked for."""

from __future__ import annotations

import os
from importlib import import_module

import click

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # As in `api.cli`.

NAMES = (
    "cache", "extension", "forgery", "live", "model", "peers", "scale", "service", "steps",
)  # fmt: skip


class Benchmarks(click.Group):
    """The command NAME of the module `benchmarks.NAME`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in NAMES:
            return None
        command: click.Command = getattr(import_module(f"benchmarks.{cmd_name}"), cmd_name)
        return command


@click.command(cls=Benchmarks)
def main() -> None:
    """Measure, print tables, and write them as JSON with the machine, the date and the commit."""


if __name__ == "__main__":
    main()
