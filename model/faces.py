"""Where the faces are in a picture of any size.

`model.retinaface` searches a canvas of limited size; here pictures become canvases, and what is
found there becomes faces of the picture. Finding says nothing about real or fake.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from model.retinaface import MEAN_RGB, RetinaFace
from model.retinaface_weights import published
from model.shrinking import reduced, writeable

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

SEARCH = "2"
"""Part of the model id: raise it when faces are found differently."""
BORDER = 32
"""Pixels of the canvas around the picture, for faces cut by its edge. As many as the stride of the
coarsest cells, so that these lie on the picture as they would without."""
NEAR_SIDE = 320
"""The longest side of pictures that a face may fill. They get a wider border, and so does a larger
picture, shrunk to this, in which no face was found: it may be all face."""
NEAR_BORDER = 0.15
"""Of the longest side."""
SCORE_FROM = 0.8
"""Detections below this are dropped. With it, 8,351 of 8,359 training faces are found."""
OVERLAP_LIMIT = 0.4
CANDIDATES_AT_MOST = 1000
"""A picture made to raise thousands of detections would cost their square."""
SIDES_OF = 32
"""Sides of a canvas are multiples of this."""


@dataclass(frozen=True)
class FoundFace:
    """A face in pixels of the picture; boxes may reach a little beyond its edges.

    Attributes:
        left, top, width, height: The box.
        confidence: That it is a face at all, `SCORE_FROM`..1.
        landmarks: (5, 2) x and y of: eye, eye, nose, mouth corner, mouth corner, each pair with
            the one further left in the picture first.
    """

    left: float
    top: float
    width: float
    height: float
    confidence: float
    landmarks: Floats

    @classmethod
    def of(cls, box: Floats, confidence: float, landmarks: Floats) -> FoundFace:
        """From arrays: (4,) left, top, width, height and (5, 2) points."""
        left, top, width, height = (float(value) for value in box)
        return cls(left, top, width, height, confidence, landmarks.astype(np.float32))

    @property
    def size(self) -> float:
        """Length of the longer side."""
        return max(self.width, self.height)

    def overlap(self, other: FoundFace) -> float:
        """Intersection over union of both boxes, 0..1."""
        boxes = [np.array((f.left, f.top, f.width, f.height)) for f in (self, other)]
        return _overlap(boxes[0], boxes[1])


class FaceFinder:
    """Finds faces in RGB pictures, largest first. For any number of threads at once."""

    def __init__(self) -> None:
        self._network = RetinaFace(published())

    def find(self, pixels: Pixels, limit: int = 32, small: Pixels | None = None) -> list[FoundFace]:
        """Faces of one picture, (H, W, 3) uint8 RGB, at most `limit`.

        Args:
            small: The picture as `model.shrinking.reduced` gives it, where that is at hand.
        """
        longest = max(pixels.shape[:2])
        seen = reduced(pixels) if small is None else small
        faces = self._searched(seen, longest)
        if not faces and max(seen.shape[:2]) > NEAR_SIDE:
            faces = self._searched(reduced(seen, NEAR_SIDE), longest)
        return sorted(faces, key=lambda face: -face.size)[:limit]

    def _searched(self, seen: Pixels, longest: int) -> list[FoundFace]:
        """Faces of a picture whose longest side was so long, in its pixels."""
        side = max(seen.shape[:2])
        border = round(NEAR_BORDER * side) if side <= NEAR_SIDE else BORDER
        found = self._network.detect(_canvas(seen, border, self._network.dtype), SCORE_FROM)
        boxes, confidence, points = (part.numpy() for part in found)
        scale = side / longest
        return [
            FoundFace.of(
                (boxes[i] - (border, border, 0, 0)) / scale,
                float(confidence[i]),
                (points[i] - border) / scale,
            )
            for i in _distinct(boxes, confidence)
        ]


def _canvas(seen: Pixels, border: int, dtype: torch.dtype) -> torch.Tensor:
    """(1, 3, H, W) with sides a multiple of `SIDES_OF`, channels last, less the mean."""
    height, width = seen.shape[:2]
    rows, columns = (-(-(side + 2 * border) // SIDES_OF) * SIDES_OF for side in (height, width))
    # Row by row, as torch is slow where the last dimension is a 3.
    means = torch.tensor(MEAN_RGB, dtype=dtype).repeat(width)
    picture = torch.from_numpy(writeable(seen)).view(height, -1).to(dtype)
    canvas = torch.zeros((rows, columns * 3), dtype=dtype)
    # Differences of bytes are exact in bfloat16.
    torch.sub(
        picture, means, out=canvas[border : border + height, 3 * border : 3 * (border + width)]
    )
    return canvas.view(rows, columns, 3).permute(2, 0, 1)[None]


def _distinct(boxes: Floats, confidence: Floats) -> list[int]:
    """Greedy non-maximum suppression: indices of boxes that are faces of their own."""
    kept: list[int] = []
    for i in np.argsort(-confidence)[:CANDIDATES_AT_MOST]:
        if all(_overlap(boxes[i], boxes[j]) <= OVERLAP_LIMIT for j in kept):
            kept.append(int(i))
    return kept


def _overlap(a: Floats, b: Floats) -> float:
    low = np.maximum(a[:2], b[:2])
    high = np.minimum(a[:2] + a[2:], b[:2] + b[2:])
    shared = float(np.prod(np.maximum(0, high - low)))
    union = float(a[2] * a[3] + b[2] * b[3]) - shared
    return shared / union if union > 0 else 0.0
