"""What generators write beside the picture: their name, and the parameters it was made with.

Anyone may write it, and whoever deceives leaves it out. Formats, as these programs write them:
Stable Diffusion web UI and its kin `parameters` (in JPEG and WebP as EXIF's UserComment), ComfyUI
`prompt` and `workflow`, InvokeAI `invokeai_metadata` (`sd-metadata` and `Dream` before), NovelAI
`Software` and `Comment`, Fooocus `fooocus_scheme`.
"""

from __future__ import annotations

import json
import re

PARAMETERS = re.compile(r"\bSteps: \d+, .{0,2000}?\bSampler: ", re.DOTALL)
MODEL = re.compile(r"\bModel: ([^,\n]{1,100})")
INVOKEAI = ("invokeai_metadata", "invokeai_graph", "sd-metadata", "Dream")


def generator(texts: dict[str, str]) -> str | None:
    """The generator that the texts of a PNG name, and its model where they do; None for none.

    Args:
        texts: By keyword.
    """
    parameters = texts.get("parameters", "")
    if "fooocus_scheme" in texts:
        return "Fooocus"
    if PARAMETERS.search(parameters):
        return named(parameters)
    if any(_is_graph(texts.get(keyword)) for keyword in ("prompt", "workflow")):
        return "ComfyUI"
    if any(keyword in texts for keyword in INVOKEAI):
        return "InvokeAI"
    if texts.get("Software", "").strip() == "NovelAI":
        return "NovelAI"
    return None


def named(parameters: str) -> str | None:
    """The same of parameters as Stable Diffusion web UI writes them, wherever they stand."""
    if not PARAMETERS.search(parameters):
        return None
    model = MODEL.search(parameters)
    return "Stable Diffusion" + (f" ({model[1].strip()})" if model else "")


def _is_graph(written: str | None) -> bool:
    """Whether this is ComfyUI's: nodes by number, each of a class, or as its editor keeps them."""
    try:
        graph = json.loads(written or "")
    except (ValueError, RecursionError):
        return False
    if not isinstance(graph, dict):
        return False
    nodes = graph.get("nodes")
    if isinstance(nodes, list):
        return any(isinstance(node, dict) and "type" in node for node in nodes)
    return any(isinstance(node, dict) and "class_type" in node for node in graph.values())
