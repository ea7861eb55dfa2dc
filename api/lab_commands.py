"""How weights are made and measured: `candor manifest`, `forge`, `train`, `evaluate` and more."""

from __future__ import annotations

from pathlib import Path

import click

from api.extras import TRAINING, packages
from api.options import settings_of, split_option, weights_option

FORGERIES = {
    "swap": "faces moved onto others by landmarks, recoloured and blended",
    "autoencoder": "faces drawn by the decoder of another set of faces",
    "gan": "faces of nobody, by a small GAN",
    "upsampling": "halved and brought back as generators enlarge",
    "vae": "through a latent autoencoder",
    "vae-transposed": "the same, enlarged by transposed convolutions, others for each picture",
    "vae-shuffled": "the same by pixel shuffles",
    "fgsm": "fakes made to look real to the experts that serve, in one step",
    "pgd": "the same in many steps",
}
"""Those of `model.train.forgery.kinds`, which is too heavy to be asked here."""


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--licence", default="unstated", show_default=True,
              help="Of all pictures; cards of weights tell it.")  # fmt: skip
@click.option("--source", default="unstated", show_default=True, help="Where they come from.")
@click.option("--validation", default=0.2, show_default=True, help="Share that validates.",
              type=click.FloatRange(0, 1, min_open=True, max_open=True))  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True,
              help="Another gives another split.")  # fmt: skip
@click.option("--replace", is_flag=True, help="Overwrite the manifest that is there.")
def manifest(
    folder: Path, licence: str, source: str, validation: float, seed: int, replace: bool
) -> None:
    """Write manifest.csv for a FOLDER of pictures, sorted into real/, fake/ and hardneg/.

    Below these, the first folder names a kind, and one below that holds one person, video or scene.
    What shares such a folder, has the same name under two labels or looks alike stays in one split.
    """
    with packages("train", TRAINING):
        from model.train.gathering_command import run

    run(folder, licence, source, validation=validation, seed=seed, replace=replace)


FORGE = """Make fakes of labelled pictures, with a manifest, for training to learn from.

Interrupted, it goes on where it was when it is run again. A fake keeps the group, split, licence
and file format of what it was made from.

\b
""" + "\n".join(f"{kind:15} {what}" for kind, what in FORGERIES.items())


@click.command(help=FORGE)
@click.argument("kind", type=click.Choice(list(FORGERIES)))
@click.option("--data", type=click.Path(exists=True, path_type=Path), required=True,
              help="Manifest of the pictures to start from, or its folder.")  # fmt: skip
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True,
              help="Folder for forgeries and their manifest; it may hold other kinds.")  # fmt: skip
@click.option("--count", type=click.IntRange(1), help="How many; one of each source unless given.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option("--split", help="Take sources of one split only; those of all unless given.")
@click.option("--from", "kinds", multiple=True,
              help="Kind of pictures to start and learn from; may be repeated.")  # fmt: skip
@click.option("--steps", type=click.IntRange(1),
              help="Of the network of autoencoder (1500) and gan (3000).")  # fmt: skip
@click.option("--epsilon", type=click.IntRange(1, 64),
              help="Of fgsm and pgd: the most a pixel moves, in levels of 255 (4).")  # fmt: skip
@click.option("--weights", "folder", type=click.Path(exists=True, path_type=Path),
              help="Folder with the registry.toml that fgsm and pgd attack.")  # fmt: skip
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs"), show_default=True,
              help="Folder for caches and checkpoints.")  # fmt: skip
def forge(
    kind: str,
    data: Path,
    out: Path,
    count: int | None,
    seed: int,
    split: str | None,
    kinds: tuple[str, ...],
    steps: int | None,
    epsilon: int | None,
    folder: Path | None,
    work: Path,
) -> None:
    with packages("train", TRAINING):
        from model.train.forgery.command import run
        from model.train.forgery.lab import Order

    weights = _weights(folder)
    run(Order(kind, data, out, work, weights, count, seed, split, kinds, steps, epsilon))


@click.command()
@click.argument("data", metavar="MANIFEST_OR_DIR", type=click.Path(exists=True, path_type=Path))
@weights_option
@split_option
@click.option("--each", type=click.IntRange(1), default=100, show_default=True,
              help="Pictures of each class.")  # fmt: skip
@click.option("--write", is_flag=True, help="Put the table into the card of the face expert.")
def attack(data: Path, folder: Path | None, split: str | None, each: int, write: bool) -> None:
    """Measure how the face expert stands FGSM and PGD by somebody who has its weights."""
    with packages("train", TRAINING):
        from model.evaluation.adversarial_command import run

    run(data, _weights(folder), split=split, each=each, write=write)


@click.command()
@click.argument("data", metavar="MANIFEST_OR_DIR...", nargs=-1, required=True,
                type=click.Path(exists=True, path_type=Path))  # fmt: skip
@weights_option
@click.option("--split", default="val", show_default=True, help="Of the manifest.")
def calibrate(data: tuple[Path, ...], folder: Path | None, split: str) -> None:
    """Fit fusion and thresholds to the experts that serve, and write them to registry.toml.

    Fits to pictures, plain and degraded; clips are passed over.
    """
    with packages("train", TRAINING):
        from model.evaluation.calibrating_command import run

    run(data, _weights(folder), split=split)


@click.command()
@click.argument("config", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--data", type=click.Path(exists=True, path_type=Path), required=True, multiple=True,
              help="Folder with manifest.csv; several are read as one.")  # fmt: skip
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs"), show_default=True,
              help="Folder for caches and checkpoints.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path),
              help="Folder for the weights and card; that of --work unless given.")  # fmt: skip
@click.option(
    "--quick",
    is_flag=True,
    help="Two minutes on a few pictures of each kind, to see that it goes through.",
)
@click.option("--folds", type=click.IntRange(2, 20),
              help="Train so many times, each without one part of the groups, and tell how far "
              "the AUC spreads.")  # fmt: skip
@click.option("--fold", metavar="N/K", help="Only the Nth of these K runs.")
def train(
    config: Path,
    data: tuple[Path, ...],
    work: Path,
    out: Path | None,
    quick: bool,
    folds: int | None,
    fold: str | None,
) -> None:
    """Train an expert as CONFIG says, and write its weights and card.

    Killed, it goes on where it was when it is run again.
    """
    with packages("train", TRAINING):
        from model.train.command import run

    if folds and fold:
        raise click.UsageError("--folds runs them all and --fold one of them: give one of both.")
    run(config, data, work, out or work, quick=quick, folds_=folds, fold=fold)


@click.command()
@click.argument("data", metavar="MANIFEST_OR_DIR...", nargs=-1, required=True,
                type=click.Path(exists=True, path_type=Path))  # fmt: skip
@weights_option
@split_option
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path),
              help="Write every figure and score there.")  # fmt: skip
@click.option("--report", "report_to", type=click.Path(file_okay=False, path_type=Path),
              help="Folder for report.html: curves, robustness, worst mistakes.")  # fmt: skip
@click.option("--degraded", "twice", is_flag=True,
              help="Score everything a second time as the web degrades it, and suggest what "
              "registry.toml should say.")  # fmt: skip
def evaluate(
    data: tuple[Path, ...],
    folder: Path | None,
    split: str | None,
    out: Path | None,
    report_to: Path | None,
    twice: bool,
) -> None:
    """Measure the experts that serve, fused as the service fuses them, on labelled pictures."""
    with packages("train", TRAINING):
        from model.evaluation.command import run

    weights = _weights(folder)
    run(data, weights, split=split, out=out, report_to=report_to, twice=twice)


@click.command()
@click.argument("source", metavar="MANIFEST_OR_DIR_OR_JSON",
                type=click.Path(exists=True, path_type=Path))  # fmt: skip
@weights_option
@click.option("--split", default="val", show_default=True, help="Split of the manifest.")
@click.option("--least-gain", "least", type=click.FloatRange(0, 1), default=0.005,
              show_default=True, help="AUC that a member must add to stay.")  # fmt: skip
@click.option("--keep-all", is_flag=True, help="Let every member stay, whatever it adds.")
@click.option("--agreement", type=click.FloatRange(0.5, 1), default=0.99, show_default=True,
              help="Of what first members settle, the share all must call the same.")  # fmt: skip
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path),
              help="Write the scores of a manifest there, to fuse them again.")  # fmt: skip
@click.option("--write", is_flag=True, help="Into registry.toml, and the tables into ensemble.md.")
def fuse(
    source: Path,
    folder: Path | None,
    split: str,
    least: float,
    keep_all: bool,
    agreement: float,
    out: Path | None,
    write: bool,
) -> None:
    """Fit how several members of an expert become one, and tell what each of them adds.

    Fits to a manifest, whose pictures it scores plain and degraded, or to what `candor evaluate
    --degraded --json` wrote.
    """
    with packages("train", TRAINING):
        from model.fusing.command import Wishes, run

    wishes = Wishes(split, None if keep_all else least, agreement, out, write)
    run(source, _weights(folder), wishes)


@click.command()
@click.argument("data", metavar="MANIFEST_OR_DIR", type=click.Path(exists=True, path_type=Path))
@weights_option
@split_option
@click.option("--write", is_flag=True, help="Put the table into the card of the face expert.")
def explanations(data: Path, folder: Path | None, split: str | None, write: bool) -> None:
    """Measure whether heat maps point at what was changed, on fakes beside their originals."""
    with packages("train", TRAINING):
        from model.evaluation.pointing_command import run

    run(data, _weights(folder), split=split, write=write)


def _weights(folder: Path | None) -> Path:
    return folder or settings_of({}).weights_dir


COMMANDS = (manifest, forge, train, evaluate, calibrate, fuse, explanations, attack)
