"""A repository for a hub: weights, and their card as the page that people see first."""

from __future__ import annotations

import shutil
from pathlib import Path

from model import cards, registry, weights
from model.backbone import SCALES
from model.cards import Card
from model.weights import WeightsError

FRONT = """---
library_name: candor
pipeline_tag: image-classification
license: other
license_name: research-only
tags: [deepfake-detection, {expert}]
{base}---

"""


def prepare(folder: Path, name: str, target: Path) -> None:
    """Copy weights into a new folder, with a README made of their card.

    The licence is told as `other`: what the training pictures allow stands in the card.

    Raises:
        WeightsError: If they cannot be used, or `target` holds something.
    """
    registry.refuse_name(name)
    source = registry.place(folder, name)
    own = weights.Registry.read(folder).architecture(name)
    card = weights.read_card(source)
    weights.refuse_misfits(source, card, own)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise WeightsError(f"{target} holds something already: name a folder that does not exist.")
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target / source.name)
    (target / "README.md").write_text(_page(card), encoding="utf-8")


def _page(card: Card) -> str:
    base = f"base_model: timm/{card.backbone}.in1k\n" if card.backbone in SCALES else ""
    return FRONT.format(expert=card.expert, base=base) + cards.markdown(card)
