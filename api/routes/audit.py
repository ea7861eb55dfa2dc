"""GET /v1/audit: who did what, newest first."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.desk import Desk
from api.gate import needs
from api.keys import Caller, Scope
from api.review_answer import Log
from api.routes.responses import QUEUE_PROBLEMS
from api.routes.reviews import BEFORE, LIMIT, PAGE_AT_MOST, page_size

WHO = "Only what this caller did: a key's id, or `local`."
WHAT = "Only what was done to this: a verdict's or key's id, or `external_id` with a name."


@get(
    "/v1/audit",
    operation_id="getAuditLog",
    tags=["audit"],
    opt=needs(Scope.ADMIN),
    responses=QUEUE_PROBLEMS,
)
async def audit(
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    by: Annotated[str | None, QueryParameter(description=WHO)] = None,
    subject: Annotated[str | None, QueryParameter(description=WHAT)] = None,
    cursor: Annotated[str | None, QueryParameter(description=BEFORE)] = None,
    limit: Annotated[str, QueryParameter(description=LIMIT)] = str(PAGE_AT_MOST),
) -> Log:
    """Who read, changed and deleted what, newest first. This reading is written down as well."""
    return await desk.log(caller.id, cursor, page_size(limit), by, subject)
