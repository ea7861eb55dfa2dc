"""The names that callers have for pictures.

A caller's `external_id` leads to the verdict that last answered for it. It is theirs alone: another
caller's equal name is another name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from api.audit import Entry
from api.errors import InvalidRequest, shown
from api.verdict import Verdict

EXTERNAL_ID_AT_MOST = 200
"""Characters of a caller's name for a picture."""
NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters, and halves of surrogate pairs, which no store can write: a part of a form may
name an encoding, such as UTF-7, that makes them."""


@dataclass(frozen=True)
class Name:
    """What a caller calls a picture."""

    caller: str
    external_id: str


class Names(Protocol):
    """The part of a store that remembers names."""

    async def give_name(self, name: Name, verdict: Verdict) -> None:
        """Let a name lead to this verdict, and to no other from now on.

        `verdict.picture` is the caller's, which the verdict of a near copy was not scored on. Does
        nothing when the store no longer knows the verdict.
        """

    async def named(self, name: Name) -> Verdict | None:
        """The verdict that a name leads to, as first stored."""
        ...

    async def ids_named(self, external_id: str) -> tuple[str, ...]:
        """Verdicts on the exact pictures that any caller gave this name."""
        ...

    async def forget_name(self, external_id: str, entry: Entry) -> int:
        """Delete this name, whichever callers gave it; how many did."""
        ...


def external_name(given: str) -> str:
    """A caller's name for a picture, if it may be kept.

    Raises:
        InvalidRequest: It is empty or too long, or holds what is no text.
    """
    if not 1 <= len(given) <= EXTERNAL_ID_AT_MOST:
        raise InvalidRequest(
            f"The external_id has {len(given)} characters. Give 1 to {EXTERNAL_ID_AT_MOST}, or "
            "leave it out."
        )
    wrong = NO_TEXT.search(given)
    if wrong is not None:
        raise InvalidRequest(
            f"The external_id {shown(given)} holds {wrong[0]!a}, which is no text. Give it without "
            "control characters, and in UTF-8."
        )
    return given
