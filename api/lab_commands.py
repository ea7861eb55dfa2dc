"""`candor manifest`, `forge`, `attack` and `calibrate`: what training needs besides `train`."""

from __future__ import annotations

from pathlib import Path

import click

from api.extras import TRAINING, packages
from api.settings import Settings

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
weights_option = click.option(
    "--weights", "folder", type=click.Path(exists=True, path_type=Path),
    help="Folder with registry.toml; that of the service unless given.",
)  # fmt: skip
split_option = click.option("--split", help="Of the manifest; all but `train` unless given.")


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

    weights = folder or Settings().weights_dir
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

    run(data, folder or Settings().weights_dir, split=split, each=each, write=write)


@click.command()
@click.argument("data", metavar="MANIFEST_OR_DIR...", nargs=-1, required=True,
                type=click.Path(exists=True, path_type=Path))  # fmt: skip
@weights_option
@split_option
def calibrate(data: tuple[Path, ...], folder: Path | None, split: str | None) -> None:
    """Fit fusion and thresholds to the experts that serve, and write them to registry.toml."""
    with packages("train", TRAINING):
        from model.evaluation.calibrating_command import run

    run(data, folder or Settings().weights_dir, split=split)
