"""The `candor` command: serve, check, bulk, keys and more. Thin doors to modules."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from api.extras import RAY, packages
from api.lab_commands import COMMANDS
from api.options import data_dir_option, settings_of
from api.weights_command import weights

# Read when torch is loaded, which is later. Its threads else spin while they wait for each other,
# and where anything else wants a core, that costs several times what the work itself does.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


@click.group()
@click.version_option(package_name="candor")
def main() -> None:
    """Says whether a picture is real, and how sure it is."""


for command in (weights, *COMMANDS):
    main.add_command(command)


@main.command()
@click.option("--host", help="Address to listen on; loopback unless you know better.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 takes a free one."
)
@data_dir_option
@click.option("--engine", type=click.Choice(["local", "ray"]),
              help="Run the model in this process, or in replicas under Ray Serve.")  # fmt: skip
def serve(host: str | None, port: int | None, data_dir: Path | None, engine: str | None) -> None:
    """Run the service."""
    from api.serving import serve as run

    given = {"host": host, "port": port, "data_dir": data_dir, "engine": engine}
    with packages("ray", RAY):
        run(settings_of({name: value for name, value in given.items() if value is not None}))


@main.command()
@click.argument("sources", metavar="FILE_OR_URL...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@data_dir_option
def check(sources: tuple[str, ...], as_json: bool, data_dir: Path | None) -> None:
    """Check pictures and clips: files or web addresses. Exits 1 if any could not be checked."""
    from api.checking import check_all

    settings = settings_of({"data_dir": data_dir} if data_dir else {})
    sys.exit(0 if check_all(sources, settings, as_json=as_json) else 1)


@main.command()
@click.argument("sources", metavar="INPUT", type=click.Path(exists=True, dir_okay=False,
                path_type=Path))  # fmt: skip
@click.argument("out", metavar="OUTPUT", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True,
              help="Processes, each with CANDOR_THREADS cores, or one.")  # fmt: skip
@data_dir_option
def bulk(sources: Path, out: Path, workers: int, data_dir: Path | None) -> None:
    """Check a data set with Ray: INPUT has a file or web address a line.

    OUTPUT gets one JSON object a line for each of them, in the order in which they are done. Run
    it again after an interruption, and it goes on where it was.
    """
    with packages("ray", RAY):
        from api.bulk import bulk as run

    run(sources, out, workers, settings_of({"data_dir": data_dir} if data_dir else {}))


@main.group()
def keys() -> None:
    """Who may use the service from outside."""


@keys.command()
@click.option("--name", required=True, help="For whom, 1 to 100 characters.")
@click.option("--scope", "scopes", multiple=True, default=["check", "lookup"], show_default=True,
              type=click.Choice(["check", "lookup", "review", "admin"]),
              help="What it allows; may be given several times.")  # fmt: skip
@click.option("--pictures-per-minute", type=click.IntRange(0), default=600, show_default=True,
              help="How many it may have checked; 0 is no limit.")  # fmt: skip
@data_dir_option
def create(
    name: str, scopes: tuple[str, ...], pictures_per_minute: int, data_dir: Path | None
) -> None:
    """Make a key. It is printed this once."""
    from api.keys import Scope
    from api.keys_command import create as run

    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise click.UsageError(f"--name cannot be {name!r}: give 1 to 100 printable characters.")
    settings = settings_of({"data_dir": data_dir} if data_dir else {})
    run(name, frozenset(map(Scope, scopes)), pictures_per_minute, settings)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@data_dir_option
def list_(as_json: bool, data_dir: Path | None) -> None:
    """Show all keys, but not what opens."""
    from api.keys_command import show as run

    run(settings_of({"data_dir": data_dir} if data_dir else {}), as_json=as_json)


@keys.command()
@click.argument("key_id")
@data_dir_option
def revoke(key_id: str, data_dir: Path | None) -> None:
    """Let a key open nothing from now on."""
    from api.keys_command import revoke as run

    run(key_id, settings_of({"data_dir": data_dir} if data_dir else {}))


@main.group()
def reputation() -> None:
    """What is remembered of pictures; nothing is fetched or scored."""


FORMATS = click.Choice(["jsonl", "pdq-csv", "threatexchange"])
LABELS = click.Choice(["real", "fake", "uncertain"])
as_json_option = click.option("--json", "as_json", is_flag=True, help="As one JSON object.")


@reputation.command()
@click.argument("name", metavar="FILE_OR_URL_OR_HASH")
@as_json_option
@data_dir_option
def show(name: str, as_json: bool, data_dir: Path | None) -> None:
    """Tell what is known of a picture: a file, a web address, or a hash.

    A hash of 64 digits is looked for as SHA-256 of a file, digest of pixels and PDQ hash, unless
    it is written sha256:..., pixels:... or pdq:...
    """
    from api.reputation_command import show as run

    run(name, settings_of({"data_dir": data_dir} if data_dir else {}), as_json=as_json)


@reputation.command()
@click.argument("host")
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True)
@as_json_option
@data_dir_option
def host(host: str, days: int, as_json: bool, data_dir: Path | None) -> None:
    """Tell how checks of pictures from a host ended, by day."""
    from api.reputation_command import show_host as run

    run(host, days, settings_of({"data_dir": data_dir} if data_dir else {}), as_json=as_json)


@reputation.command("export")
@click.option("--format", "format_", type=FORMATS, default="jsonl", show_default=True,
              help="jsonl: every hash and label. The others: PDQ hashes of fakes.")  # fmt: skip
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path),
              help="File to write; the standard output unless given.")  # fmt: skip
@data_dir_option
def export_(format_: str, out: Path | None, data_dir: Path | None) -> None:
    """Write hashes and labels for others, those of imported lists as well."""
    from api.exchange_files import Format
    from api.reputation_command import send_out as run

    run(Format(format_), out, settings_of({"data_dir": data_dir} if data_dir else {}))


@reputation.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", help="Who vouches for the labels. Lines of jsonl have their own, which "
              "this replaces.")  # fmt: skip
@click.option("--label", type=LABELS, help="For hashes without a label; fake for PDQ lists.")
@click.option("--format", "format_", type=FORMATS, help="Told by the name of the file if it can.")
@click.option("--skip-bad", is_flag=True, help="Import the rest where some cannot be read.")
@click.option("--own-reviews", is_flag=True, help="Keep reviews as made here: they overrule.")
@data_dir_option
def import_(
    file: Path,
    source: str | None,
    label: str | None,
    format_: str | None,
    skip_bad: bool,
    own_reviews: bool,
    data_dir: Path | None,
) -> None:
    """Remember hashes and labels of others: all of FILE, or nothing."""
    from api.exchange_files import Format, Terms
    from api.reputation_command import bring_in as run
    from api.verdict import Label

    terms = Terms(source, Label(label) if label else None, datetime.now(UTC))
    settings = settings_of({"data_dir": data_dir} if data_dir else {})
    chosen = Format(format_) if format_ else None
    run(file, chosen, terms, settings, skip_bad=skip_bad, own_reviews=own_reviews)


@reputation.command()
@click.argument("verdict_id")
@click.argument("label", type=LABELS)
@click.option("--note", default="", help="Why.")
@data_dir_option
def review(verdict_id: str, label: str, note: str, data_dir: Path | None) -> None:
    """Say what the picture of a verdict is, having looked at it."""
    from api.reputation_command import say as run
    from api.verdict import Label

    run(verdict_id, Label(label), note, settings_of({"data_dir": data_dir} if data_dir else {}))


if __name__ == "__main__":
    main()
