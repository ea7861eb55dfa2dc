"""POST /v1/checks/batch: up to 64 pictures in, a line for each out, whichever is ready first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial

from litestar import post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example, OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK

from api.batches import (
    ITEM_WAY,
    ITEMS_AT_MOST,
    BatchRequest,
    Item,
    answers,
    file_items,
    written_items,
)
from api.errors import InvalidRequest, TooLarge, UnsupportedFormat, shown
from api.gate import needs
from api.idempotency import note_part
from api.keys import Caller, Scope
from api.limiting import Allowance
from api.lines import LINE, MEDIA_TYPE
from api.moderation import Moderator
from api.reading_json import read_json
from api.routes import AnyRequest
from api.routes.responses import CHECKS_PROBLEMS
from api.settings import Settings
from api.turnstile import at_once

BATCHES_AT_ONCE = 4
"""Of one caller. Each holds its body in memory until it is answered."""
MARKS_AT_MOST = 300_000
"""Brackets and commas: 64 addresses of 4,000 commas each."""
WAY = (
    f'Send JSON like {{"items": [...]}} of 1 to {ITEMS_AT_MOST} items, or multipart/form-data with '
    f"as many files. {ITEM_WAY}"
)
EXAMPLE = {
    "items": [
        {"external_id": "post-17", "url": "https://example.org/portrait.jpg"},
        {"external_id": "post-18", "data": "iVBORw0KGgo="},
    ]
}


@dataclass
class ChecksOperation(Operation):
    """Says what the body may be: Litestar cannot tell, since the handler reads it itself."""

    def __post_init__(self) -> None:
        text = Schema(type=OpenAPIType.STRING)
        name = Schema(type=OpenAPIType.STRING, max_length=200)
        item = Schema(
            type=OpenAPIType.OBJECT,
            description=ITEM_WAY,
            properties={
                "external_id": name,
                "url": Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.URI),
                "data": Schema(type=OpenAPIType.STRING, content_encoding="base64"),
            },
        )
        items = Schema(type=OpenAPIType.ARRAY, items=item, min_items=1, max_items=ITEMS_AT_MOST)
        body = Schema(type=OpenAPIType.OBJECT, properties={"items": items}, required=["items"])
        files = Schema(
            type=OpenAPIType.OBJECT,
            description="Parts with a file name, the picture's external_id unless it is `blob`.",
            additional_properties=Schema(one_of=[text, Schema(type=OpenAPIType.ARRAY, items=text)]),
        )
        self.request_body = RequestBody(
            required=True,
            description=WAY,
            content={
                "application/json": OpenAPIMediaType(
                    body, examples={"two": Example(value=EXAMPLE)}
                ),
                "multipart/form-data": OpenAPIMediaType(files),
            },
        )


LINES = ResponseSpec(
    LINE,
    description="A line of JSON for each item, in the order in which they are ready.",
    generate_examples=False,
    media_type=MEDIA_TYPE,
)


@post(
    "/v1/checks/batch",
    operation_id="checkPictures",
    operation_class=ChecksOperation,
    status_code=HTTP_200_OK,
    tags=["checks"],
    opt=needs(Scope.CHECK) | at_once(BATCHES_AT_ONCE),
    responses={HTTP_200_OK: LINES, **CHECKS_PROBLEMS},
)
async def batch(
    request: AnyRequest,
    moderator: NamedDependency[Moderator],
    settings: NamedDependency[Settings],
    pictures: NamedDependency[Allowance],
    caller: NamedDependency[Caller],
) -> Stream:
    """Say of many pictures whether they are real; counts as that many.

    Each item is answered by a line of its own as soon as it is ready, and a bad one spoils no
    other. `status` of a line is what the picture alone would have been answered with; 503 is worth
    sending again.
    """
    try:
        items = await _items(request, settings.max_bytes)
    except RequestEntityTooLarge as error:
        raise TooLarge(
            f"The batch has more than {settings.batch_max_bytes:,} bytes. Send fewer pictures at "
            "once, or a job of addresses to POST /v1/jobs."
        ) from error
    except InvalidRequest:
        pictures.take()
        raise
    pictures.take(len(items))
    lines = answers(items, moderator, caller.id, partial(note_part, request.scope))
    return Stream(lines, media_type=MEDIA_TYPE)


async def _items(request: AnyRequest, max_bytes: int) -> list[Item]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        body = await request.body()
        read = await asyncio.to_thread(read_json, body, BatchRequest, MARKS_AT_MOST, WAY)
        return written_items(read.items, max_bytes)
    if kind == "multipart/form-data":
        return file_items(await _files(request))
    raise UnsupportedFormat(f"The Content-Type {shown(kind)} is not read. {WAY}")


async def _files(request: AnyRequest) -> list[UploadFile]:
    try:
        parts = list((await request.form()).multi_items())
    except RequestEntityTooLarge:
        raise
    except (HTTPException, ValueError, LookupError) as error:
        reason = error.detail if isinstance(error, HTTPException) else "it is malformed"
        raise InvalidRequest(f"The form cannot be read: {reason}. {WAY}") from error
    files = [part for _, part in parts if isinstance(part, UploadFile)]
    if not 1 <= len(files) <= ITEMS_AT_MOST or len(files) < len(parts):
        for file in files:
            await file.close()
        raise InvalidRequest(
            f"The form has {len(files)} files and {len(parts) - len(files)} other parts. {WAY}"
        )
    return files
