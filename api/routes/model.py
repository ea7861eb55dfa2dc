"""POST /v1/model/reload exchanges the weights that serve; GET /v1/model/shadow compares two."""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency

from api.gate import needs
from api.keys import Caller, Scope
from api.model_answer import Reloaded, ShadowReport
from api.model_keeper import ModelKeeper
from api.routes.responses import RELOAD_PROBLEMS, SHADOW_PROBLEMS


@post(
    "/v1/model/reload",
    operation_id="reloadModel",
    tags=["model"],
    status_code=200,
    opt=needs(Scope.ADMIN),
    responses=RELOAD_PROBLEMS,
)
async def reload(keeper: NamedDependency[ModelKeeper], caller: NamedDependency[Caller]) -> Reloaded:
    """Serve with the weights that are in the folder now.

    They are loaded and tried beside the ones that serve, and take over between two pictures. If
    they cannot serve, nothing changes.
    """
    return await keeper.reload(caller.id)


@get(
    "/v1/model/shadow",
    operation_id="getShadowModel",
    tags=["model"],
    opt=needs(Scope.ADMIN),
    responses=SHADOW_PROBLEMS,
)
async def shadow(keeper: NamedDependency[ModelKeeper]) -> ShadowReport:
    """What a second model would have said of a share of the pictures."""
    return keeper.shadow()


HANDLERS = [reload, shadow]
