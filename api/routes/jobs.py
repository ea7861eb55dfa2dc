"""/v1/jobs: many addresses in, progress and results out, while nobody waits."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated

from litestar import Response, delete, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example, OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromPath, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED
from pydantic import ValidationError

from api.errors import InvalidRequest, TooLarge, UnsupportedFormat, shown
from api.gate import needs
from api.job_answer import JobAnswer, JobsAnswer, told
from api.job_desk import JobDesk
from api.job_uploads import WAY, WebhookRequest, from_json, from_lines
from api.jobs import ITEMS_AT_MOST, JobItem
from api.keys import Caller, Scope
from api.lines import LINE, MEDIA_TYPE
from api.routes import AnyRequest
from api.routes.responses import JOB_LOOKUP_PROBLEMS, JOB_PROBLEMS, JOBS_PROBLEMS
from api.settings import Settings
from api.turnstile import at_once

UPLOADS_AT_ONCE = 2
"""Of one caller. Each holds its body in memory until it is stored."""
PAGE_AT_MOST = 50
RESULTS_AT_MOST = 1000
LINES = frozenset({MEDIA_TYPE, "application/jsonl", "application/jsonlines"})
WAYS = (
    f"{WAY} A form (multipart/form-data) with a file `items` of such lines may name a "
    "`webhook_url` and a `webhook_secret`."
)
EXAMPLE = {
    "items": [{"external_id": "post-17", "url": "https://example.org/portrait.jpg"}],
    "webhook": {"url": "https://example.org/candor"},
}
LINES_EXAMPLE = '{"external_id": "post-17", "url": "https://example.org/portrait.jpg"}\n'
AFTER = "The `index` of the last line that is known already; -1 for the beginning."
BEFORE = "`next` of the page before."


@dataclass
class JobOperation(Operation):
    """Says what the body may be: Litestar cannot tell, since the handler reads it itself."""

    def __post_init__(self) -> None:
        text = Schema(type=OpenAPIType.STRING)
        url = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.URI)
        secret = Schema(
            type=OpenAPIType.STRING,
            description="whsec_ and 24 to 64 bytes in base64; one is made if it is left out.",
        )
        item = Schema(
            type=OpenAPIType.OBJECT,
            properties={
                "external_id": Schema(type=OpenAPIType.STRING, max_length=200),
                "url": url,
            },
            required=["url"],
        )
        items = Schema(type=OpenAPIType.ARRAY, items=item, min_items=1, max_items=ITEMS_AT_MOST)
        webhook = Schema(
            type=OpenAPIType.OBJECT,
            description="Is told when the job has ended, as Standard Webhooks are.",
            properties={"url": url, "secret": secret},
            required=["url"],
        )
        body = Schema(
            type=OpenAPIType.OBJECT,
            properties={"items": items, "webhook": webhook},
            required=["items"],
        )
        form = Schema(
            type=OpenAPIType.OBJECT,
            properties={"items": text, "webhook_url": url, "webhook_secret": secret},
            required=["items"],
        )
        self.request_body = RequestBody(
            required=True,
            description=WAYS,
            content={
                "application/json": OpenAPIMediaType(
                    body, examples={"one": Example(value=EXAMPLE)}
                ),
                MEDIA_TYPE: OpenAPIMediaType(text, examples={"one": Example(value=LINES_EXAMPLE)}),
                "multipart/form-data": OpenAPIMediaType(form),
            },
        )


RESULTS = ResponseSpec(
    LINE,
    description="A line of JSON for each item, in the order of the items. `Link: <...>; "
    'rel="next"` leads on as long as there is or will be more.',
    generate_examples=False,
    media_type=MEDIA_TYPE,
)


@post(
    "/v1/jobs",
    operation_id="createJob",
    operation_class=JobOperation,
    status_code=HTTP_202_ACCEPTED,
    tags=["jobs"],
    opt=needs(Scope.CHECK) | at_once(UPLOADS_AT_ONCE),
    responses=JOB_PROBLEMS,
)
async def create(
    request: AnyRequest,
    jobs: NamedDependency[JobDesk],
    caller: NamedDependency[Caller],
    settings: NamedDependency[Settings],
) -> Response[JobAnswer]:
    """Have many pictures checked while nobody waits.

    Nothing is taken unless every item can be read. Pictures are charged as they are checked, and
    half of what the key allows in a minute is left to other requests.
    """
    try:
        items, webhook = await _upload(request)
    except RequestEntityTooLarge as error:
        raise TooLarge(
            f"The job has more than {settings.jobs_max_bytes:,} bytes. Make several of it."
        ) from error
    answer = await jobs.take(caller.id, items, webhook, request.scope["state"].get("claim"))
    location = {"Location": f"/v1/jobs/{answer.id}"}
    return Response(answer, status_code=HTTP_202_ACCEPTED, headers=location)


@get(
    "/v1/jobs",
    operation_id="listJobs",
    tags=["jobs"],
    opt=needs(Scope.CHECK),
    responses=JOBS_PROBLEMS,
)
async def listed(
    jobs: NamedDependency[JobDesk],
    caller: NamedDependency[Caller],
    before: Annotated[str | None, QueryParameter(description=BEFORE)] = None,
    limit: Annotated[str, QueryParameter(description=f"1 to {PAGE_AT_MOST}.")] = "20",
) -> JobsAnswer:
    """The caller's jobs, the newest first."""
    try:
        return await jobs.jobs(caller.id, before, _number("limit", limit, 1, PAGE_AT_MOST))
    except ValueError as error:
        raise InvalidRequest(f"before is {shown(str(before))}. Give {BEFORE}") from error


@get(
    "/v1/jobs/{job_id:str}",
    operation_id="getJob",
    tags=["jobs"],
    opt=needs(Scope.CHECK),
    responses=JOB_LOOKUP_PROBLEMS,
)
async def one(
    job_id: FromPath[str], jobs: NamedDependency[JobDesk], caller: NamedDependency[Caller]
) -> JobAnswer:
    """How far a job is."""
    return told(await jobs.job(caller.id, job_id))


@get(
    "/v1/jobs/{job_id:str}/results",
    operation_id="getJobResults",
    tags=["jobs"],
    opt=needs(Scope.CHECK),
    responses={HTTP_200_OK: RESULTS, **JOB_LOOKUP_PROBLEMS},
)
async def results(
    job_id: FromPath[str],
    jobs: NamedDependency[JobDesk],
    caller: NamedDependency[Caller],
    after: Annotated[str, QueryParameter(description=AFTER)] = "-1",
    limit: Annotated[str, QueryParameter(description=f"1 to {RESULTS_AT_MOST}.")] = "1000",
) -> Response[bytes]:
    """What was found, in the order of the items, up to the first that is not finished.

    So the `index` of the last line is where to go on, and nothing that finishes later is missed.
    """
    most = _number("limit", limit, 1, RESULTS_AT_MOST)
    start = _number("after", after, -1, ITEMS_AT_MOST)
    lines, last = await jobs.results(caller.id, job_id, start, most)
    following = f'</v1/jobs/{job_id}/results?after={last}&limit={most}>; rel="next"'
    headers = {} if last is None else {"Link": following}
    return Response(b"".join(lines), media_type=MEDIA_TYPE, headers=headers)


@post(
    "/v1/jobs/{job_id:str}/cancel",
    operation_id="cancelJob",
    status_code=HTTP_200_OK,
    tags=["jobs"],
    opt=needs(Scope.CHECK),
    responses=JOB_LOOKUP_PROBLEMS,
)
async def cancel(
    job_id: FromPath[str], jobs: NamedDependency[JobDesk], caller: NamedDependency[Caller]
) -> JobAnswer:
    """Check no more pictures of a job; what was found stays. Does nothing if it has ended."""
    return await jobs.cancel(caller.id, job_id)


@delete(
    "/v1/jobs/{job_id:str}",
    operation_id="deleteJob",
    tags=["jobs"],
    opt=needs(Scope.CHECK),
    responses=JOB_LOOKUP_PROBLEMS,
)
async def forget(
    job_id: FromPath[str], jobs: NamedDependency[JobDesk], caller: NamedDependency[Caller]
) -> None:
    """Forget a job, ended or not, with its results and addresses. Its webhook is not called."""
    await jobs.delete(caller.id, job_id)


async def _upload(request: AnyRequest) -> tuple[list[JobItem], WebhookRequest | None]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return await asyncio.to_thread(from_json, await request.body())
    if kind in LINES:
        return await asyncio.to_thread(from_lines, await request.body()), None
    if kind == "multipart/form-data":
        return await _form(request)
    raise UnsupportedFormat(f"The Content-Type {shown(kind)} is not read. {WAYS}")


async def _form(request: AnyRequest) -> tuple[list[JobItem], WebhookRequest | None]:
    try:
        form = await request.form()
    except RequestEntityTooLarge:
        raise
    except (HTTPException, ValueError, LookupError) as error:
        reason = error.detail if isinstance(error, HTTPException) else "it is malformed"
        raise InvalidRequest(f"The form cannot be read: {reason}. {WAYS}") from error
    try:
        file, fields = form.get("items"), dict(form)
        if not isinstance(file, UploadFile):
            raise InvalidRequest(f"The form has no part `items` with a file name. {WAYS}")
        items = await asyncio.to_thread(from_lines, await file.read())
        return items, _form_webhook(fields.get("webhook_url"), fields.get("webhook_secret"))
    finally:
        await form.close()


def _form_webhook(url: object, secret: object) -> WebhookRequest | None:
    if url is None:
        return None
    try:
        return WebhookRequest.model_validate({"url": url, "secret": secret})
    except ValidationError as error:
        raise InvalidRequest(
            f"The form's webhook_url or webhook_secret is no text. {WAYS}"
        ) from error


def _number(name: str, written: str, least: int, most: int) -> int:
    digits = written.removeprefix("-")
    number = int(written) if digits.isascii() and digits.isdigit() and len(digits) < 9 else None
    if number is None or not least <= number <= most:
        raise InvalidRequest(f"{name} is {shown(written)}. Give a number from {least} to {most:,}.")
    return number


HANDLERS: list[HTTPRouteHandler] = [create, listed, one, results, cancel, forget]
