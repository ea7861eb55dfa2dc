"""Keys by which platforms and people are known: what they are made of, and what they allow.

A key looks like `candor_1f2e3d4c5b6a_<43 characters>`. The middle part is its id, which may be
told and logged; the last is 256 random bits, of which only the SHA-256 is kept. A slow password
hash would add nothing: nobody guesses 256 bits.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import AwareDatetime, Field

from api.verdict import Part, Sha256

PREFIX = "candor"
TOKEN = re.compile(rf"{PREFIX}_([0-9a-f]{{12}})_([A-Za-z0-9_-]{{43}})")
LOCAL = "local"
"""The name of whoever asks on this machine while there are no keys."""


class Scope(StrEnum):
    """What a key allows; none includes another."""

    CHECK = "check"
    LOOKUP = "lookup"
    REVIEW = "review"
    ADMIN = "admin"


class ApiKey(Part):
    """What is remembered of a key. `pictures_per_minute` of 0 is no limit."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    secret_sha256: Sha256
    scopes: frozenset[Scope]
    pictures_per_minute: Annotated[int, Field(ge=0)]
    created_at: AwareDatetime
    revoked_at: AwareDatetime | None = None

    def opens_for(self, secret: str) -> bool:
        """Whether this is the secret of a key that is still good, in the same time either way."""
        same = hmac.compare_digest(self.secret_sha256, _digest(secret))
        return same and self.revoked_at is None


class Keys(Protocol):
    """The part of a store that remembers keys; a revoked key stays, for the audit log."""

    async def add_key(self, key: ApiKey) -> None:
        """Remember a new key."""

    async def key(self, key_id: str) -> ApiKey | None:
        """The key of this id, revoked or not."""
        ...

    async def keys(self) -> tuple[ApiKey, ...]:
        """All keys, the oldest first."""
        ...

    async def revoke_key(self, key_id: str, at: datetime) -> bool:
        """From now on the key opens nothing. False if it is unknown or was revoked before."""
        ...


@dataclass(frozen=True)
class Caller:
    """Who sent a request: a key, or somebody on this machine.

    Attributes:
        id: By which the caller is counted and stands in the audit log: a key's id, or `local`.
        name: For people.
        pictures_per_minute: 0 is no limit.
    """

    id: str
    name: str
    scopes: frozenset[Scope]
    pictures_per_minute: int


def new_key(
    name: str, scopes: frozenset[Scope], pictures_per_minute: int, now: datetime
) -> tuple[ApiKey, str]:
    """A key, and the only copy of its text."""
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    key = ApiKey(
        id=key_id,
        name=name,
        secret_sha256=_digest(secret),
        scopes=scopes,
        pictures_per_minute=pictures_per_minute,
        created_at=now,
    )
    return key, f"{PREFIX}_{key_id}_{secret}"


def parts_of(token: str) -> tuple[str, str] | None:
    """The id and the secret of a key's text; None if it is none."""
    found = TOKEN.fullmatch(token)
    return (found[1], found[2]) if found else None


def caller_of(key: ApiKey) -> Caller:
    """Who asks with this key."""
    return Caller(key.id, key.name, key.scopes, key.pictures_per_minute)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
