"""The same request sent twice is done once: what an `Idempotency-Key` stands for.

The first request of a key is claimed and done; a repeat is given the same answer, for a day. No
body of a request is kept, only a digest by which another request with the same key is refused.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pydantic import ConfigDict

from api.verdict import Part

REPLAYED_FOR_S = 24 * 3600
CLAIMED_FOR_S = 30
"""How long a request counts as being answered after its process was last heard of."""


class Answer(Part):
    """An answer to be given again, whole."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True)
class Replay:
    """What is known of a key that came before; `answer` is None while it is being made."""

    fingerprint: str
    answer: Answer | None


@dataclass(frozen=True)
class Claim:
    """That one process is to answer the requests with one key.

    Attributes:
        caller: Whose key it is: callers cannot see or disturb each other's.
        key: As it was sent.
        claimant: Names this attempt to answer it.
    """

    caller: str
    key: str
    claimant: str


class Replays(Protocol):
    """The part of a store that remembers answers to be given again.

    Times are the process's own. A claim whose time has passed is anybody's.
    """

    async def begin_replay(
        self, claim: Claim, fingerprint: str, now: datetime, until: datetime
    ) -> Replay | None:
        """Claim a key until a moment.

        Returns:
            None if it is ours to answer; else what is known of it.
        """
        ...

    async def hold_replay(self, claim: Claim, until: datetime) -> None:
        """Make our claim last longer. Does nothing if it is no longer ours."""

    async def end_replay(self, claim: Claim, answer: Answer | None) -> None:
        """Keep our answer; without one, forget the key. Does nothing if it is not ours."""

    async def forget_replays(self, before: datetime) -> int:
        """Delete what was begun before a moment; how many."""
        ...


def fingerprint_of(method: str, target: str, content_type: str, body: bytes) -> str:
    """What two requests must share to be one: a digest of 64 hexadecimal digits.

    The boundary of a form is left out, since a client that tries again draws another.
    """
    kind, _, parameters = content_type.partition(";")
    boundary = parameters.partition("boundary=")[2].strip().strip('"')
    if boundary:
        body = body.replace(boundary.encode("latin-1"), b"")
    digest = hashlib.sha256()
    for part in (method.encode(), target.encode(), kind.strip().lower().encode(), body):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
