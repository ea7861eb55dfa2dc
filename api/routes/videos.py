"""/v1/videos: a clip in, and how its check comes along, by polling or as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from api.errors import InvalidRequest, TooLarge, UnsupportedFormat, shown
from api.gate import needs
from api.idempotency import STREAMED
from api.keys import Caller, Scope
from api.limiting import Allowance
from api.reading_json import FewKeys, read_json
from api.routes import AnyRequest
from api.routes.responses import LOOKUP_PROBLEMS, VIDEO_PROBLEMS
from api.settings import Settings
from api.turnstile import at_once
from api.video.answer import VideoCheck, VideoNews
from api.video.decoder import container_of
from api.video.desk import VideoDesk
from api.video.room import Slot, too_large
from api.web_address import parse

HEAD_BYTES = 12
FOLLOWERS = 4
"""Of one clip, of its caller."""
STALLED_S = 30.0
"""After which a sender who sends nothing is turned away, and the disk is free for others."""
SENT_WITHIN_S = 3600.0
"""Of the whole: whoever sends a byte now and then would hold one of few places for ever."""
JSON_BYTES_AT_MOST = 16 * 1024
MARKS_AT_MOST = 100
WAYS = (
    "Send the clip itself, an MP4, QuickTime, WebM, Matroska or AVI file, with a Content-Type "
    "of video/*, or JSON with `url`."
)
EVENTS = ResponseSpec(
    VideoNews,
    description="An event `progress` for each change and at last `done`, `failed` or `cancelled`; "
    "its data is this. Comments in between keep the connection open.",
    generate_examples=False,
    media_type="text/event-stream",
)


class VideoRequest(FewKeys):
    """The JSON form of a clip."""

    url: str


@dataclass
class VideoOperation(Operation):
    """Says what the body may be: the handler streams it."""

    def __post_init__(self) -> None:
        url = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.URI)
        body = Schema(type=OpenAPIType.OBJECT, properties={"url": url}, required=["url"])
        clip = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        self.request_body = RequestBody(
            required=True,
            description=WAYS,
            content={
                "video/*": OpenAPIMediaType(clip),
                "application/json": OpenAPIMediaType(body),
            },
        )


@post(
    "/v1/videos",
    operation_id="checkVideo",
    operation_class=VideoOperation,
    status_code=HTTP_202_ACCEPTED,
    tags=["videos"],
    opt=needs(Scope.CHECK) | {STREAMED: True},
    responses=VIDEO_PROBLEMS,
)
async def create(
    request: AnyRequest,
    videos: NamedDependency[VideoDesk],
    caller: NamedDependency[Caller],
    pictures: NamedDependency[Allowance],
    settings: NamedDependency[Settings],
) -> Response[VideoCheck]:
    """Have a clip checked. It is on disk until it was looked at, and nowhere after that.

    Each frame that is looked at counts as a picture; a clip waits when the key has none left.
    """
    pictures.take()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    with videos.slot(caller) as slot:
        url = None
        try:
            if kind == "application/json":
                url = await _address(request, settings)
            elif kind.startswith("video/") or kind == "application/octet-stream":
                await _receive(request, slot)
            else:
                raise UnsupportedFormat(f"The Content-Type {shown(kind)} is not read. {WAYS}")
        except RequestEntityTooLarge as error:
            raise too_large(settings.video_max_bytes) from error
        answer = videos.take(caller, slot, url)
    location = {"Location": f"/v1/videos/{answer.id}"}
    return Response(answer, status_code=HTTP_202_ACCEPTED, headers=location)


@get(
    "/v1/videos/{clip_id:str}",
    operation_id="getVideo",
    tags=["videos"],
    opt=needs(Scope.CHECK),
    responses=LOOKUP_PROBLEMS,
)
async def status(
    clip_id: FromPath[str], videos: NamedDependency[VideoDesk], caller: NamedDependency[Caller]
) -> VideoCheck:
    """How far one of your clips is, and what came of it, for as long as that is kept."""
    return await videos.status(caller, clip_id)


@get(
    "/v1/videos/{clip_id:str}/events",
    operation_id="followVideo",
    tags=["videos"],
    opt=needs(Scope.CHECK) | at_once(FOLLOWERS),
    responses={HTTP_200_OK: EVENTS, **LOOKUP_PROBLEMS},
)
async def events(
    clip_id: FromPath[str], videos: NamedDependency[VideoDesk], caller: NamedDependency[Caller]
) -> Stream:
    """The same as it changes, with each frame that was looked at, as server-sent events."""
    news = await videos.news(caller, clip_id)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return Stream(_written(news), media_type="text/event-stream", headers=headers)


@delete(
    "/v1/videos/{clip_id:str}",
    operation_id="cancelVideo",
    tags=["videos"],
    status_code=HTTP_200_OK,
    opt=needs(Scope.CHECK),
    responses=LOOKUP_PROBLEMS,
)
async def cancel(
    clip_id: FromPath[str], videos: NamedDependency[VideoDesk], caller: NamedDependency[Caller]
) -> VideoCheck:
    """Stop looking at one of your clips; its file is gone when this answers.

    Of one that has ended, what came of it is told a last time, and forgotten.
    """
    return await videos.cancel(caller, clip_id)


async def _address(request: AnyRequest, settings: Settings) -> str:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > JSON_BYTES_AT_MOST:
            raise TooLarge(f"The JSON has more than {JSON_BYTES_AT_MOST:,} bytes. {WAYS}")
    url = read_json(bytes(body), VideoRequest, MARKS_AT_MOST, WAYS).url
    parse(url, settings.fetch_private_hosts)
    return url


async def _receive(request: AnyRequest, slot: Slot) -> None:
    try:
        async with asyncio.timeout(SENT_WITHIN_S):
            await _write(request, slot)
    except TimeoutError as error:
        raise InvalidRequest(
            f"The clip was not there after {SENT_WITHIN_S:g} s. Send a smaller one, or its address."
        ) from error


async def _write(request: AnyRequest, slot: Slot) -> None:
    pieces = aiter(request.stream())
    head, known = b"", False
    while True:
        try:
            async with asyncio.timeout(STALLED_S):
                piece = await anext(pieces, None)
        except TimeoutError as error:
            raise InvalidRequest(
                f"Nothing came for {STALLED_S:g} s. Send the clip anew."
            ) from error
        if not piece:
            break
        if not known:
            head += piece[:HEAD_BYTES]
            known = len(head) >= HEAD_BYTES and _known(head)
        await asyncio.to_thread(slot.write, piece)
    if not known:
        raise UnsupportedFormat(f"The clip is empty, or next to. {WAYS}")


def _known(head: bytes) -> bool:
    if container_of(head) is None:
        raise UnsupportedFormat(f"The bytes are no clip of a kind that is read. {WAYS}")
    return True


async def _written(news: AsyncIterator[VideoNews | None]) -> AsyncIterator[str]:
    async for one in news:
        if one is None:
            yield ": still here\n\n"
            continue
        ended = one.check.verdict is not None or one.check.problem is not None
        name = one.check.state if ended or one.check.state == "cancelled" else "progress"
        yield f"event: {name}\ndata: {one.model_dump_json()}\n\n"


HANDLERS: list[HTTPRouteHandler] = [create, status, events, cancel]
