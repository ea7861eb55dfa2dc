"""JSON of strangers, read only if it cannot fill the memory.

A parser turns two bytes of `[]` into a hundred, so that a body within its limit may need
gigabytes. What is honest has few brackets and commas for its length, and to count them is cheap.
The error that a library makes for each unknown key takes a kilobyte more, so that an object with
many keys is refused for their number.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from api.errors import InvalidRequest, shown

MARKS = (b"[", b"{", b",")
KEYS_AT_MOST = 16
"""Of one object. The largest that is read has three; the rest is for those who mistype."""


class FewKeys(BaseModel):
    """An object as strangers write it: unknown keys are refused, and many of them as one fault."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _count_keys(cls, given: Any) -> Any:
        if isinstance(given, dict) and len(given) > KEYS_AT_MOST:
            raise PydanticCustomError(
                "too_many_keys",
                "Input should have at most {most} keys, not {keys}",
                {"most": KEYS_AT_MOST, "keys": len(given)},
            )
        return given


Model = TypeVar("Model", bound=FewKeys)


def read_json(body: bytes, model: type[Model], marks_at_most: int, way: str) -> Model:
    """A body as what it should be. For threads: 64 MB take a second.

    Args:
        marks_at_most: Opening brackets and commas, those inside of strings too.
        way: How it is done right, for the sentence.

    Raises:
        InvalidRequest: It is something else.
    """
    if sum(map(body.count, MARKS)) > marks_at_most:
        raise InvalidRequest(
            f"The body has more than {marks_at_most:,} brackets and commas, more than it needs. "
            f"{way}"
        )
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise InvalidRequest(f"{first_fault(error)} {way}") from error


def first_fault(error: ValidationError) -> str:
    """The first thing that is wrong, as a sentence that names its place."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = shown(".".join(str(part) for part in first["loc"])) if first["loc"] else "The body"
    return f"{place}: {first['msg']}."
