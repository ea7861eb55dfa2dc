"""Weights on disk: safetensors whose metadata is their card, and the registry that selects them.

`registry.toml` names the experts that serve and the thresholds of their fused verdict. Nothing is
downloaded here, and nothing is unpickled.
"""

from __future__ import annotations

import hashlib
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from model.backbone import SCALES
from model.faces import SEARCH
from model.network import HybridAttentionNet
from model.preparation import PREPARATION
from model.retinaface_weights import graph

CARD_KEY = "candor"
ExpertName = Literal["face", "whole"]
Share = Annotated[float, Field(ge=0, le=1)]


class WeightsError(RuntimeError):
    """Weights that cannot be used; the message names the file and the way out."""


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Calibration(Part):
    """Logit -> sigmoid(logit / temperature + bias); Guo et al., ICML 2017, with a bias."""

    temperature: Annotated[float, Field(gt=0)] = 1.0
    bias: float = 0.0


class Thresholds(Part):
    """Below the first real, from the second on fake, else uncertain.

    Those of a card are for one expert alone, those of the registry for the fused verdict.
    """

    real_below: Share
    fake_from: Share

    @model_validator(mode="after")
    def _in_order(self) -> Thresholds:
        if self.real_below > self.fake_from:
            raise ValueError("real_below must not be above fake_from")
        return self

    def verdict(self, fake_probability: float) -> Literal["real", "uncertain", "fake"]:
        """What a picture is called."""
        if fake_probability >= self.fake_from:
            return "fake"
        return "real" if fake_probability < self.real_below else "uncertain"


class Fusion(Calibration):
    """How two experts that both looked at a picture become one; see `model.ensemble`.

    Attributes:
        whole_weight: Of the whole-image expert's suspicion; 0 lets faces decide alone. What comes
            of both is then calibrated in turn.
    """

    whole_weight: Share = 0.5


class Source(Part):
    """Training pictures of one kind, and what their licence says."""

    kind: str
    label: str
    licence: str
    pictures: int


class Figure(Part):
    """One measured number with its 95 % bootstrap interval, resampled by group."""

    name: str
    value: float
    low: float
    high: float
    pictures: int


class Card(Part):
    """What weights are, what they learned from, and how well they do on validation pictures."""

    name: str
    expert: ExpertName
    backbone: Annotated[str, Field(pattern="^[a-z0-9_]{1,64}$")]
    preparation: str
    calibration: Calibration
    thresholds: Thresholds
    made_at: datetime
    config: dict[str, Any]
    manifest_sha256: str
    sources: tuple[Source, ...]
    figures: tuple[Figure, ...]


class Pin(Part):
    """What is known of a file of weights beside its card.

    Attributes:
        sha256: Of its bytes; it serves with these or not at all.
        source: Where it came from.
    """

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    source: str


class Registry(Part):
    """`registry.toml`: which weights serve.

    Attributes:
        experts: File names without suffix, by what they judge; at least one.
        weights: What is pinned, by the same names; what is not listed is taken as it is.
    """

    experts: Annotated[dict[ExpertName, str], Field(min_length=1)]
    thresholds: Thresholds
    fusion: Fusion = Fusion()
    weights: dict[str, Pin] = {}

    @classmethod
    def read(cls, folder: Path) -> Registry:
        """Raises: WeightsError if the file is missing or wrong."""
        path = folder / "registry.toml"
        try:
            return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except OSError as error:
            raise WeightsError(
                f"{path} cannot be read: {error.strerror}. Set CANDOR_WEIGHTS_DIR to the folder "
                "that holds registry.toml."
            ) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as error:
            raise WeightsError(f"{path} is not a registry of weights: {error}") from error


def write(path: Path, network: HybridAttentionNet, card: Card) -> None:
    """Save weights and their card in one file, atomically."""
    tensors = {name: value.contiguous() for name, value in network.state_dict().items()}
    part = path.with_suffix(".part")
    save_file(tensors, part, {CARD_KEY: card.model_dump_json()})
    part.chmod(0o644)
    part.replace(path)


def check(folder: Path) -> None:
    """Look, without loading them, that the weights which serve are there and fit.

    Raises:
        WeightsError: If they do not.
    """
    registry = Registry.read(folder)
    for kind, name in registry.experts.items():
        path = folder / f"{name}.safetensors"
        refuse_misfits(path, read_card(path, kind))
        refuse_changed(folder, name, registry.weights.get(name))


def digest(path: Path) -> str:
    """SHA-256 of a file, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refuse_changed(folder: Path, name: str, pin: Pin | None) -> None:
    """Raises: WeightsError if a file is not the one that was pinned."""
    if pin is None:
        return
    path = folder / f"{name}.safetensors"
    found = digest(path)
    if found != pin.sha256:
        raise WeightsError(
            f"{path} has SHA-256 {found}, and registry.toml pins {pin.sha256}: it was changed or "
            "replaced. Put the right file back, or take the pin out if this one is meant."
        )


def refuse_misfits(path: Path, card: Card) -> None:
    """Raises: WeightsError unless the tensors have the names and shapes of the card's network."""
    if card.backbone not in SCALES:
        raise WeightsError(f"{path} was made for {card.backbone!r}, which this version cannot run.")
    with torch.device("meta"):
        wanted = HybridAttentionNet(card.backbone).state_dict()
    with safe_open(path, "pt") as file:
        found = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    misfits = found.items() ^ {name: tuple(value.shape) for name, value in wanted.items()}.items()
    if misfits:
        name, _ = min(misfits)
        raise WeightsError(
            f"{path} cannot be used as weights: {name} and {len(misfits) - 1} more are not as a "
            f"network over {card.backbone} has them. Take weights of this version."
        )


def read_card(path: Path, expert: ExpertName | None = None) -> Card:
    """What a file of weights says of itself.

    Args:
        expert: What the weights must judge, if that matters.

    Raises:
        WeightsError: If the file is missing, damaged, or made for another purpose.
    """
    try:
        with safe_open(path, "pt") as file:
            card = Card.model_validate_json((file.metadata() or {}).get(CARD_KEY, ""))
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{path} cannot be used as weights: {error}") from error
    except ValidationError as error:
        raise WeightsError(
            f"{path} cannot be used as weights: its metadata hold no card that this version reads."
        ) from error
    if expert is not None and card.expert != expert:
        raise WeightsError(f"{path} judges {card.expert!r}, and was named to judge {expert!r}.")
    if card.preparation != PREPARATION:
        raise WeightsError(
            f"{path} was made for preparation {card.preparation!r}, this version prepares pictures "
            f"as {PREPARATION!r}: train it again or take weights of this version."
        )
    return card


def read(path: Path, expert: ExpertName | None = None) -> tuple[HybridAttentionNet, Card]:
    """Weights, ready to run, and their card; see `read_card`."""
    card = read_card(path, expert)
    refuse_misfits(path, card)
    try:
        with safe_open(path, "pt") as file:
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        network = HybridAttentionNet(card.backbone).eval().requires_grad_(False)
        network.load_state_dict(tensors)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise WeightsError(f"{path} cannot be used as weights: {error}") from error
    return network, card


def model_id(folder: Path, registry: Registry) -> str:
    """Twelve hex digits of SHA-256 over weights, cards, face finder, preparation and thresholds."""
    said = registry.model_dump_json(exclude={"weights"})
    state = hashlib.sha256(f"{said}{PREPARATION} {SEARCH}".encode())
    state.update(graph())
    for name in sorted(registry.experts.values()):
        state.update((folder / f"{name}.safetensors").read_bytes())
    return state.hexdigest()[:12]
