"""What an expert learns from and is validated on: pictures, and how they are made ready for it.

Faces are found and reals reconstructed once, and kept for the next run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from model.detector import face_pixels, whole_views
from model.preparation import Input, Pixels
from model.train import face_table
from model.train.batches import Composer, grouped
from model.train.config import FaceMix, RunConfig, WholeMix
from model.train.face_pairs import FacePairs
from model.train.manifest import Entry, ManifestError
from model.train.reconstructions import Reconstructions
from model.train.whole_pairs import WholePairs

T = TypeVar("T")
Track = Callable[[Iterable[T], str], Iterable[T]]
AUTOENCODER = Path("autoencoder/taef2.safetensors")


@dataclass(frozen=True)
class Places:
    """Where a run reads and writes.

    Attributes:
        data: The manifest, or the folder that holds `manifest.csv`.
        work: Caches and checkpoints, kept for the next run.
        shipped: Folder of earlier weights, should `work` not have those that `start_from` names.
        out: Where the weights and their card are written.
        more: Further manifests, of forgeries for instance, that are read with the first.
    """

    data: Path
    work: Path
    shipped: Path
    out: Path
    more: tuple[Path, ...] = ()

    @property
    def manifests(self) -> tuple[Path, ...]:
        """All that are read."""
        return (self.data, *self.more)

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folders of the manifests."""
        return tuple((p if p.is_dir() else p.parent).resolve() for p in self.manifests)

    @property
    def autoencoder(self) -> Path:
        """Weights of what reconstructs, beside the manifest."""
        return (self.data if self.data.is_dir() else self.data.parent) / AUTOENCODER

    @property
    def cache(self) -> Path:
        """What was prepared once."""
        return self.work / "cache"

    def earlier(self, name: str) -> Path:
        """Where weights to go on from are."""
        own = self.work / f"{name}.safetensors"
        return own if own.exists() else self.shipped / own.name


@dataclass(frozen=True)
class Materials:
    """One expert's pictures.

    Attributes:
        views: The squares that the expert reads of a picture.
        boxed: Whether `views` knows where to look by pixel positions, so that a picture must
            keep its size.
        input: What the network is given of those squares.
    """

    composer: Composer
    training: Sequence[Entry]
    validation: Sequence[Entry]
    views: Callable[[Entry, Pixels], list[Pixels]]
    boxed: bool
    input: Input


def gathered(
    config: RunConfig, entries: Sequence[Entry], places: Places, track: Track[Entry]
) -> Materials:
    """What the expert of this run needs.

    Raises:
        ManifestError: If the manifest has no pictures of a sort that it needs.
    """
    if isinstance(config.mix, FaceMix):
        materials = _face_materials(config, config.mix, entries, places, track)
    else:
        materials = _whole_materials(config, config.mix, entries, places, track)
    if len({entry.is_fake for entry in materials.validation}) < 2:
        raise ManifestError(
            f"{places.data} needs real and fake pictures in the split `val` to validate on."
        )
    return materials


def _face_materials(
    config: RunConfig,
    mix: FaceMix,
    entries: Sequence[Entry],
    places: Places,
    track: Track[Entry],
) -> Materials:
    of_faces = [e for e in entries if e.domain == "face"]
    table = _faces(of_faces, places, track)
    training = [e for e in of_faces if _is_learned(e, config) and e.path in table]
    aligned = _one_in(mix.reconstruct_every, training) if mix.reconstructed else []
    reconstructions = Reconstructions(aligned, places.cache, mix.decoders)
    reconstructions.make(places.autoencoder, track)
    return Materials(
        composer=FacePairs(training, table, mix, reconstructions),
        training=training,
        validation=[e for e in of_faces if e.split == "val" and e.path in table],
        views=lambda entry, pixels: [face_pixels(pixels, table[entry.path], config.side)],
        boxed=True,
        input=config.input,
    )


def _whole_materials(
    config: RunConfig,
    mix: WholeMix,
    entries: Sequence[Entry],
    places: Places,
    track: Track[Entry],
) -> Materials:
    seen_whole = [
        e
        for e in entries
        if e.domain == "general" or (e.domain == "face" and e.kind in mix.face_kinds)
    ]
    smallest = max(phase.side for phase in config.phases)
    training = [e for e in seen_whole if _is_learned(e, config) and e.shorter_side >= smallest]
    aligned: list[Entry] = []
    if mix.reconstructed:
        for faces in (True, False):
            every = mix.reconstruct_faces_every if faces else mix.reconstruct_every
            aligned += _one_in(every, [e for e in training if (e.domain == "face") == faces])
    reconstructions = Reconstructions(aligned, places.cache, mix.decoders)
    reconstructions.make(places.autoencoder, track)
    return Materials(
        composer=WholePairs(training, reconstructions, mix),
        training=training,
        validation=[e for e in seen_whole if e.split == "val"],
        views=lambda _, pixels: whole_views(pixels),
        boxed=False,
        input=config.input,
    )


def _faces(entries: Sequence[Entry], places: Places, track: Track[Entry]) -> face_table.Table:
    """A table for each manifest, so that a further one costs its own pictures alone."""
    left = list(entries)
    table: face_table.Table = {}
    for root in (*places.roots, Path("/")):
        here = [e for e in left if e.path.is_relative_to(root)]
        if here:
            table |= face_table.faces_of(here, places.cache, track(here, "finding faces"))
            left = [e for e in left if not e.path.is_relative_to(root)]
    return table


def _is_learned(entry: Entry, config: RunConfig) -> bool:
    return entry.split == "train" and entry.kind not in config.held_out


def _one_in(every: int, training: Sequence[Entry]) -> list[Entry]:
    """One real in `every` of each kind."""
    reals = grouped([(e.kind, e) for e in training if not e.is_fake])
    return [e for kind in reals.values() for e in kind[::every]]
