"""`registry.toml` as people change it: what is pinned, what serves, and what was found wrong.

`model.weights` reads the file; this writes it, keeping comments, and only so that it can be read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import tomlkit
from tomlkit import TOMLDocument

from model import hub, weights
from model.weights import Card, Fusion, Pin, Registry, Thresholds, WeightsError

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Held:
    """A file of weights in the folder, or one that should be there.

    Attributes:
        card: None where it cannot be used.
        trouble: Why not, or that its bytes are not those that were pinned; empty if all is well.
        serves: Whether the registry names it as an expert.
    """

    name: str
    card: Card | None
    pin: Pin | None
    trouble: str
    serves: bool


def held(folder: Path) -> Iterator[Held]:
    """Every file of weights, and every one that the registry names, by name.

    Raises:
        WeightsError: If there is no registry.
    """
    registry = Registry.read(folder)
    found = {path.stem for path in folder.glob("*.safetensors")}
    for name in sorted(found | set(registry.experts.values()) | registry.weights.keys()):
        pin = registry.weights.get(name)
        serves = name in registry.experts.values()
        try:
            card = hub.examined(place(folder, name))
            weights.refuse_changed(folder, name, pin)
            yield Held(name, card, pin, "", serves)
        except (WeightsError, OSError) as error:
            yield Held(name, None, pin, str(error), serves)


def add(folder: Path, name: str, pulled: hub.Pulled, *, replace: bool = False) -> None:
    """Move a fetched file into the folder and pin it.

    Raises:
        WeightsError: If the name cannot be one, or another file has it.
    """
    refuse_name(name)
    target = place(folder, name)
    if target.exists() and weights.digest(target) != pulled.sha256 and not replace:
        raise WeightsError(
            f"{target} exists and is another file: give this one another name with --as, or "
            "say --replace."
        )
    document = _document(folder)
    _pin(document, name, Pin(sha256=pulled.sha256, source=pulled.source))
    pulled.path.chmod(0o644)
    os.replace(pulled.path, target)
    _write(folder, document)


def use(folder: Path, name: str) -> Card:
    """Let weights serve in the role that their card names, and pin them.

    Raises:
        WeightsError: If they cannot.
    """
    refuse_name(name)
    path = place(folder, name)
    if not path.is_file():
        raise WeightsError(f"{path} does not exist: `candor weights list` shows what does.")
    card = hub.examined(path)
    pin = Registry.read(folder).weights.get(name)
    weights.refuse_changed(folder, name, pin)
    document = _document(folder)
    document["experts"][card.expert] = name
    _pin(document, name, pin or Pin(sha256=weights.digest(path), source=UNKNOWN_SOURCE))
    _write(folder, document)
    return card


def retune(folder: Path, fusion: Fusion, thresholds: Thresholds) -> None:
    """Put what was fitted to the weights that serve in place of what was fitted to others.

    Raises:
        WeightsError: If there is no registry.
    """
    document = _document(folder)
    for name, part in (("fusion", fusion), ("thresholds", thresholds)):
        table = document.setdefault(name, tomlkit.table())
        table.update({key: round(value, 4) for key, value in part.model_dump().items()})
    _write(folder, document)


UNKNOWN_SOURCE = "put into the folder by hand"


def remove(folder: Path, name: str) -> None:
    """Delete a file of weights and forget its pin.

    Raises:
        WeightsError: If it serves, or there is nothing of that name.
    """
    refuse_name(name)
    registry = Registry.read(folder)
    path = place(folder, name)
    if name in registry.experts.values():
        raise WeightsError(f"{name} serves: let another serve first, with `candor weights use`.")
    if not path.exists() and name not in registry.weights:
        raise WeightsError(f"There are no weights called {name!r} in {folder}.")
    document = _document(folder)
    document.get("weights", {}).pop(name, None)
    _write(folder, document)
    path.unlink(missing_ok=True)


def place(folder: Path, name: str) -> Path:
    """Where weights of a name are."""
    return folder / f"{name}.safetensors"


def refuse_name(name: str) -> None:
    """Raises: WeightsError unless a file may be called so."""
    if not NAME.fullmatch(name):
        raise WeightsError(
            f"{name!r} cannot be a name of weights: write 1 to 64 of a-z, 0-9, dot, dash and "
            "underscore, a letter or digit first."
        )


def _pin(document: TOMLDocument, name: str, pin: Pin) -> None:
    pins = document.setdefault("weights", tomlkit.table(is_super_table=True))
    table = tomlkit.table()
    table.update(pin.model_dump())
    pins[name] = table


def _document(folder: Path) -> TOMLDocument:
    Registry.read(folder)
    return tomlkit.parse((folder / "registry.toml").read_text(encoding="utf-8"))


def _write(folder: Path, document: TOMLDocument) -> None:
    part = folder / "registry.part"
    part.write_text(tomlkit.dumps(document), encoding="utf-8")
    os.replace(part, folder / "registry.toml")
