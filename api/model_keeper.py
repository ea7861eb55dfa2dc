"""Exchanges the model that serves, and tells what the one that listens would have said.

Routes and SIGHUP call it; each exchange is written into the audit log.
"""

from __future__ import annotations

import logging

from api.audit import Action, Audit, entry
from api.backlog import Backlog
from api.engine.shadow import ShadowedEngine
from api.engine.swapping import SwappingEngine
from api.errors import CandorError, NotFound
from api.model_answer import LabelPair, Reloaded, ShadowReport

logger = logging.getLogger("candor")


class ModelKeeper:
    """For who keeps the service.

    Args:
        swapping: None where the engine is of a kind that takes its weights when it starts.
        shadowed: None where no second model listens.
    """

    def __init__(
        self, log: Audit, swapping: SwappingEngine | None, shadowed: ShadowedEngine | None
    ) -> None:
        # A model that serves already cannot be taken back because the disk is full.
        self._entries = Backlog(log)
        self._swapping = swapping
        self._shadowed = shadowed

    async def reload(self, caller: str) -> Reloaded:
        """Serve with the weights that are in the folder now.

        Raises:
            NotFound: This engine cannot.
            Conflict, Unusable: As `SwappingEngine.reload`.
        """
        if self._swapping is None:
            raise NotFound(
                "This engine takes its weights when it starts: start the service again instead."
            )
        before = self._swapping.model.id
        changed = await self._swapping.reload()
        model = self._swapping.model
        if changed:
            logger.info("model %s serves instead of %s", model.id, before)
        await self._entries.add(entry(caller, Action.RELOAD_MODEL, model.id))
        return Reloaded(model=model, changed=changed)

    async def reload_on_signal(self, caller: str) -> None:
        """The same for who cannot be answered: what went wrong is in the log."""
        try:
            await self.reload(caller)
        except CandorError as error:
            logger.error("the model was not exchanged: %s", error.detail)

    def shadow(self) -> ShadowReport:
        """What the model that listens made of the pictures that it saw.

        Raises:
            NotFound: None listens.
        """
        if self._shadowed is None:
            raise NotFound("No second model listens: CANDOR_SHADOW_WEIGHTS_DIR names its weights.")
        seen = self._shadowed.comparison
        signed, unsigned = seen.differences
        return ShadowReport(
            serving=self._shadowed.model,
            shadow=self._shadowed.shadow,
            pictures=seen.pictures,
            passed_over=seen.passed_over,
            failed=seen.failed,
            labels=[
                LabelPair(serving=ours, shadow=theirs, pictures=count)
                for (ours, theirs), count in sorted(seen.labels.items())
            ],
            mean_difference=signed / seen.pictures if seen.pictures else None,
            mean_absolute_difference=unsigned / seen.pictures if seen.pictures else None,
            largest_difference=seen.largest if seen.pictures else None,
        )
