"""Detector: pictures of any size -> scores, whole and per face.

    from model import Detector
    detector = Detector.load(Path("weights"))
    [scores] = detector.score([pixels])

Finds faces and cuts squares, picture by picture; then batches, asks the experts and fuses, for many
at once. It knows nothing of files, HTTP or verdicts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from model import preparation, weights
from model.ensemble import Expert, FaceScore, Scores, fused, probability
from model.explain import look_of
from model.faces import FaceFinder, Floats, FoundFace
from model.inference import ready_to_serve
from model.preparation import Pixels
from model.self_test import refuse_broken

Logits = npt.NDArray[np.float64]

FACE_LIMIT = 16
"""Faces scored in one picture, largest first."""
SMALLEST_FACE = 20.0
"""Longer side in pixels below which a face is too small to judge."""
SETTLED_BELOW = -1.0
"""Log-odds of the centre, in a picture with a face, below which the corners are not looked at. Of
394 such validation pictures of five views the nearest to even odds had a mean of -0.27."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """What the experts read of one picture.

    Attributes:
        faces: Those found, largest first.
        face_squares: One (SIDE, SIDE, 3) uint8 for each.
        views: Of the whole picture, the same; none where no expert judges it.
        width, height: Of the picture, in pixels.
    """

    faces: tuple[FoundFace, ...]
    face_squares: tuple[Pixels, ...]
    views: tuple[Pixels, ...]
    width: int
    height: int


class Detector:
    """Scores pictures with a face expert, a whole-image expert, or both.

    `prepare` may run in many threads at once and takes one core each; `judge` is for one thread
    and takes as many as torch was told to.

    Args:
        experts: By what they judge: "face", "whole".
        fusion: How their opinions become one.
        thresholds: Of the fused verdict.
        model_id: Names this very combination.
    """

    def __init__(
        self,
        experts: Mapping[str, Expert],
        fusion: weights.Fusion,
        thresholds: weights.Thresholds,
        model_id: str,
    ) -> None:
        self._experts = experts
        self.fusion = fusion
        self.thresholds = thresholds
        self.model_id = model_id
        self._finder = FaceFinder()

    @classmethod
    def load(cls, folder: Path, threads: int = 0, dtype: torch.dtype | None = None) -> Detector:
        """Read the experts that the registry in `folder` names.

        Args:
            threads: For the whole process; 0 takes what torch chose.
            dtype: That the networks compute in; None takes what suits the processor.

        Raises:
            WeightsError: If anything there cannot be used.
        """
        if threads:
            torch.set_num_threads(threads)
        registry = weights.Registry.read(folder)
        experts: dict[str, Expert] = {}
        for kind, name in registry.experts.items():
            network, card = weights.read(folder / f"{name}.safetensors", kind)
            weights.refuse_changed(folder, name, registry.weights.get(name))
            experts[kind] = Expert(ready_to_serve(network, dtype), card.calibration)
        refuse_broken(experts)
        model_id = weights.model_id(folder, registry)
        return cls(experts, registry.fusion, registry.thresholds, model_id)

    def score(self, pictures: Sequence[Pixels]) -> list[Scores]:
        """Score pictures, each (H, W, 3) uint8 RGB, of any sizes."""
        return self.judge([self.prepare(pixels) for pixels in pictures])

    def prepare(self, pixels: Pixels, small: Pixels | None = None) -> Prepared:
        """Find faces and cut what the experts read, of (H, W, 3) uint8 RGB.

        Args:
            small: The picture as `model.shrinking.reduced` gives it, where that is at hand.
        """
        faces = self._faces(pixels, small)
        height, width, _ = pixels.shape
        return Prepared(
            tuple(faces),
            tuple(face_pixels(pixels, face) for face in faces),
            tuple(whole_views(pixels)) if "whole" in self._experts else (),
            width,
            height,
        )

    def judge(self, prepared: Sequence[Prepared]) -> list[Scores]:
        """Ask the experts, each once for all pictures, and fuse what they say."""
        faces = self._face_scores(prepared)
        wholes = self._whole_scores(prepared)
        pairs = zip(faces, wholes, strict=True)
        return [fused(face, whole, self.fusion) for face, whole in pairs]

    def _faces(self, pixels: Pixels, small: Pixels | None) -> list[FoundFace]:
        if "face" not in self._experts:
            return []
        faces = self._finder.find(pixels, FACE_LIMIT, small)
        return [face for face in faces if face.size >= SMALLEST_FACE]

    def _face_scores(self, prepared: Sequence[Prepared]) -> list[list[FaceScore]]:
        squares = [square for one in prepared for square in one.face_squares]
        opinions = iter(
            zip(*self._experts["face"].opinions(squares), strict=True) if squares else ()
        )
        return [[_face_score(face, one, *next(opinions)) for face in one.faces] for one in prepared]

    def _whole_scores(self, prepared: Sequence[Prepared]) -> list[float | None]:
        """The centre first where there is a face: that expert may add suspicion and nothing else,
        so that the other views count only if they could bring its mean above even odds."""
        first = self._asked(
            "whole", [one.views[:1] if one.faces else one.views for one in prepared]
        )
        doubtful = [len(seen) and seen.mean() > SETTLED_BELOW for seen in first]
        rest = self._asked(
            "whole",
            [
                one.views[len(seen) :] if doubt else ()
                for one, seen, doubt in zip(prepared, first, doubtful, strict=True)
            ],
        )
        seen = [np.concatenate(both) for both in zip(first, rest, strict=True)]
        return [probability(float(each.mean())) if len(each) else None for each in seen]

    def _asked(self, expert: str, squares: Sequence[Sequence[Pixels]]) -> list[Logits]:
        """Log-odds of all squares of each picture."""
        every = [square for each in squares for square in each]
        if not every:
            return [np.empty(0)] * len(squares)
        ends = np.cumsum([len(each) for each in squares])[:-1]
        return np.split(self._experts[expert].logits(every), ends)


def face_pixels(pixels: Pixels, face: FoundFace) -> Pixels:
    """The square that the face expert reads."""
    square = preparation.face_square(face, pixels.shape[1], pixels.shape[0])
    return preparation.resized(square.cut(pixels), preparation.SIDE)


def whole_views(pixels: Pixels) -> list[Pixels]:
    """The squares that the whole-image expert reads; their log-odds are averaged."""
    squares = preparation.whole_squares(pixels.shape[1], pixels.shape[0])
    return [preparation.resized(square.cut(pixels), preparation.SIDE) for square in squares]


def _face_score(
    face: FoundFace, picture: Prepared, log_odds: float, attention: Floats
) -> FaceScore:
    """The box is cut to the picture's edges."""
    left, top = max(0, round(face.left)), max(0, round(face.top))
    right = min(picture.width, round(face.left + face.width))
    bottom = min(picture.height, round(face.top + face.height))
    return FaceScore(
        left, top, max(1, right - left), max(1, bottom - top), face.confidence,
        probability(float(log_odds)),
        look_of(attention, face, picture.width, picture.height),
    )  # fmt: skip
