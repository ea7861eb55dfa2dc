"""Bodies of jobs, as items: JSON, or a line of JSON for each item.

A body of which any item cannot be read is refused as a whole, and the first such items are named:
what was exported badly is to be exported again, not to be half done. Whether an address leads to
a picture is another question, and is answered item by item when the job runs.

These functions take seconds for the largest bodies, and are for threads.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any, TypeVar

from pydantic import Field, ValidationError

from api.errors import InvalidRequest, TooLarge
from api.jobs import ITEMS_AT_MOST, JobItem
from api.naming import external_name
from api.reading_json import FewKeys, first_fault, read_json

Written = TypeVar("Written")

MARKS_AT_MOST = 1_000_000
"""Brackets and commas of a JSON body: ten for each item. Lines have no such limit."""
LINE_BYTES_AT_MOST = 32 * 1024
BLANK_AT_MOST = ITEMS_AT_MOST
FAULTS_TOLD = 5

WAY = (
    'Send JSON like {"items": [{"external_id": "post-17", "url": "https://..."}]}, or such items '
    f"as lines (application/x-ndjson), up to {ITEMS_AT_MOST:,}."
)


class WebhookRequest(FewKeys):
    """Where the end of a job shall be told. Without a secret, one is made."""

    url: str
    secret: Annotated[str | None, Field(repr=False)] = None


class JobRequest(FewKeys):
    """The JSON form of a job. Each item is judged by itself, as a `JobItem`."""

    items: list[Any]
    webhook: WebhookRequest | None = None


def from_json(body: bytes) -> tuple[list[JobItem], WebhookRequest | None]:
    """The items and the webhook of a JSON body.

    Raises:
        InvalidRequest: It is something else, or holds what is no item.
        TooLarge: There are too many items.
    """
    request = read_json(body, JobRequest, MARKS_AT_MOST, WAY)
    return _items("item", enumerate(request.items), JobItem.model_validate), request.webhook


def from_lines(body: bytes) -> list[JobItem]:
    """The items of a body of lines. Blank lines are passed over.

    Raises:
        InvalidRequest, TooLarge: As `from_json`.
    """
    return _items("line", _lines(body), JobItem.model_validate_json)


def _lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    blank = 0
    for number, line in enumerate(io.BytesIO(body), 1):
        if line.strip():
            if len(line) > LINE_BYTES_AT_MOST:
                raise InvalidRequest(
                    f"Line {number} has {len(line):,} bytes; at most {LINE_BYTES_AT_MOST:,} are "
                    f"read. {WAY}"
                )
            yield number, line
        else:
            blank += 1
            if blank > BLANK_AT_MOST:
                raise InvalidRequest(f"The body has over {BLANK_AT_MOST:,} blank lines. {WAY}")


def _items(
    kind: str, written: Iterable[tuple[int, Written]], read: Callable[[Written], JobItem]
) -> list[JobItem]:
    items: list[JobItem] = []
    faults: list[str] = []
    for number, one in written:
        try:
            item = read(one)
            if item.external_id:
                external_name(item.external_id)
            items.append(item)
        except ValidationError as error:
            faults.append(f"{kind} {number}: {first_fault(error)}")
        except InvalidRequest as error:
            faults.append(f"{kind} {number}: {error.detail}")
        if len(faults) == FAULTS_TOLD:
            break
        if len(items) > ITEMS_AT_MOST:
            raise TooLarge(f"A job has at most {ITEMS_AT_MOST:,} items. Make several of it.")
    if faults:
        first = "The first that cannot be read" if len(faults) > 1 else "What cannot be read"
        raise InvalidRequest(f"Nothing was taken. {first}: {' '.join(faults)} {WAY}")
    if not items:
        raise InvalidRequest(f"The job has no items. {WAY}")
    return items
