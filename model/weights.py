"""Weights on disk: safetensors whose metadata is their card, and the registry that selects them.

`registry.toml` names the experts that serve and the thresholds of their fused verdict. Nothing is
downloaded here, and nothing is unpickled.
"""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated

import torch
from pydantic import Field, ValidationError, model_validator
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from model import architectures
from model.backbone import SCALES
from model.cards import Card, ExpertName
from model.decision import Ensemble, Fusion, Part, Stack, Thresholds
from model.errors import WeightsError as WeightsError
from model.faces import SEARCH
from model.network import HybridAttentionNet
from model.panel import SETTLED_BELOW
from model.preparation import CHANNELS, PREPARATION
from model.retinaface_weights import graph

CARD_KEY = "candor"
Members = str | Annotated[tuple[str, ...], Field(min_length=1)]


class Pin(Part):
    """What is known of a file of weights beside its card.

    Attributes:
        sha256: Of its bytes; it serves with these or not at all.
        source: Where it came from.
        architecture: Class of the network where that is one's own; see `model.architectures`.
    """

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    source: str
    architecture: Annotated[str, Field(pattern=architectures.PATTERN)] | None = None


class Registry(Part):
    """`registry.toml`: which weights serve.

    Attributes:
        experts: File names without suffix, by what they judge; at least one. Several under one
            name are members of an ensemble, the one that is asked first at the head.
        ensemble: How several members become one; None takes their mean.
        weights: What is pinned, by the same names; what is not listed is taken as it is.
    """

    experts: Annotated[dict[ExpertName, Members], Field(min_length=1)]
    thresholds: Thresholds
    fusion: Fusion = Fusion()
    ensemble: Ensemble | None = None
    weights: dict[str, Pin] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits(self) -> Registry:
        for kind, names in self.members.items():
            if len(set(names)) < len(names):
                raise ValueError(f"experts.{kind} names the same weights twice")
            stack: Stack | None = getattr(self.ensemble, kind, None)
            if stack and len(stack.weights) != len(names):
                raise ValueError(
                    f"ensemble.{kind} has {len(stack.weights)} weights for {len(names)} members: "
                    "fit it again with `candor fuse`, or take it out"
                )
        return self

    @property
    def members(self) -> dict[ExpertName, tuple[str, ...]]:
        """Names of the weights of each expert."""
        return {
            kind: (names,) if isinstance(names, str) else names
            for kind, names in self.experts.items()
        }

    @property
    def serving(self) -> list[tuple[ExpertName, str]]:
        """Each expert and name of weights that serves."""
        return [(kind, name) for kind, names in self.members.items() for name in names]

    def architecture(self, name: str) -> str | None:
        """The class of one's own that weights of a name are for."""
        pin = self.weights.get(name)
        return pin.architecture if pin else None

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


def write(path: Path, network: nn.Module, card: Card) -> None:
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
    for kind, name in registry.serving:
        path = folder / f"{name}.safetensors"
        refuse_misfits(path, read_card(path, kind), registry.architecture(name))
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


def refuse_misfits(path: Path, card: Card, architecture: str | None = None) -> None:
    """Raises: WeightsError unless the tensors have the names and shapes of the network's.

    Args:
        architecture: Its class, where it is not the one that the card speaks of.
    """
    wanted = architectures.shapes(architecture) if architecture else _shapes(path, card)
    with safe_open(path, "pt") as file:
        found = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    misfits = found.items() ^ wanted.items()
    if misfits:
        name, _ = min(misfits)
        network = architecture or f"a network over {card.backbone}"
        raise WeightsError(
            f"{path} cannot be used as weights: {name} and {len(misfits) - 1} more are not as "
            f"{network} has them. Take weights that were made for it."
        )


def _shapes(path: Path, card: Card) -> dict[str, tuple[int, ...]]:
    if card.backbone not in SCALES:
        raise WeightsError(
            f"{path} was made for {card.backbone!r}, which this version cannot run. If that is a "
            f"network of your own: candor weights use {path.stem} --architecture MODULE:CLASS"
        )
    with torch.device("meta"):
        state = _network(card).state_dict()
    return {name: tuple(value.shape) for name, value in state.items()}


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
    """Weights of the project's own network, ready to run, and their card; see `read_card`."""
    card = read_card(path, expert)
    refuse_misfits(path, card)
    network = _network(card)
    _fill(network, path)
    return network, card


def _network(card: Card) -> HybridAttentionNet:
    return HybridAttentionNet(
        card.backbone, CHANNELS[card.input], locates=card.locates, mirrored=card.mirrored
    )


def explicable(folder: Path, registry: Registry) -> tuple[HybridAttentionNet, int] | None:
    """The face expert's first member and the side of the squares that it reads, if it is of a kind
    that `model.explain` can explain."""
    for name in registry.members.get("face", ())[:1]:
        if registry.architecture(name) is None:
            network, card = read(folder / f"{name}.safetensors", "face")
            return (network, card.side) if card.input == "rgb" else None
    return None


def read_own(path: Path, expert: ExpertName, architecture: str) -> tuple[nn.Module, Card]:
    """The same for a network of one's own; see `model.architectures`."""
    card = read_card(path, expert)
    refuse_misfits(path, card, architecture)
    own = architectures.OwnNet(architecture)
    _fill(own.network, path)
    return own.eval().requires_grad_(False), card


def _fill(network: nn.Module, path: Path) -> None:
    try:
        with safe_open(path, "pt") as file:
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        network.load_state_dict(tensors)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise WeightsError(f"{path} cannot be used as weights: {error}") from error
    network.eval().requires_grad_(False)


def model_id(folder: Path, registry: Registry) -> str:
    """Twelve hex digits of SHA-256 over all that decides a verdict.

    That is weights, cards, face finder, preparation, which views are looked at, fusion, thresholds,
    and the file of a class of one's own.
    """
    # What is not set is left out, so that a new setting renames nobody who never heard of it.
    said = registry.model_dump_json(exclude={"weights"}, exclude_none=True)
    state = hashlib.sha256(f"{said}{PREPARATION} {SEARCH} {SETTLED_BELOW}".encode())
    state.update(graph())
    for name in sorted(name for _, name in registry.serving):
        state.update((folder / f"{name}.safetensors").read_bytes())
        if own := registry.architecture(name):
            state.update(own.encode() + architectures.source(own))
    return state.hexdigest()[:12]
