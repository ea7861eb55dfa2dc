"""/v1/verdicts: a verdict that was given before, by its id or by what a caller calls the picture;
and its deletion.
"""

from __future__ import annotations

import asyncio
from typing import Annotated

from litestar import delete, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from litestar.status_codes import HTTP_200_OK

from api.desk import Desk
from api.errors import InvalidRequest, shown
from api.gate import needs
from api.heat import drawn
from api.keys import Caller, Scope
from api.reputation import DIGEST
from api.review_answer import Deleted
from api.routes import AnyRequest
from api.routes.responses import LOOKUP_PROBLEMS, VERDICT_PROBLEMS
from api.store.records import HashKind
from api.verdict import Verdict

CALLED = "What you called the picture when you had it checked."
DIGITS = "64 hexadecimal digits."
ONE_OF = "Give exactly one of sha256 (of the file), pixels (of the picture) and external_id."
EXTERNAL_ID = "external_id"
KINDS = {"sha256": HashKind.SHA256, "pixels": HashKind.PIXELS}


@get(
    "/v1/verdicts/{verdict_id:str}",
    operation_id="getVerdict",
    tags=["verdicts"],
    opt=needs(Scope.LOOKUP),
    responses=LOOKUP_PROBLEMS,
)
async def verdict(
    verdict_id: FromPath[str], desk: NamedDependency[Desk], caller: NamedDependency[Caller]
) -> Verdict:
    """A verdict that was given before."""
    return await desk.read(caller.id, verdict_id)


@get(
    "/v1/verdicts/{verdict_id:str}/explanation.png",
    operation_id="getExplanation",
    tags=["verdicts"],
    media_type="image/png",
    opt=needs(Scope.LOOKUP),
    responses=LOOKUP_PROBLEMS,
)
async def explanation(
    verdict_id: FromPath[str], desk: NamedDependency[Desk], caller: NamedDependency[Caller]
) -> bytes:
    """A heat map to lay over the picture: where the model looked in its faces, else transparent.

    Of the picture's proportions, at most 640 pixels a side; 404 where no face was scored.
    """
    return await asyncio.to_thread(drawn, await desk.read(caller.id, verdict_id))


@get(
    "/v1/verdicts",
    operation_id="findVerdict",
    tags=["verdicts"],
    opt=needs(Scope.LOOKUP),
    responses=VERDICT_PROBLEMS,
)
async def find(
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    external_id: Annotated[str | None, QueryParameter(description=CALLED)] = None,
) -> Verdict:
    """The verdict that last answered for what you call so; what others call so is not found."""
    if external_id is None:
        raise InvalidRequest("The query has no external_id. Give what you called the picture.")
    return await desk.read_named(caller.id, external_id)


@delete(
    "/v1/verdicts/{verdict_id:str}",
    operation_id="deleteVerdict",
    tags=["verdicts"],
    status_code=HTTP_200_OK,
    opt=needs(Scope.ADMIN),
    responses=LOOKUP_PROBLEMS,
)
async def remove(
    verdict_id: FromPath[str], desk: NamedDependency[Desk], caller: NamedDependency[Caller]
) -> Deleted:
    """Forget a verdict with all that hangs on it, in results of jobs too."""
    return Deleted(verdicts=await desk.delete(caller.id, verdict_id))


@delete(
    "/v1/verdicts",
    operation_id="deletePicture",
    tags=["verdicts"],
    status_code=HTTP_200_OK,
    opt=needs(Scope.ADMIN),
    responses=VERDICT_PROBLEMS,
    description=f"Forget all verdicts on a picture, with all that hangs on them. {ONE_OF}",
)
async def remove_picture(
    request: AnyRequest,
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    sha256: Annotated[str | None, QueryParameter(description=DIGITS)] = None,
    pixels: Annotated[str | None, QueryParameter(description=DIGITS)] = None,
    external_id: Annotated[str | None, QueryParameter(description="Whoever calls it so.")] = None,
) -> Deleted:
    """Forget all verdicts on a picture, with all that hangs on them."""
    # Not the parameters above, of which Litestar takes the last where one came twice.
    given = list(request.query_params.multi_items())
    if len(given) != 1 or given[0][0] not in (*KINDS, EXTERNAL_ID):
        names = ", ".join(shown(name) for name, _ in given[:5])
        raise InvalidRequest(f"Asked to delete by {names or 'nothing'}. {ONE_OF}")
    ((name, value),) = given
    if name == EXTERNAL_ID:
        return Deleted(verdicts=await desk.delete_named(caller.id, value))
    if not DIGEST.fullmatch(value):
        raise InvalidRequest(f"{name} is {shown(value)}. Give 64 hexadecimal digits.")
    return Deleted(verdicts=await desk.delete_picture(caller.id, KINDS[name], value.lower()))


HANDLERS: list[HTTPRouteHandler] = [verdict, explanation, find, remove, remove_picture]
