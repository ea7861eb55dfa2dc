"""How problems stand in the OpenAPI document."""

from __future__ import annotations

from http import HTTPStatus

from litestar.openapi import ResponseSpec

from api.problem import Problem
from api.routes.problems import MEDIA_TYPE


def _problems(*statuses: int) -> dict[int, ResponseSpec]:
    return {
        status: ResponseSpec(
            Problem,
            description=HTTPStatus(status).phrase,
            generate_examples=False,
            media_type=MEDIA_TYPE,
        )
        for status in statuses
    }


CHECK_PROBLEMS = _problems(400, 401, 403, 409, 413, 415, 422, 429, 502, 503, 504)
LOOKUP_PROBLEMS = _problems(400, 401, 403, 404, 429, 503)
REPUTATION_PROBLEMS = _problems(400, 401, 403, 422, 429, 503)
BATCH_PROBLEMS = _problems(400, 401, 403, 409, 413, 415, 422, 429, 503)
CHECKS_PROBLEMS = _problems(400, 401, 403, 409, 413, 415, 422, 429)
JOB_PROBLEMS = _problems(400, 401, 403, 409, 413, 415, 422, 429, 503)
JOBS_PROBLEMS = _problems(400, 401, 403, 422, 429, 503)
JOB_LOOKUP_PROBLEMS = _problems(400, 401, 403, 404, 422, 429, 503)
HEALTH_PROBLEMS = _problems(403, 503)
VERDICT_PROBLEMS = _problems(400, 401, 403, 404, 422, 429, 503)
REMARK_PROBLEMS = _problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 503)
QUEUE_PROBLEMS = _problems(400, 401, 403, 422, 429, 503)
EXPORT_PROBLEMS = _problems(400, 401, 403, 429, 503)
IMPORT_PROBLEMS = _problems(400, 401, 403, 409, 413, 415, 422, 429, 503)
VIDEO_PROBLEMS = _problems(400, 401, 403, 413, 415, 422, 429, 503)
METRICS_PROBLEMS = _problems(400, 401, 403, 429, 503)
RELOAD_PROBLEMS = _problems(400, 401, 403, 404, 409, 413, 415, 429, 503)
SHADOW_PROBLEMS = _problems(400, 401, 403, 404, 429, 503)
