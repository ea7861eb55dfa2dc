"""`registry.toml` as people change it: what is pinned, what serves, and what was found wrong.

`model.weights` reads the file; this writes it, keeping comments, and only so that it can be read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.items import Table

from model import detector, hub, weights
from model.cards import Card, ExpertName
from model.decision import Ensemble, Fusion, Thresholds
from model.self_test import refuse_broken
from model.weights import Pin, Registry, WeightsError

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
    serving = {name for _, name in registry.serving}
    for name in sorted(found | serving | registry.weights.keys()):
        pin = registry.weights.get(name)
        serves = name in serving
        try:
            card = hub.examined(place(folder, name), registry.architecture(name))
            weights.refuse_changed(folder, name, pin)
            yield Held(name, card, pin, "", serves)
        except (WeightsError, OSError) as error:
            yield Held(name, None, pin, str(error), serves)


def add(
    folder: Path,
    name: str,
    pulled: hub.Pulled,
    *,
    architecture: str | None = None,
    replace: bool = False,
) -> None:
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
    pin = Pin(sha256=pulled.sha256, source=pulled.source, architecture=architecture)
    _pin(document, name, pin)
    pulled.path.chmod(0o644)
    os.replace(pulled.path, target)
    _write(folder, document)


def use(folder: Path, name: str, *, beside: bool = False, architecture: str | None = None) -> Card:
    """Let weights serve in the role that their card names, and pin them, once they passed
    `model.self_test`.

    Args:
        beside: Next to those that serve in it already, instead of in their place. What was fitted
            for other members is taken out.
        architecture: Class of the network where that is one's own; it is remembered.

    Raises:
        WeightsError: If they cannot.
    """
    refuse_name(name)
    path = place(folder, name)
    if not path.is_file():
        raise WeightsError(f"{path} does not exist: `candor weights list` shows what does.")
    registry = Registry.read(folder)
    pin = registry.weights.get(name)
    weights.refuse_changed(folder, name, pin)
    architecture = architecture or registry.architecture(name)
    card = hub.examined(path, architecture)
    known = pin or Pin(sha256=weights.digest(path), source=UNKNOWN_SOURCE)
    known = known.model_copy(update={"architecture": architecture})
    before = registry.members.get(card.expert, ()) if beside else ()
    document = _document(folder)
    _serve(document, card.expert, [*(one for one in before if one != name), name])
    _pin(document, name, known)
    after = Registry.model_validate(document.unwrap())
    refuse_broken({name: detector.expert(folder, after, name)})
    _write(folder, document)
    return card


def set_ensemble(
    folder: Path, members: Mapping[ExpertName, Sequence[str]], ensemble: Ensemble, fusion: Fusion
) -> None:
    """Let experts serve with these members, and become one as was fitted.

    Raises:
        WeightsError: If there is no registry.
    """
    document = _document(folder)
    for expert, names in members.items():
        _serve(document, expert, names)
    fitted = ensemble.model_dump(exclude_defaults=True)
    document.pop("ensemble", None)
    if fitted:
        document["ensemble"] = _table(fitted)
    document["fusion"] = _table(_rounded(fusion.model_dump(exclude_none=True)))
    _write(folder, document)


def retune(folder: Path, fusion: Fusion, thresholds: Thresholds) -> None:
    """Put what was fitted to the weights that serve in place of what was fitted to others.

    Raises:
        WeightsError: If there is no registry.
    """
    document = _document(folder)
    for name, part in (("fusion", fusion), ("thresholds", thresholds)):
        table = document.setdefault(name, tomlkit.table())
        table.update(_table(_rounded(part.model_dump(exclude_none=True))))
    _write(folder, document)


def _rounded(fitted: Mapping[str, Any]) -> dict[str, object]:
    return {
        key: _rounded(value) if isinstance(value, dict) else round(value, 4)
        for key, value in fitted.items()
    }


UNKNOWN_SOURCE = "put into the folder by hand"


def remove(folder: Path, name: str) -> None:
    """Delete a file of weights and forget its pin.

    Raises:
        WeightsError: If it serves, or there is nothing of that name.
    """
    refuse_name(name)
    registry = Registry.read(folder)
    path = place(folder, name)
    if name in (serving for _, serving in registry.serving):
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
    pins[name] = _table(pin.model_dump(exclude_none=True))


def _serve(document: TOMLDocument, expert: ExpertName, names: Sequence[str]) -> None:
    document["experts"][expert] = names[0] if len(names) == 1 else list(names)
    ensemble = document.get("ensemble", {})
    for fitted in (expert, "widening", "exit"):
        ensemble.pop(fitted, None)
    if "ensemble" in document and not ensemble:
        document.remove("ensemble")


def _table(values: Mapping[str, object]) -> Table:
    table = tomlkit.table()
    for key, value in values.items():
        table[key] = _table(value) if isinstance(value, dict) else value
    return table


def _document(folder: Path) -> TOMLDocument:
    Registry.read(folder)
    return tomlkit.parse((folder / "registry.toml").read_text(encoding="utf-8"))


def _write(folder: Path, document: TOMLDocument) -> None:
    part = folder / "registry.part"
    part.write_text(tomlkit.dumps(document), encoding="utf-8")
    os.replace(part, folder / "registry.toml")
