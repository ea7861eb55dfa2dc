"""Networks of one's own: a class that the local `registry.toml` names, made fit to serve.

Code is imported because the registry names it and for no other reason: what a file of weights
says of itself is never looked up.
"""

from __future__ import annotations

import inspect
import pkgutil
import re
from pathlib import Path
from typing import NoReturn

from torch import Tensor, nn

from model.errors import WeightsError
from model.network import NetworkOutput

PATTERN = r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$"
CELLS = 14
"""Along a side of an attention map."""


class OwnNet(nn.Module):
    """A network of one's own, which answers as `HybridAttentionNet` does.

    Args:
        architecture: Its class, as "package.module:ClassName". Called without arguments it makes a
            torch module, which takes (B, C, 224, 224) float32 from `model.preparation` and returns
            logits, (B,) or (B, 1), or a `NetworkOutput` with an attention of 14 x 14 cells.

    Raises:
        WeightsError: If it cannot be made.
    """

    def __init__(self, architecture: str) -> None:
        super().__init__()
        self._architecture = architecture
        self.network = made(architecture)

    def forward(self, pixels: Tensor) -> NetworkOutput:
        """Raises: WeightsError if the network fails or returns something of another shape."""
        try:
            given: object = self.network(pixels)
        except Exception as error:
            raise WeightsError(
                f"{self._architecture} fails on {tuple(pixels.shape)}: {error!r}."
            ) from error
        out, attention, count = given, pixels.new_empty(0), len(pixels)
        if isinstance(given, NetworkOutput):
            out, attention = given.logit, given.attention_logit
        if not isinstance(out, Tensor) or out.shape not in ((count,), (count, 1)):
            self._refuse(out, f"logits of ({count},)")
        if attention.numel() and attention.shape != (count, 1, CELLS, CELLS):
            self._refuse(attention, f"attention of ({count}, 1, {CELLS}, {CELLS})")
        return NetworkOutput(out.reshape(count).float(), attention)

    def _refuse(self, given: object, wanted: str) -> NoReturn:
        shape = tuple(given.shape) if isinstance(given, Tensor) else type(given).__name__
        raise WeightsError(f"{self._architecture} returns {shape}, and {wanted} are wanted.")


def made(architecture: str) -> nn.Module:
    """An instance of the class, with the weights it starts with."""
    named = _named(architecture)
    # It is somebody else's code, here and in `forward`: whatever goes wrong is told with its name.
    try:
        network: object = named()
    except Exception as error:
        raise WeightsError(
            f"{architecture} cannot be made without arguments: {error!r}."
        ) from error
    if not isinstance(network, nn.Module):
        raise WeightsError(f"{architecture} makes {type(network).__name__}, no torch module.")
    return network


def shapes(architecture: str) -> dict[str, tuple[int, ...]]:
    """Names and shapes of its tensors."""
    return {name: tuple(value.shape) for name, value in made(architecture).state_dict().items()}


def source(architecture: str) -> bytes:
    """The file that defines the class: with other code, the same weights are another model."""
    try:
        path = inspect.getsourcefile(_named(architecture))
        return Path(path).read_bytes() if path else b""
    except (TypeError, OSError):
        return b""


def _named(architecture: str) -> type:
    if not re.fullmatch(PATTERN, architecture):
        raise WeightsError(f"{architecture!r} names no class: write package.module:ClassName.")
    try:
        named: type = pkgutil.resolve_name(architecture)
    except Exception as error:
        raise WeightsError(
            f"{architecture} cannot be imported: {error!r}. Install its package where the service "
            "runs, or put its folder on PYTHONPATH."
        ) from error
    return named
