"""A few pictures in one request: each is checked by itself, and answered as soon as it is.

`api.routes.batch` calls it. What nobody should wait for in one request is a job, `api.jobs`.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from litestar.datastructures import UploadFile
from pydantic import Field, ValidationError

from api.errors import CandorError, InvalidRequest
from api.lines import ExternalId, Place, line, status_of
from api.moderation import Address, Moderator, Source, Upload, too_large
from api.naming import Name, external_name
from api.problem import Problem, mistake, problem_of
from api.reading_json import FewKeys, first_fault
from api.verdict import Part, Verdict

ITEMS_AT_MOST = 64
UNNAMED = "blob"
"""What browsers call a file that has no name: XMLHttpRequest Standard, "create an entry"."""
AT_ONCE = 4
"""Pictures of one batch that are checked beside each other."""

ITEM_WAY = 'An item is {"url": "https://..."} or {"data": "base64"}, with an "external_id" or none.'


class BatchRequest(FewKeys):
    """The JSON form of a batch. Each item is judged by itself, as a `BatchItem`."""

    items: Annotated[list[Any], Field(min_length=1, max_length=ITEMS_AT_MOST)]


class BatchItem(FewKeys, Part):
    """A picture by its address, or its bytes in base64."""

    external_id: ExternalId | None = None
    url: str | None = None
    data: str | None = None


@dataclass(frozen=True)
class Item:
    """One picture of a batch.

    Attributes:
        source: Gives the picture when its turn comes, so that few are held twice. May raise a
            CandorError.
    """

    place: Place
    source: Callable[[], Awaitable[Source]]


def written_items(items: Sequence[object], max_bytes: int) -> list[Item]:
    """The items of a JSON batch."""
    return [
        Item(Place(index, _external_id(item)), _written_source(item, max_bytes))
        for index, item in enumerate(items)
    ]


def file_items(files: Sequence[UploadFile]) -> list[Item]:
    """The files of a form; the name of each, if it has one, is its external id."""
    names = [None if file.filename == UNNAMED else file.filename for file in files]
    return [
        Item(Place(index, name), _file_source(file))
        for index, (name, file) in enumerate(zip(names, files, strict=True))
    ]


async def answers(
    items: Sequence[Item], moderator: Moderator, caller: str, ended: Callable[[int], None]
) -> AsyncGenerator[bytes]:
    """A line for each item, whichever is ready first. Closing this stops what is not.

    Args:
        ended: Told the status of each line.
    """
    turns = asyncio.Semaphore(AT_ONCE)

    async def answered(item: Item) -> bytes:
        async with turns:
            outcome = await _outcome(item, moderator, caller)
        ended(status_of(outcome))
        return line(item.place, outcome)

    tasks = [asyncio.create_task(answered(item)) for item in items]
    try:
        for ready in asyncio.as_completed(tasks):
            yield await ready
    finally:
        for task in tasks:
            task.cancel()


async def _outcome(item: Item, moderator: Moderator, caller: str) -> Verdict | Problem:
    called = item.place.external_id
    try:
        name = Name(caller, external_name(called)) if called else None
        return await moderator.check(await item.source(), name=name)
    except CandorError as error:
        return problem_of(error)
    except Exception as error:
        return mistake(error)


def _external_id(item: object) -> str | None:
    """What can be repeated of an item, even of one that is refused."""
    try:
        return BatchItem.model_validate(item).external_id
    except ValidationError:
        written = item.get("external_id") if isinstance(item, dict) else None
        return written if isinstance(written, str) and len(written) <= 200 else None


def _written_source(item: object, max_bytes: int) -> Callable[[], Awaitable[Source]]:
    async def source() -> Source:
        try:
            picture = BatchItem.model_validate(item)
        except ValidationError as error:
            raise InvalidRequest(f"{first_fault(error)} {ITEM_WAY}") from error
        if picture.url is not None and picture.data is None:
            return Address(picture.url)
        if picture.data is not None and picture.url is None:
            return Upload(await asyncio.to_thread(_decoded, picture.data, max_bytes))
        raise InvalidRequest(f"The item needs one of `url` and `data`, not both. {ITEM_WAY}")

    return source


def _decoded(data: str, max_bytes: int) -> bytes:
    if len(data) // 4 * 3 > max_bytes + 2:
        raise too_large(max_bytes)
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest(
            "The item's `data` is not base64 (RFC 4648, section 4, with padding). Encode the bytes "
            "of the picture anew."
        ) from error


def _file_source(file: UploadFile) -> Callable[[], Awaitable[Source]]:
    async def source() -> Source:
        try:
            return Upload(await file.read())
        finally:
            await file.close()

    return source
