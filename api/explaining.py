"""What spoke for `fake` in each face, worked out for those who ask.

A thread and a network of its own, loaded when the first asks: explaining takes a backward pass,
which the engine, wherever it runs, need not know of, and which must not hold up who only checks.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch

from api.cores import MODEL_THREADS
from api.errors import NotReady, Overloaded
from api.heat import look_in, text_of
from api.judging import decisive_sentence
from api.reduction import Pixels
from api.verdict import Box, Face, Look, Verdict
from model import FACE_LIMIT, weights
from model.explain import Explained, Explainer
from model.faces import FaceFinder
from model.preparation import FACE_MARGIN, Square
from model.weights import WeightsError

WAITING_AT_MOST = 8
"""Pictures, each held decoded: 150 MB with the default limit of pixels."""


@dataclass(frozen=True)
class _Parts:
    explainer: Explainer | None
    finder: FaceFinder
    model_id: str


class Explanations:
    """Explains verdicts, one at a time.

    Args:
        folder: With the weights that serve.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._thread = ThreadPoolExecutor(
            1, "explanations", torch.set_num_threads, (MODEL_THREADS,)
        )
        self._parts: _Parts | None = None
        self._waiting = 0

    async def open(self) -> None:
        """Nothing yet: the network is loaded for the first who asks."""

    async def close(self) -> None:
        """Drop who waits."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def explained(self, verdict: Verdict, pixels: Pixels) -> Verdict:
        """The verdict with a gradient for each face, and the sentence that follows from it.

        As it was where other weights scored it than those that lie in the folder now.

        Args:
            pixels: Of the picture that the verdict's boxes are of.

        Raises:
            Overloaded: If too many others wait.
            NotReady: If the weights cannot be read.
        """
        if self._waiting >= WAITING_AT_MOST:
            raise Overloaded("Too many explanations are being made. Try again in a few seconds.")
        self._waiting += 1
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._explained, verdict, pixels)
        except (WeightsError, OSError) as error:
            raise NotReady(f"Nothing can be explained: {error}") from error
        finally:
            self._waiting -= 1

    def _explained(self, verdict: Verdict, pixels: Pixels) -> Verdict:
        parts = self._parts
        if parts is None or parts.model_id != verdict.model.id:
            # The model may have been exchanged since the last one who asked.
            parts = self._parts = _loaded(self._folder)
        if parts.explainer is None or parts.model_id != verdict.model.id:
            return verdict
        height, width = pixels.shape[:2]
        squares = [_square(face, width, height) for face in verdict.faces]
        found = parts.finder.find(pixels, FACE_LIMIT)
        explained = parts.explainer.explain(pixels, squares, found)
        faces = tuple(map(_told, verdict.faces, explained))
        sentence = decisive_sentence(faces, verdict.widened or verdict.model.thresholds)
        reason = " ".join(filter(None, (verdict.reason, sentence)))
        return verdict.model_copy(update={"faces": faces, "reason": reason})


def _loaded(folder: Path) -> _Parts:
    registry = weights.Registry.read(folder)
    explicable = weights.explicable(folder, registry)
    explainer = Explainer(*explicable) if explicable else None
    return _Parts(explainer, FaceFinder(), weights.model_id(folder, registry))


def _square(face: Face, width: int, height: int) -> Square:
    """What was looked at, kept inside the picture; of older verdicts, a square around the box."""
    area = face.look.area if face.look else _around(face.box)
    side = max(1, min(area.width, area.height, width, height))
    left, top = max(0, min(area.left, width - side)), max(0, min(area.top, height - side))
    return Square(left, top, side)


def _around(box: Box) -> Box:
    side = max(1, round(max(box.width, box.height) * FACE_MARGIN))
    left, top = box.left + (box.width - side) // 2, box.top + (box.height - side) // 2
    return Box(left=left, top=top, width=side, height=side)


def _told(face: Face, explained: Explained) -> Face:
    look: Look = face.look or look_in(explained.look)
    gradient = {"gradient": text_of(explained.gradient), "decisive": explained.decisive}
    return face.model_copy(update={"look": look.model_copy(update=gradient)})
