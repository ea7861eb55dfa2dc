"""Who scores pictures: the protocol that every engine keeps, in process or beyond."""

from __future__ import annotations

from typing import Protocol

from api.imaging import Picture
from api.verdict import ModelFacts, Thresholds
from model import Detector, Scores


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
        """Score one picture; the same pixels in flight twice may share their scores.

        Raises:
            Overloaded: If too many pictures wait already.
            NotReady: As for `model`.
        """


def facts_of(detector: Detector) -> ModelFacts:
    """What a verdict tells of the model."""
    limits = detector.thresholds
    return ModelFacts(
        id=detector.model_id,
        thresholds=Thresholds(real_below=limits.real_below, fake_from=limits.fake_from),
    )
