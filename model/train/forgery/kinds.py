"""The kinds that the lab makes, and what each needs before the first picture."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from model import weights
from model.cards import ExpertName
from model.preparation import Square, face_square, whole_squares
from model.train import face_table, manifest
from model.train.autoencoder import Autoencoder, Upsampling
from model.train.face_table import Table
from model.train.forgery import aligned_faces, face_autoencoder, gan
from model.train.forgery.adversarial import Attack, Evasion, Method, Target
from model.train.forgery.face_autoencoder import AutoencoderSwap, TwoFacedFitting
from model.train.forgery.face_swap import FaceSwap
from model.train.forgery.fitting import Fitting, fit
from model.train.forgery.forger import ForgeError, Forger, Pixels
from model.train.forgery.gan import GanFaces, GanFitting
from model.train.forgery.lab import Order
from model.train.forgery.round_trip import RoundTrip
from model.train.forgery.upsampling import UpsamplingTrip
from model.train.manifest import Entry
from model.train.materials import AUTOENCODER, Track

EPSILON = 4
EXPERT_OF: dict[str, ExpertName] = {"face": "face", "general": "whole"}


@dataclass(frozen=True)
class Supplies:
    """What a kind may draw on.

    Attributes:
        every: All rows of the manifest.
        entries: Those that the order may use.
    """

    order: Order
    every: Sequence[Entry]
    entries: Sequence[Entry]
    track: Track[Any]

    def faces(self) -> Table:
        """Where faces are, in all pictures of faces: one table serves every order."""
        of_faces = [e for e in self.every if e.domain == "face"]
        seen = self.track(of_faces, "finding faces")
        return face_table.faces_of(of_faces, self.order.work / "cache", seen)


@dataclass(frozen=True)
class Made:
    """A forger, and what its pictures depend on beside the order's kind, seed and manifest."""

    forger: Forger
    decided_by: dict[str, object]


@dataclass(frozen=True)
class Kind:
    """One kind.

    Attributes:
        make: Prepares a forger.
        options: Of the order, those that it heeds beside the common ones.
    """

    make: Callable[[Supplies], Made]
    options: frozenset[str] = frozenset()


def _swap(supplies: Supplies) -> Made:
    return Made(FaceSwap(supplies.entries, supplies.faces()), {"from": supplies.order.kinds})


def _autoencoder(supplies: Supplies) -> Made:
    faces = supplies.faces()
    shown = aligned_faces.learned(supplies.entries, faces)
    kinds = _two_kinds(supplies.order, shown)
    shown = [e for e in shown if e.kind in kinds]
    side, track = face_autoencoder.SIDE, supplies.track
    sets = tuple(
        aligned_faces.squares(
            [e for e in shown if e.kind == kind], faces, side, lambda es: track(es, "aligning")
        )
        for kind in kinds
    )
    fitting = TwoFacedFitting((sets[0], sets[1]), supplies.order.seed)
    steps = _fitted(fitting, supplies, 1500, kinds)
    forger = AutoencoderSwap(fitting.network, kinds, faces, _one_of_each_licence(shown))
    return Made(forger, {"steps": steps, "from": kinds})


def _two_kinds(order: Order, shown: Sequence[Entry]) -> tuple[str, str]:
    counts = Counter(e.kind for e in shown)
    if order.kinds and len(order.kinds) != 2:
        raise ForgeError(
            f"autoencoder exchanges the faces of two kinds, and --from names {len(order.kinds)}."
        )
    # Alphabetical among equals, so that nothing depends on the order of the manifest.
    largest = order.kinds or sorted(counts, key=lambda kind: (-counts[kind], kind))[:2]
    if len(largest) < 2 or not all(counts[kind] for kind in largest):
        raise ForgeError(
            "autoencoder exchanges the faces of two kinds, and the split 'train' has real faces of "
            f"{', '.join(counts)} alone."
        )
    return largest[0], largest[1]


def _gan(supplies: Supplies) -> Made:
    faces = supplies.faces()
    shown = aligned_faces.learned(supplies.entries, faces)
    pictures = aligned_faces.squares(
        shown, faces, gan.SIDE, lambda es: supplies.track(es, "aligning")
    )
    fitting = GanFitting(pictures, supplies.order.seed)
    steps = _fitted(fitting, supplies, 3000, supplies.order.kinds)
    forger = GanFaces(fitting.average, _one_of_each_licence(shown))
    return Made(forger, {"steps": steps, "from": supplies.order.kinds})


def _fitted(fitting: Fitting, supplies: Supplies, default: int, kinds: tuple[str, ...]) -> int:
    """Fit, or take what was fitted for the same order before."""
    order = supplies.order
    steps = order.steps or default
    told = (order.kind, str(order.seed), str(steps), *kinds, manifest.digest(order.data))
    name = hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]
    checkpoint = order.work / "forgery" / f"{order.kind}-{name}.pt"
    label = f"fitting {order.kind}"
    fit(fitting, steps, order.seed, checkpoint, lambda numbers: supplies.track(numbers, label))
    return steps


def _one_of_each_licence(shown: Sequence[Entry]) -> tuple[Entry, ...]:
    return tuple({(e.licence, e.source): e for e in shown}.values())


def _upsampling(supplies: Supplies) -> Made:
    return Made(UpsamplingTrip(), {})


def _vae(upsampling: Upsampling, supplies: Supplies) -> Made:
    order = supplies.order
    path = order.root / AUTOENCODER
    if not path.is_file():
        raise ForgeError(f"{path} is missing, and {order.kind} needs it: put it there.")
    forger = RoundTrip(Autoencoder.load(path), upsampling)
    return Made(forger, {"autoencoder": weights.digest(path)})


def _attack(method: Method, supplies: Supplies) -> Made:
    order = supplies.order
    attack = Attack(method, order.epsilon or EPSILON)
    registry = weights.Registry.read(order.weights)
    targets: dict[str, Target] = {}
    digests = {}
    for domain, expert in EXPERT_OF.items():
        for name in registry.members.get(expert, ())[:1]:
            path = order.weights / f"{name}.safetensors"
            network, card = weights.read(path, expert)
            targets[domain] = Target(network.to(memory_format=torch.channels_last), card.side)
            digests[expert] = weights.digest(path)
    faces = supplies.faces() if "face" in targets else {}
    decided = {"epsilon": attack.epsilon, "weights": digests}
    return Made(Evasion(targets, _squares_by(faces), attack), decided)


def _squares_by(faces: Table) -> Callable[[Entry, Pixels], list[Square]]:
    """What the expert of a picture's domain reads of it."""

    def squares(entry: Entry, pixels: Pixels) -> list[Square]:
        height, width = pixels.shape[:2]
        if entry.domain != "face":
            return whole_squares(width, height)
        face = faces.get(entry.path)
        return [] if face is None else [face_square(face, width, height)]

    return squares


FITTED, ATTACKING = frozenset({"steps"}), frozenset({"epsilon"})
KINDS = {
    "swap": Kind(_swap),
    "autoencoder": Kind(_autoencoder, FITTED),
    "gan": Kind(_gan, FITTED),
    "upsampling": Kind(_upsampling),
    "vae": Kind(partial(_vae, "nearest")),
    "vae-transposed": Kind(partial(_vae, "transposed")),
    "vae-shuffled": Kind(partial(_vae, "shuffled")),
    "fgsm": Kind(partial(_attack, "fgsm"), ATTACKING),
    "pgd": Kind(partial(_attack, "pgd"), ATTACKING),
}


def refuse_unheeded(order: Order) -> None:
    """Raises: ForgeError if an option was given that the kind has no use for."""
    for name in ("steps", "epsilon"):
        if getattr(order, name) is not None and name not in KINDS[order.kind].options:
            heeding = ", ".join(kind for kind, each in KINDS.items() if name in each.options)
            raise ForgeError(f"--{name} means nothing to {order.kind}; it is for {heeding}.")
