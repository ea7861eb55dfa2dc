"""A face swap by hand: another person's face moved onto five points, recoloured and set in.

As FaceSwap (github.com/MarekKowalski/FaceSwap) does it with a mesh; `cross_blend` blends part of a
face by part, this replaces all of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from model.train.batches import grouped
from model.train.cross_blend import Donors
from model.train.face_table import Table
from model.train.forgery.alignment import affine, warped
from model.train.forgery.blending import set_in, whole_face
from model.train.forgery.forger import Forgery, Rng
from model.train.manifest import Entry

TRIES = 8
"""Draws of a donor, of whom the nearest may be the same person again."""
LEAST_REACH = 0.95
"""Share of the outline that the donor's picture must cover."""


class FaceSwap:
    """Sets faces of other people, of the same split, into real pictures.

    Args:
        entries: Those that may give or take a face.
        faces: Where their faces are.
    """

    def __init__(self, entries: Sequence[Entry], faces: Table) -> None:
        self._faces = faces
        real = [e for e in entries if e.label == "real" and e.path in faces]
        self._people = grouped([(e.split, e) for e in real])
        self._fitting = {
            split: Donors([faces[e.path].landmarks for e in people])
            for split, people in self._people.items()
        }

    def starts_from(self, entry: Entry) -> bool:
        """See `Forger`."""
        return entry.label == "real" and entry.path in self._faces

    def forge(self, entry: Entry, rng: Rng) -> Forgery | None:
        """See `Forger`."""
        donor = self._donor(entry, rng)
        if donor is None:
            return None
        target, five = entry.pixels(), self._faces[entry.path].landmarks
        matrix = affine(five, self._faces[donor.path].landmarks)
        source, covered = warped(donor.pixels(), matrix, target.shape)
        outline = whole_face(five, target.shape)
        if (outline * covered).sum() < LEAST_REACH * outline.sum():
            return None
        return Forgery(set_in(source, target, outline * covered, rng), (donor,))

    def _donor(self, entry: Entry, rng: Rng) -> Entry | None:
        people = self._people[entry.split]
        for _ in range(TRIES):
            five = self._faces[entry.path].landmarks
            donor = people[self._fitting[entry.split].nearest(five, rng)]
            if donor.group != entry.group:
                return donor
        return None
