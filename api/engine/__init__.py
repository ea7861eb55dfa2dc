"""Who scores pictures: the protocol that every engine keeps, in process or beyond."""

from __future__ import annotations

from typing import Protocol

from api.imaging import Picture
from api.verdict import ModelFacts
from model import Scores


class Engine(Protocol):
    """Picture -> Scores, many at a time."""

    @property
    def model(self) -> ModelFacts:
        """Which model answers.

        Raises:
            NotReady: None is loaded, or the engine has stopped.
        """
        ...

    @property
    def waiting(self) -> int:
        """Pictures that wait to be scored."""
        ...

    async def open(self) -> None:
        """Get ready; afterwards `score` may be called."""

    async def close(self) -> None:
        """Finish what was taken, then stop."""

    async def score(self, picture: Picture) -> Scores:
        """Score one picture.

        Raises:
            Overloaded: If too many pictures wait already.
            NotReady: As for `model`.
        """
