"""Which faces of following frames are one face: by where they are, within one scene.

Frames lie up to half a second apart, in which a head moves by less than its own size; whoever
leaves and comes back, or is cut to, begins a new track. Faces are not recognised, on purpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.verdict import Box
from model import FaceScore

NEAR = 0.75
"""Distance of two middles, in sizes of the face, up to which both may be one face."""
SIZES_APART = 1.6
PATIENCE_S = 1.6
"""For how long a track waits for a face that was not found."""


@dataclass
class _Known:
    number: int
    box: Box
    seen: float


class Tracker:
    """Gives the faces of one frame after the other the numbers of their tracks, from 1."""

    def __init__(self) -> None:
        self._known: list[_Known] = []
        self._scene = 0
        self._count = 0

    def follow(self, faces: Sequence[FaceScore], scene: int, at: float) -> list[int]:
        """The track of each face of a frame, in the order given."""
        if scene != self._scene:
            self._known, self._scene = [], scene
        self._known = [one for one in self._known if at - one.seen <= PATIENCE_S]
        boxes = [box_of(face) for face in faces]
        pairs = sorted(
            (distance, index, place)
            for index, box in enumerate(boxes)
            for place, known in enumerate(self._known)
            if (distance := _apart(box, known.box)) <= NEAR
        )
        found: dict[int, _Known] = {}
        taken: set[int] = set()
        for _, index, place in pairs:
            if index not in found and place not in taken:
                found[index] = self._known[place]
                taken.add(place)
        return [self._seen(box, found.get(index), at) for index, box in enumerate(boxes)]

    def _seen(self, box: Box, known: _Known | None, at: float) -> int:
        if known is None:
            self._count += 1
            known = _Known(self._count, box, at)
            self._known.append(known)
        known.box, known.seen = box, at
        return known.number


def box_of(face: FaceScore) -> Box:
    """As answers carry it."""
    return Box(left=face.left, top=face.top, width=face.width, height=face.height)


def _apart(one: Box, other: Box) -> float:
    """Distance of the middles in sizes of the smaller; infinite where sizes differ too much."""
    sizes = [max(box.width, box.height) for box in (one, other)]
    if max(sizes) > SIZES_APART * min(sizes):
        return float("inf")
    across = one.left + one.width / 2 - other.left - other.width / 2
    down = one.top + one.height / 2 - other.top - other.height / 2
    return float((across**2 + down**2) ** 0.5 / min(sizes))
