"""Detector: pictures of any size -> scores, whole and per face.

    from model import Detector
    detector = Detector.load(Path("weights"))
    [scores] = detector.score([pixels])

Finds faces, cuts and batches squares, asks each expert once for all pictures, and fuses. It knows
nothing of files, HTTP or verdicts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from model import preparation, weights
from model.ensemble import Expert, FaceScore, Scores, fused, probability
from model.explain import look_of
from model.faces import FaceFinder, Floats, FoundFace
from model.preparation import Pixels

FACE_LIMIT = 16
"""Faces scored in one picture, largest first."""
SMALLEST_FACE = 20.0
"""Longer side in pixels below which a face is too small to judge."""


class Detector:
    """Scores pictures with a face expert, a whole-image expert, or both.

    Args:
        experts: By what they judge: "face", "whole".
        fusion: How their opinions become one.
        thresholds: Of the fused verdict.
        model_id: Names this very combination.
        threads: That finding faces may use; the networks use torch's own setting.
    """

    def __init__(
        self,
        experts: Mapping[str, Expert],
        fusion: weights.Fusion,
        thresholds: weights.Thresholds,
        model_id: str,
        threads: int = 1,
    ) -> None:
        self._experts = experts
        self.fusion = fusion
        self.thresholds = thresholds
        self.model_id = model_id
        self._finder = FaceFinder(threads)

    @classmethod
    def load(cls, folder: Path, threads: int = 0) -> Detector:
        """Read the experts that the registry in `folder` names.

        Args:
            threads: For the whole process; 0 takes what torch chose.

        Raises:
            WeightsError: If anything there cannot be used.
        """
        if threads:
            torch.set_num_threads(threads)
        registry = weights.Registry.read(folder)
        experts: dict[str, Expert] = {}
        for kind, name in registry.experts.items():
            network, card = weights.read(folder / f"{name}.safetensors", kind)
            experts[kind] = Expert(network, card.calibration)
        model_id = weights.model_id(folder, registry)
        threads = torch.get_num_threads()
        return cls(experts, registry.fusion, registry.thresholds, model_id, threads)

    def score(self, pictures: Sequence[Pixels]) -> list[Scores]:
        """Score pictures, each (H, W, 3) uint8 RGB, of any sizes."""
        if not pictures:
            return []
        found = [self._faces(pixels) for pixels in pictures]
        faces = self._face_scores(pictures, found)
        wholes = self._whole_scores(pictures)
        pairs = zip(faces, wholes, strict=True)
        return [fused(face, whole, self.fusion) for face, whole in pairs]

    def _faces(self, pixels: Pixels) -> list[FoundFace]:
        if "face" not in self._experts:
            return []
        faces = self._finder.find(pixels, FACE_LIMIT)
        return [face for face in faces if face.size >= SMALLEST_FACE]

    def _face_scores(
        self, pictures: Sequence[Pixels], found: Sequence[Sequence[FoundFace]]
    ) -> list[list[FaceScore]]:
        squares = [
            face_pixels(pixels, face)
            for pixels, faces in zip(pictures, found, strict=True)
            for face in faces
        ]
        opinions = iter(
            zip(*self._experts["face"].opinions(squares), strict=True) if squares else ()
        )
        return [
            [_face_score(face, pixels, *next(opinions)) for face in faces]
            for pixels, faces in zip(pictures, found, strict=True)
        ]

    def _whole_scores(self, pictures: Sequence[Pixels]) -> Sequence[float | None]:
        if "whole" not in self._experts:
            return [None] * len(pictures)
        views = [whole_views(pixels) for pixels in pictures]
        squares = [view for each in views for view in each]
        logits = self._experts["whole"].logits(squares)
        ends = np.cumsum([len(each) for each in views])[:-1]
        parts = np.split(logits, ends)
        return [probability(float(part.mean())) for part in parts]


def face_pixels(pixels: Pixels, face: FoundFace) -> Pixels:
    """The square that the face expert reads."""
    square = preparation.face_square(face, pixels.shape[1], pixels.shape[0])
    return preparation.resized(square.cut(pixels), preparation.SIDE)


def whole_views(pixels: Pixels) -> list[Pixels]:
    """The squares that the whole-image expert reads; their log-odds are averaged."""
    squares = preparation.whole_squares(pixels.shape[1], pixels.shape[0])
    return [preparation.resized(square.cut(pixels), preparation.SIDE) for square in squares]


def _face_score(face: FoundFace, pixels: Pixels, log_odds: float, attention: Floats) -> FaceScore:
    """The box is cut to the picture's edges."""
    height, width = pixels.shape[:2]
    left, top = max(0, round(face.left)), max(0, round(face.top))
    right = min(width, round(face.left + face.width))
    bottom = min(height, round(face.top + face.height))
    return FaceScore(
        left, top, max(1, right - left), max(1, bottom - top), face.confidence,
        probability(float(log_odds)), look_of(attention, face, width, height),
    )  # fmt: skip
