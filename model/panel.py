"""Who is asked about a picture, and in what order: every expert, and every member of it.

The first members look first. What they settle between them needs no others, nor do all views of a
picture where the first view is far from any suspicion. `model.detector` calls this with all that is
waiting, so that each network runs once over the squares of many pictures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from model.ensemble import Expert
from model.faces import Floats, FoundFace
from model.preparation import Pixels
from model.stacking import Heard, LogOdds

SETTLED_BELOW = -0.6
"""Log-odds of the centre, in a picture with a face, below which the corners are not looked at. Of
851 validation pictures with a face and several views that settles 62 %, three quarters of the real
ones, and the nearest of them to even odds has a mean of -0.36; degraded, of 259, one of -0.03."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """What the experts read of one picture.

    Attributes:
        faces: Those found, largest first.
        face_squares: By the side that a member reads, one (side, side, 3) uint8 for each face.
        views: Of the whole picture, the same; none where no expert judges it.
        width, height: Of the picture, in pixels.
    """

    faces: tuple[FoundFace, ...]
    face_squares: Mapping[int, tuple[Pixels, ...]]
    views: tuple[Pixels, ...]
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class FirstHeard:
    """What first members say of one picture.

    Attributes:
        attention: (F, 14, 14) of its faces, if there is any.
        views: Of the whole picture that were looked at.
    """

    heard: Heard
    attention: Floats | None
    views: int


class Panel:
    """The experts and their members.

    Args:
        experts: By what they judge, "face" or "whole", then by name of weights, the one that is
            asked first at the head.
    """

    def __init__(self, experts: Mapping[str, Mapping[str, Expert]]) -> None:
        self._experts = {kind: list(members.values()) for kind, members in experts.items()}
        self.members = {kind: tuple(members) for kind, members in experts.items()}

    @property
    def face_sides(self) -> set[int]:
        """Of the squares that members read of a face, in pixels."""
        return {member.side for member in self._experts.get("face", [])}

    @property
    def has_more(self) -> bool:
        """Whether any expert has a second member."""
        return any(len(members) > 1 for members in self._experts.values())

    def first(self, prepared: Sequence[Prepared]) -> list[FirstHeard]:
        """What the first member of each expert says."""
        faces = self._first_of_faces(prepared)
        wholes = self._first_of_wholes(prepared)
        return [
            FirstHeard(Heard(log_odds[:, None], _mean(views)), attention, len(views))
            for (log_odds, attention), views in zip(faces, wholes, strict=True)
        ]

    def all(
        self, prepared: Sequence[Prepared], first: Sequence[FirstHeard], wanted: Sequence[bool]
    ) -> list[Heard]:
        """What every member says of the pictures where that is wanted; of others, as it was."""
        if not self.has_more:
            return [one.heard for one in first]
        each = list(zip(prepared, first, wanted, strict=True))
        asked = [one if ask else None for one, _, ask in each]
        # On the views that the first member looked at, be it one or all.
        views = [one.views[: seen.views] if ask else () for one, seen, ask in each]
        faces = [
            _asked(member, [one.face_squares[member.side] if one else () for one in asked])
            for member in self._others("face")
        ]
        wholes = [_asked(expert, views) for expert in self._others("whole")]
        return [
            Heard(
                np.column_stack((one.heard.faces, *(member[n] for member in faces))),
                np.concatenate((one.heard.whole, *(_mean(member[n]) for member in wholes))),
            )
            if wanted[n]
            else one.heard
            for n, one in enumerate(first)
        ]

    def _others(self, kind: str) -> list[Expert]:
        return self._experts.get(kind, [])[1:]

    def _first_of_faces(
        self, prepared: Sequence[Prepared]
    ) -> Iterator[tuple[LogOdds, Floats | None]]:
        if not any(one.faces for one in prepared):
            yield from [(np.empty(0), None)] * len(prepared)
            return
        expert = self._experts["face"][0]
        squares = [square for one in prepared for square in one.face_squares[expert.side]]
        log_odds, attention = expert.opinions(squares)
        start = 0
        for one in prepared:
            end = start + len(one.faces)
            yield log_odds[start:end], None if attention is None else attention[start:end]
            start = end

    def _first_of_wholes(self, prepared: Sequence[Prepared]) -> list[LogOdds]:
        """The centre first where there is a face: that expert may add suspicion and nothing else,
        so that the other views count only if they could bring its mean above even odds."""
        if "whole" not in self._experts:
            return [np.empty(0)] * len(prepared)
        expert = self._experts["whole"][0]
        first = _asked(expert, [one.views[:1] if one.faces else one.views for one in prepared])
        doubtful = [len(seen) and seen.mean() > SETTLED_BELOW for seen in first]
        rest = _asked(
            expert,
            [
                one.views[len(seen) :] if doubt else ()
                for one, seen, doubt in zip(prepared, first, doubtful, strict=True)
            ],
        )
        return [np.concatenate(both) for both in zip(first, rest, strict=True)]


def _asked(expert: Expert, squares: Sequence[Sequence[Pixels]]) -> list[LogOdds]:
    """Log-odds of all squares of each picture."""
    every = [square for each in squares for square in each]
    if not every:
        return [np.empty(0)] * len(squares)
    ends = np.cumsum([len(each) for each in squares])[:-1]
    return np.split(expert.logits(every), ends)


def _mean(log_odds: LogOdds) -> LogOdds:
    """(N,) -> (1,), or as it is where there is none."""
    return log_odds.mean(keepdims=True) if len(log_odds) else log_odds
