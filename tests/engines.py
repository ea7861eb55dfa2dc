"""Engines for tests of everything around the model."""

from __future__ import annotations

import asyncio

from api.imaging import Picture
from api.verdict import ModelFacts, Thresholds
from model import FaceScore, Scores


class GatedEngine:
    """Calls every picture fake, when the gate is open; counts what was asked and what is inside."""

    model = ModelFacts(id="gated", thresholds=Thresholds(real_below=0.3, fake_from=0.8))

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked: list[Picture] = []
        self.inside = 0
        self.most_inside = 0
        self.cancelled = 0
        self.failures: list[Exception] = []

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def score(self, picture: Picture) -> Scores:
        self.asked.append(picture)
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.inside -= 1
        if self.failures:
            raise self.failures.pop(0)
        return Scores(0.9, (FaceScore(1, 2, 30, 40, 1.0, 0.9),), {"face": 0.9})
