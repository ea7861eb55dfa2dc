"""Our own network finds what the published graph finds, in the type that suits the processor."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
import torch

from model.faces import _canvas
from model.retinaface import Detections, RetinaFace
from model.retinaface_weights import graph, published

from pictures import portrait
from processor import needs_bfloat16

FROM = 0.5


@pytest.fixture(scope="module")
def canvas() -> torch.Tensor:
    return _canvas(portrait(), 32, torch.float32)


@pytest.fixture(scope="module")
def by_the_graph(canvas: torch.Tensor) -> Detections:
    """As the paper decodes the graph's own outputs, which are for BGR."""
    session = onnxruntime.InferenceSession(graph(), providers=["CPUExecutionProvider"])
    bgr = np.ascontiguousarray(canvas.numpy()[:, ::-1])
    boxes, scores, points = (torch.from_numpy(out[0]) for out in session.run(None, {"input": bgr}))
    height, width = canvas.shape[2:]
    anchors = torch.tensor(
        [
            ((column + 0.5) * stride, (row + 0.5) * stride, side)
            for stride, sides in ((8, (16, 32)), (16, (64, 128)), (32, (256, 512)))
            for row in range(height // stride)
            for column in range(width // stride)
            for side in sides
        ]
    )
    middle, side = anchors[:, :2], anchors[:, 2:]
    centre, size = middle + 0.1 * boxes[:, :2] * side, side * torch.exp(0.2 * boxes[:, 2:])
    places = middle[:, None] + 0.1 * points.view(-1, 5, 2) * side[..., None]
    keep = scores[:, 1] > FROM
    return Detections(torch.cat((centre - size / 2, size), 1)[keep], scores[keep, 1], places[keep])


def test_in_float32_it_computes_what_was_published(
    canvas: torch.Tensor, by_the_graph: Detections
) -> None:
    found = RetinaFace(published(), torch.float32).detect(canvas, FROM)

    assert len(found.confidence) == len(by_the_graph.confidence) > 3
    for ours, theirs in zip(found, by_the_graph, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-2, rtol=1e-4)


@needs_bfloat16
def test_in_bfloat16_faces_hardly_move(canvas: torch.Tensor, by_the_graph: Detections) -> None:
    found = RetinaFace(published(), torch.bfloat16).detect(canvas.bfloat16(), FROM)

    best, was = found.confidence.argmax(), by_the_graph.confidence.argmax()
    assert float(found.confidence[best]) == pytest.approx(
        float(by_the_graph.confidence[was]), abs=0.005
    )
    moved = (found.boxes[best] - by_the_graph.boxes[was]).abs().max()
    assert moved < 0.03 * by_the_graph.boxes[was, 2:].max()
    assert (found.points[best] - by_the_graph.points[was]).abs().max() < 4


def test_another_picture_has_no_faces_at_any_confidence_worth_the_name() -> None:
    flat = torch.zeros(1, 3, 64, 96).contiguous(memory_format=torch.channels_last)

    found = RetinaFace(published(), torch.float32).detect(flat, FROM)

    assert [tuple(part.shape) for part in found] == [(0, 4), (0,), (0, 5, 2)]
