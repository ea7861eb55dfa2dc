"""POST /v1/checks: a picture in, a verdict out; GET /v1/verdicts/{id}: that verdict again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, QueryParameter
from litestar.status_codes import HTTP_200_OK
from pydantic import BaseModel, ConfigDict, ValidationError

from api.errors import InvalidRequest, UnsupportedFormat, shown
from api.gate import needs
from api.keys import Scope
from api.limiting import Allowance
from api.moderation import Address, Moderator, Source, Upload, too_large
from api.routes import AnyRequest
from api.routes.responses import CHECK_PROBLEMS, LOOKUP_PROBLEMS
from api.settings import Settings
from api.verdict import Verdict

URL_EXAMPLE = "https://example.org/portrait.jpg"
FRESH = "Score the picture anew, whatever is remembered of it or of its copies."
WAYS = (
    "Send JSON with `url`, multipart/form-data with a file `image`, or the bytes themselves "
    "with a Content-Type of image/*."
)


class CheckRequest(BaseModel):
    """The JSON form of a check."""

    model_config = ConfigDict(extra="forbid")

    url: str


def _text(**keywords: str) -> Schema:
    return Schema(type=OpenAPIType.STRING, **keywords)  # type: ignore[arg-type]


def _object(name: str, value: Schema) -> Schema:
    return Schema(type=OpenAPIType.OBJECT, properties={name: value}, required=[name])


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
    settings: NamedDependency[Settings],
    pictures: NamedDependency[Allowance],
    fresh: Annotated[bool, QueryParameter(description=FRESH)] = False,
) -> Verdict:
    """Say whether a picture is real."""
    pictures.take()
    try:
        source = await _source(request)
    except RequestEntityTooLarge as error:
        raise too_large(settings.max_bytes) from error
    return await moderator.check(source, fresh=fresh)


@get(
    "/v1/verdicts/{verdict_id:str}",
    operation_id="getVerdict",
    tags=["verdicts"],
    opt=needs(Scope.LOOKUP),
    responses=LOOKUP_PROBLEMS,
)
async def verdict(verdict_id: FromPath[str], moderator: NamedDependency[Moderator]) -> Verdict:
    """A verdict that was given before."""
    return await moderator.verdict(verdict_id)


async def _source(request: AnyRequest) -> Source:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return _address(await request.body())
    if kind == "multipart/form-data":
        return Upload(await _part(request))
    if kind.startswith("image/") or kind == "application/octet-stream":
        return Upload(await request.body())
    if not kind:
        raise UnsupportedFormat(f"The Content-Type is missing. {WAYS}")
    raise UnsupportedFormat(f"The Content-Type {shown(kind)} is not read. {WAYS}")


def _address(body: bytes) -> Address:
    try:
        return Address(CheckRequest.model_validate_json(body).url)
    except ValidationError as error:
        first = error.errors()[0]
        place = shown(".".join(str(part) for part in first["loc"])) if first["loc"] else "The body"
        raise InvalidRequest(f"{place}: {first['msg']}. {WAYS}") from error


async def _part(request: AnyRequest) -> bytes:
    try:
        form = await request.form()
        image = form.get("image")
    except RequestEntityTooLarge:
        raise
    except (HTTPException, ValueError, LookupError) as error:
        reason = error.detail if isinstance(error, HTTPException) else "it is malformed"
        raise InvalidRequest(f"The form cannot be read: {reason}. {WAYS}") from error
    if not isinstance(image, UploadFile):
        raise InvalidRequest(f"The form has no part `image` with a file name. {WAYS}")
    return await image.read()
