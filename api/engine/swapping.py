"""An engine whose model can be exchanged while it serves.

The next one is loaded beside the one that serves and takes over between two pictures; what the old
one has taken it still scores. A candidate that fails changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from api.engine import Engine
from api.errors import Conflict, Unusable
from api.imaging import Picture
from api.verdict import ModelFacts
from model import Scores


class SwappingEngine:
    """Whichever engine serves now.

    Args:
        make: A new engine, not yet open, that reads the weights which are there when it opens.
    """

    def __init__(self, make: Callable[[], Engine]) -> None:
        self._make = make
        self._serving = make()
        self._loading = asyncio.Lock()
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def model(self) -> ModelFacts:
        """See `Engine`."""
        return self._serving.model

    @property
    def waiting(self) -> int:
        """See `Engine`."""
        return self._serving.waiting

    async def open(self) -> None:
        """See `Engine`."""
        await self._serving.open()

    async def close(self) -> None:
        """See `Engine`."""
        async with self._loading:
            await asyncio.gather(*self._leaving, self._serving.close())

    async def score(self, picture: Picture) -> Scores:
        """See `Engine`. The model that was told just before the call is the one that answers."""
        return await self._serving.score(picture)

    async def reload(self) -> bool:
        """Load what the folder of weights holds now, and serve with it.

        Returns:
            Whether another model serves than before.

        Raises:
            Conflict: Weights are being loaded already.
            Unusable: They cannot serve; the old ones still do.
        """
        if self._loading.locked():
            raise Conflict("Weights are being loaded just now. Ask again when that is over.")
        async with self._loading:
            candidate = self._make()
            try:
                await candidate.open()
            except (OSError, RuntimeError) as error:
                await candidate.close()
                raise Unusable(f"The model that served goes on serving. {error}") from error
            except asyncio.CancelledError:
                await candidate.close()
                raise
            if candidate.model == self.model:
                await candidate.close()
                return False
            self._leave(self._serving)
            self._serving = candidate
            return True

    def _leave(self, engine: Engine) -> None:
        leaving = asyncio.create_task(engine.close(), name="engine that leaves")
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)
