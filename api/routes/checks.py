"""POST /v1/checks: a picture in, a verdict out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import MediaType, Response, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import QueryParameter
from litestar.status_codes import HTTP_200_OK

from api import gate
from api.errors import InvalidRequest, TooLarge, UnsupportedFormat, shown
from api.gate import needs
from api.keys import Caller, Scope
from api.moderation import Address, Moderator, Source, Upload, too_large
from api.naming import EXTERNAL_ID_AT_MOST, Name, external_name
from api.reading_json import FewKeys, read_json
from api.routes import AnyRequest
from api.routes.leaving import while_waited_for
from api.routes.responses import CHECK_PROBLEMS
from api.verdict import Verdict

JSON_BYTES_AT_MOST = 32 * 1024
"""Room for the longest URL that is followed and the longest name, each character escaped."""
MARKS_AT_MOST = 5_000
"""Brackets and commas: a URL may be made of commas."""
URL_EXAMPLE = "https://example.org/portrait.jpg"
CALLED = "What you call the picture, to find its verdict again; in a form or JSON, give it there."
FRESH = "Score the picture anew, whatever is remembered of it or of its copies."
EXPLAIN = (
    "Add to each face's `look` which parts of it spoke for a fake, and say so in `reason`. Takes "
    "as long again as scoring the faces."
)
KEEP = (
    "With false, the picture is scored and forgotten: for frames of a camera. Nothing is looked "
    "up, and the id leads nowhere. Only for pictures that are sent, without a name."
)
WAYS = (
    "Send JSON with `url`, multipart/form-data with a file `image`, or the bytes themselves "
    "with a Content-Type of image/*."
)


class CheckRequest(FewKeys):
    """The JSON form of a check."""

    url: str
    external_id: str | None = None


def _text(**keywords: Any) -> Schema:
    return Schema(type=OpenAPIType.STRING, **keywords)


def _object(name: str, value: Schema) -> Schema:
    called = _text(max_length=EXTERNAL_ID_AT_MOST)
    return Schema(
        type=OpenAPIType.OBJECT,
        properties={name: value, "external_id": called},
        required=[name],
    )


@dataclass
class CheckOperation(Operation):
    """Says what the body may be: Litestar cannot tell, since the handler reads it itself."""

    def __post_init__(self) -> None:
        picture = OpenAPIMediaType(_text(format="binary"))
        url = _object("url", _text(format="uri", description=f"Such as {URL_EXAMPLE}."))
        self.request_body = RequestBody(
            required=True,
            description=WAYS,
            content={
                "application/json": OpenAPIMediaType(url),
                "multipart/form-data": OpenAPIMediaType(_object("image", _text(format="binary"))),
                "image/*": picture,
            },
        )


@post(
    "/v1/checks",
    operation_id="checkPicture",
    operation_class=CheckOperation,
    status_code=HTTP_200_OK,
    tags=["checks"],
    opt=needs(Scope.CHECK),
    responses=CHECK_PROBLEMS,
)
async def check(
    request: AnyRequest,
    moderator: NamedDependency[Moderator],
    fresh: Annotated[bool, QueryParameter(description=FRESH)] = False,
    keep: Annotated[bool, QueryParameter(description=KEEP)] = True,
    explain: Annotated[bool, QueryParameter(description=EXPLAIN)] = False,
    external_id: Annotated[str | None, QueryParameter(description=CALLED)] = None,
) -> Response[Verdict]:
    """Say whether a picture is real."""
    # Not injected: for more than one dependency Litestar begins a group of tasks, which is a sixth
    # of what an answer from memory takes.
    gate.pictures(request).take()
    try:
        source, called = await _source(request)
    except RequestEntityTooLarge as error:
        raise too_large(moderator.max_bytes) from error
    async with while_waited_for(request):
        if not keep:
            return _told(await moderator.glance(_sent(source, called, external_id)))
        name = _name(gate.caller(request), external_id, called)
        return _told(await moderator.check(source, fresh=fresh, explain=explain, name=name))


def _told(verdict: Verdict) -> Response[Any]:
    """As Litestar would write it, by pydantic alone and in half of the time."""
    return Response(verdict.model_dump_json().encode(), media_type=MediaType.JSON)


def _sent(source: Source, *given: str | None) -> bytes:
    if isinstance(source, Address) or any(one is not None for one in given):
        raise InvalidRequest(
            "With keep=false send the picture itself, and no external_id: nothing is remembered."
        )
    return source.content


def _name(caller: Caller, *given: str | None) -> Name | None:
    called = [one for one in given if one is not None]
    if len(called) > 1:
        raise InvalidRequest("The external_id came twice. Give it once, in the body or the query.")
    return Name(caller.id, external_name(called[0])) if called else None


async def _source(request: AnyRequest) -> tuple[Source, str | None]:
    """The picture, and what the body calls it."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return _address(await request.body())
    if kind == "multipart/form-data":
        content, called = await _parts(request)
        return Upload(content), called
    if kind.startswith("image/") or kind == "application/octet-stream":
        return Upload(await request.body()), None
    if not kind:
        raise UnsupportedFormat(f"The Content-Type is missing. {WAYS}")
    raise UnsupportedFormat(f"The Content-Type {shown(kind)} is not read. {WAYS}")


def _address(body: bytes) -> tuple[Address, str | None]:
    if len(body) > JSON_BYTES_AT_MOST:
        raise TooLarge(f"The JSON has more than {JSON_BYTES_AT_MOST:,} bytes. {WAYS}")
    asked = read_json(body, CheckRequest, MARKS_AT_MOST, WAYS)
    return Address(asked.url), asked.external_id


async def _parts(request: AnyRequest) -> tuple[bytes, str | None]:
    try:
        form = await request.form()
        image, called = form.get("image"), form.get("external_id")
    except RequestEntityTooLarge:
        raise
    except (HTTPException, ValueError, LookupError) as error:
        reason = error.detail if isinstance(error, HTTPException) else "it is malformed"
        raise InvalidRequest(f"The form cannot be read: {reason}. {WAYS}") from error
    if not isinstance(image, UploadFile):
        raise InvalidRequest(f"The form has no part `image` with a file name. {WAYS}")
    if not (called is None or isinstance(called, str)):
        raise InvalidRequest(f"The form's `external_id` is a file. Give it as text. {WAYS}")
    return await image.read(), called
