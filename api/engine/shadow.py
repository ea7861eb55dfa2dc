"""A second model that sees a share of what the first scores, and is heard by nobody but its keeper.

What it says never reaches a verdict; only counts are kept, in memory, of this process. It takes one
picture at a time and passes over those that come meanwhile, so that it can delay no one for longer
than one picture takes.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from api.engine import Engine
from api.imaging import Picture
from api.judging import label_for
from api.verdict import Label, ModelFacts
from model import Scores

logger = logging.getLogger("candor")


@dataclass
class Comparison:
    """What both models said of the same pictures.

    Attributes:
        passed_over: Pictures of the share for which the shadow had no time.
        failed: Pictures that it could not score.
        labels: How often by both labels, the serving model's first.
        differences: Sums of the shadow's fake probability less the other's: as it is, and
            without its sign.
    """

    passed_over: int = 0
    failed: int = 0
    labels: Counter[tuple[Label, Label]] = field(default_factory=Counter)
    differences: tuple[float, float] = (0.0, 0.0)
    largest: float = 0.0

    @property
    def pictures(self) -> int:
        """Scored by both."""
        return self.labels.total()


class ShadowedEngine:
    """An engine that serves, and one that only listens.

    Args:
        share: Of the pictures that the shadow sees, 0..1.
    """

    def __init__(
        self,
        serving: Engine,
        shadow: Engine,
        share: float,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._serving = serving
        self._shadow = shadow
        self._share = share
        self._chance = chance
        self._listening: asyncio.Task[None] | None = None
        self._compared: tuple[ModelFacts, Comparison] | None = None

    @property
    def model(self) -> ModelFacts:
        """See `Engine`."""
        return self._serving.model

    @property
    def shadow(self) -> ModelFacts:
        """The model that listens."""
        return self._shadow.model

    @property
    def waiting(self) -> int:
        """See `Engine`."""
        return self._serving.waiting

    @property
    def comparison(self) -> Comparison:
        """Since this very model serves."""
        if self._compared is None or self._compared[0] != self.model:
            self._compared = (self.model, Comparison())
        return self._compared[1]

    async def open(self) -> None:
        """See `Engine`."""
        await self._serving.open()
        await self._shadow.open()

    async def close(self) -> None:
        """See `Engine`; what the shadow has begun is dropped."""
        if self._listening is not None:
            self._listening.cancel()
        await self._serving.close()
        await self._shadow.close()

    async def score(self, picture: Picture) -> Scores:
        """See `Engine`."""
        model = self.model
        scores = await self._serving.score(picture)
        if self._chance() < self._share and model == self.model:
            self._listen(picture, scores)
        return scores

    def _listen(self, picture: Picture, scores: Scores) -> None:
        if self._listening is not None and not self._listening.done():
            self.comparison.passed_over += 1
            return
        said = label_for(scores, self.model.thresholds)
        self._listening = asyncio.create_task(
            self._compare(picture, scores, said, self.comparison), name="shadow"
        )

    async def _compare(
        self, picture: Picture, scores: Scores, said: Label, comparison: Comparison
    ) -> None:
        try:
            other = await self._shadow.score(picture)
        except Exception:
            comparison.failed += 1
            logger.exception("the shadow model could not score a picture")
            return
        heard = label_for(other, self._shadow.model.thresholds)
        difference = other.fake_probability - scores.fake_probability
        comparison.labels[said, heard] += 1
        signed, unsigned = comparison.differences
        comparison.differences = (signed + difference, unsigned + abs(difference))
        comparison.largest = max(comparison.largest, abs(difference))
