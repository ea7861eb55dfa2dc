"""How the face expert stands attacks that know its weights: FGSM and PGD, on both classes.

Each picture is changed so that the expert says the other thing: a fake to look real, a real to look
fake. What comes out is whole levels, as a lossless file would hold it, the face is looked for anew,
and the expert is asked as the service asks it. Right means on the right side of even odds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from model import metrics
from model.cards import Figure
from model.decision import probability
from model.detector import face_pixels
from model.ensemble import Expert
from model.faces import FaceFinder, FoundFace
from model.metrics import Scored
from model.preparation import Pixels, face_square
from model.train.forgery.adversarial import Attack, Target
from model.train.manifest import Entry, ManifestError

ATTACKS = {
    "as they are": None,
    "FGSM, 2/255": Attack("fgsm", 2),
    "FGSM, 4/255": Attack("fgsm", 4),
    "PGD, 2/255": Attack("pgd", 2),
    "PGD, 4/255": Attack("pgd", 4),
}
EVEN = 0.5


@dataclass(frozen=True)
class Stood:
    """What the expert says of one picture: probability of fake by attack."""

    entry: Entry
    said: dict[str, float]


@dataclass(frozen=True)
class Row:
    """One attack: shares called right, and the AUC that is left."""

    name: str
    reals: Figure
    fakes: Figure
    auc: Figure


def attack_all(
    target: Target, expert: Expert, finder: FaceFinder, entries: Iterable[Entry]
) -> Iterator[Stood | None]:
    """Every picture under every attack; None where there is no picture or no face in it.

    Args:
        target: The network in `expert`, able to give gradients.
    """
    for number, entry in enumerate(entries):
        try:
            pixels = entry.pixels()
        except ManifestError:
            yield None
            continue
        faces = finder.find(pixels, 1)
        if not faces:
            yield None
            continue
        said = {}
        for name, attack in ATTACKS.items():
            seen = pixels
            if attack is not None:
                square = face_square(faces[0], pixels.shape[1], pixels.shape[0])
                wanted, rng = -1 if entry.is_fake else 1, np.random.default_rng(number)
                seen = attack.against(target, pixels, [square], wanted, rng)
            said[name] = _asked(expert, finder, seen, faces[0])
        yield Stood(entry, said)


def _asked(expert: Expert, finder: FaceFinder, pixels: Pixels, before: FoundFace) -> float:
    """Where an attack also hid the face, it is looked at where it was."""
    [face] = finder.find(pixels, 1) or [before]
    return probability(float(expert.logits([face_pixels(pixels, face, expert.side)])[0]))


def rows(stood: Sequence[Stood]) -> list[Row]:
    """One for each attack, in the order of `ATTACKS`."""
    return [_row(name, stood) for name in ATTACKS]


def _row(name: str, stood: Sequence[Stood]) -> Row:
    scored = Scored(
        np.array([one.entry.is_fake for one in stood]),
        np.array([one.said[name] for one in stood]),
        np.array([one.entry.kind for one in stood]),
        np.array([one.entry.group for one in stood]),
    )
    return Row(
        name,
        metrics.figure(
            f"reals called real, {name}", scored.where(~scored.fake), metrics.share_between(0, EVEN)
        ),
        metrics.figure(
            f"fakes called fake, {name}", scored.where(scored.fake), metrics.share_between(EVEN)
        ),
        metrics.figure(f"AUC, {name}", scored, metrics.auc),
    )
