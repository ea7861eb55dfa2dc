"""What is remembered, without a check: GET /v1/reputation, .../hosts/{host}, POST .../batch.

Lookups tell whether others saw a picture, so each client has so many a minute.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, QueryParameter
from litestar.status_codes import HTTP_200_OK
from pydantic import Field, ValidationError

from api.errors import (
    CandorError,
    InvalidRequest,
    StoreUnavailable,
    TooLarge,
    UnsupportedFormat,
    shown,
)
from api.gate import needs
from api.keys import Scope
from api.limiting import Allowance
from api.reading_json import FewKeys, first_fault
from api.reputation import ONE_OF, Reputations, asked_for
from api.reputation_answer import HostReputation, Key, Reputation
from api.routes import AnyRequest
from api.routes.responses import BATCH_PROBLEMS, REPUTATION_PROBLEMS
from api.verdict import Part

ITEMS_AT_MOST = 1000
BATCH_BYTES = 1024 * 1024
"""Room for a thousand signed URLs. Four times as much takes a second to parse if all brackets."""
AT_ONCE = 8
"""Lookups of one batch that run beside each other."""
DAYS_AT_MOST = 366
DAYS = f"1 to {DAYS_AT_MOST}, today included."
WAY = 'Send JSON like {"items": [{"sha256": "..."}, {"url": "..."}]}, of up to 1,000 items.'

DIGITS = "64 hexadecimal digits."


class BatchRequest(FewKeys):
    """Any number of things to look up; each is judged by itself."""

    items: Annotated[list[Any], Field(max_length=ITEMS_AT_MOST)]


class ItemProblem(Part):
    """Why one item has no answer, as a problem document would say it."""

    title: str
    status: int
    detail: str


class Item(Part):
    """The answer to one item: exactly one of the two is there."""

    reputation: Reputation | None = None
    problem: ItemProblem | None = None


class Batch(Part):
    """An answer for each item, in the order of the items."""

    items: tuple[Item, ...]


@dataclass
class BatchOperation(Operation):
    """Says what the body may be: Litestar cannot tell, since the handler reads it itself."""

    def __post_init__(self) -> None:
        text = Schema(type=OpenAPIType.STRING)
        item = Schema(
            type=OpenAPIType.OBJECT,
            description=ONE_OF,
            properties={key: text for key in Key},
            min_properties=1,
            max_properties=1,
        )
        items = Schema(type=OpenAPIType.ARRAY, items=item, max_items=ITEMS_AT_MOST)
        body = Schema(type=OpenAPIType.OBJECT, properties={"items": items}, required=["items"])
        self.request_body = RequestBody(
            required=True,
            description=WAY,
            content={"application/json": OpenAPIMediaType(body)},
        )


@get(
    "/v1/reputation",
    operation_id="getReputation",
    tags=["reputation"],
    opt=needs(Scope.LOOKUP),
    responses=REPUTATION_PROBLEMS,
    description=f"What is remembered of a picture. Nothing is fetched or scored. {ONE_OF}",
)
async def reputation(
    request: AnyRequest,
    reputations: NamedDependency[Reputations],
    lookups: NamedDependency[Allowance],
    sha256: Annotated[str | None, QueryParameter(description=DIGITS)] = None,
    pixels: Annotated[str | None, QueryParameter(description=DIGITS)] = None,
    pdq: Annotated[str | None, QueryParameter(description=DIGITS)] = None,
    url: Annotated[str | None, QueryParameter(description="An http or https address.")] = None,
) -> Reputation:
    """What is remembered of a picture."""
    lookups.take()
    # Not the parameters above, of which Litestar takes the last where one came twice.
    return await reputations.of(asked_for(request.query_params.multi_items()))


@get(
    "/v1/reputation/hosts/{host:str}",
    operation_id="getHostReputation",
    tags=["reputation"],
    opt=needs(Scope.LOOKUP),
    responses=REPUTATION_PROBLEMS,
)
async def host_reputation(
    host: FromPath[str],
    reputations: NamedDependency[Reputations],
    lookups: NamedDependency[Allowance],
    days: Annotated[str, QueryParameter(description=DAYS)] = "30",
) -> HostReputation:
    """How checks of pictures from a host ended, by day."""
    lookups.take()
    return await reputations.of_host(host, _days(days), datetime.now(UTC).date())


@post(
    "/v1/reputation/batch",
    operation_id="getReputations",
    operation_class=BatchOperation,
    status_code=HTTP_200_OK,
    tags=["reputation"],
    opt=needs(Scope.LOOKUP),
    responses=BATCH_PROBLEMS,
    request_max_body_size=BATCH_BYTES,
)
async def batch(
    request: AnyRequest,
    reputations: NamedDependency[Reputations],
    lookups: NamedDependency[Allowance],
) -> Batch:
    """What is remembered of many pictures; counts as that many lookups."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise UnsupportedFormat(f"The Content-Type {shown(kind)} is not read. {WAY}")
    try:
        items = _items(await request.body())
    except RequestEntityTooLarge as error:
        raise TooLarge(
            f"The batch has more than {BATCH_BYTES:,} bytes. Send fewer items at once."
        ) from error
    except InvalidRequest:
        lookups.take()
        raise
    lookups.take(max(1, len(items)))
    turns = asyncio.Semaphore(AT_ONCE)

    async def answered(item: object) -> Item:
        async with turns:
            return await _answer(item, reputations)

    async with asyncio.TaskGroup() as group:
        answers = [group.create_task(answered(item)) for item in items]
    return Batch(items=tuple(answer.result() for answer in answers))


async def _answer(item: object, reputations: Reputations) -> Item:
    try:
        if not isinstance(item, dict):
            raise InvalidRequest(f"{shown(repr(item))} is not an object. {ONE_OF}")
        return Item(reputation=await reputations.of(asked_for(item.items())))
    except StoreUnavailable:
        raise
    except CandorError as error:
        problem = ItemProblem(title=error.title, status=error.status, detail=error.detail)
        return Item(problem=problem)


def _items(body: bytes) -> list[Any]:
    try:
        return BatchRequest.model_validate_json(body).items
    except ValidationError as error:
        raise InvalidRequest(f"{first_fault(error)} {WAY}") from error


def _days(written: str) -> int:
    days = int(written) if written.isascii() and written.isdigit() and len(written) < 5 else 0
    if not 1 <= days <= DAYS_AT_MOST:
        raise InvalidRequest(f"days is {shown(written)}. Give {DAYS}")
    return days


HANDLERS: list[HTTPRouteHandler] = [reputation, host_reputation, batch]
