"""GET /v1/audit: who did what, newest first."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.audit import Action, Entry, entry, place_of
from api.gate import needs
from api.keys import Caller, Scope
from api.routes.responses import QUEUE_PROBLEMS
from api.routes.reviews import BEFORE, LIMIT, PAGE_AT_MOST, page_size
from api.store import Store
from api.verdict import Part

WHO = "Only what this caller did: a key's id, or `local`."
WHAT = "Only what was done to this: a verdict's or key's id, or `external_id` with a name."


class Log(Part):
    """A page of the audit log; `next` is the cursor of the page behind it, null at the end."""

    entries: tuple[Entry, ...]
    next: str | None


@get(
    "/v1/audit",
    operation_id="getAuditLog",
    tags=["audit"],
    opt=needs(Scope.ADMIN),
    responses=QUEUE_PROBLEMS,
)
async def audit(
    store: NamedDependency[Store],
    caller: NamedDependency[Caller],
    by: Annotated[str | None, QueryParameter(description=WHO)] = None,
    subject: Annotated[str | None, QueryParameter(description=WHAT)] = None,
    cursor: Annotated[str | None, QueryParameter(description=BEFORE)] = None,
    limit: Annotated[str, QueryParameter(description=LIMIT)] = str(PAGE_AT_MOST),
) -> Log:
    """Who read, changed and deleted what, newest first. This reading is written down as well."""
    size = page_size(limit)
    found = await store.entries(place_of(cursor), size, caller=by, subject=subject)
    await store.add_entry(entry(caller.id, Action.READ_AUDIT, subject or by or ""))
    return Log(entries=found, next=found[-1].cursor if len(found) == size else None)
