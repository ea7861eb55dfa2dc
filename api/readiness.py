"""Whether a check would work now; `/health/ready` asks."""

from __future__ import annotations

from api.engine import Engine
from api.errors import NotReady
from api.store import Store
from api.verdict import ModelFacts


class Readiness:
    """Whether the store answers and has room, and which model is loaded.

    Attributes:
        draining: Set once the process is to end. What it took is still answered, and whoever
            asks hears that nothing more should be sent.
    """

    def __init__(self, store: Store, engine: Engine) -> None:
        self._store = store
        self._engine = engine
        self.draining = False

    async def model(self) -> ModelFacts:
        """The model that would answer now.

        Raises:
            NotReady: The service is shutting down, or no model is loaded.
            StoreUnavailable: No answer could be remembered.
        """
        if self.draining:
            raise NotReady("The service is shutting down. Send requests to another one.")
        await self._store.ping()
        return self._engine.model
