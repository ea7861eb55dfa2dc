"""How often pictures are asked for, counted without making anybody wait.

`Ledger` gathers sightings and writes them in batches, so that answering a known picture costs no
sync of a disk. `api.moderation` notes them; `api.reputation` and `api.routes` look them up by the
same digests of addresses and names of hosts. No address leaves this module, only its digest.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import deque
from contextlib import suppress
from datetime import datetime

import httpx

from api.errors import InvalidRequest, StoreUnavailable, shown
from api.store import Store
from api.store.records import Sighting
from api.verdict import CacheStatus, Verdict
from api.web_address import DEFAULT_PORTS, HOST, HOST_LENGTH_AT_MOST, LENGTH_AT_MOST

BATCH = 500
EVERY_S = 1.0
KEPT_AT_MOST = 10_000
"""Sightings that wait for a store that is away, beside one batch: 5 MB or so."""

logger = logging.getLogger("candor")


class Ledger:
    """Writes sightings to a store, every second or when a batch is full.

    What waits is lost if the process is killed.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[Sighting] = deque()
        self._batch: list[Sighting] = []
        self._dropped = 0
        self._full = asyncio.Event()
        self._closing = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to write. Needs an open store."""
        if self._writer is None:
            self._closing.clear()
            self._writer = asyncio.create_task(self._write())

    async def close(self) -> None:
        """Write what waits, once, and end. Closing twice does nothing."""
        writer, self._writer = self._writer, None
        if writer is not None:
            self._closing.set()
            self._full.set()
            await writer

    def note(self, sighting: Sighting) -> None:
        """Count a sighting soon. Never waits and never fails."""
        self._waiting.append(sighting)
        self._drop_oldest()
        if len(self._waiting) >= BATCH:
            self._full.set()

    async def _write(self) -> None:
        while not self._closing.is_set():
            await _happened(self._full)
            self._full.clear()
            if not await self._flush():
                # A full ledger would else knock at a store that is away with every sighting.
                await _happened(self._closing)
        await self._flush()

    async def _flush(self) -> bool:
        """Write all that waits; whether the store took it."""
        while self._batch or self._waiting:
            if not self._batch:
                some = min(BATCH, len(self._waiting))
                self._batch = [self._waiting.popleft() for _ in range(some)]
            try:
                await self._store.record(self._batch)
            except StoreUnavailable:
                # Told again just so, it counts once, even if the store had written it.
                return False
            except Exception:
                # Whatever is wrong with this batch would be wrong again, and hold up the rest.
                logger.exception("%d sightings could not be counted", len(self._batch))
            self._batch = []
        if self._dropped:
            logger.warning("%d sightings were lost while the store was away", self._dropped)
            self._dropped = 0
        return True

    def _drop_oldest(self) -> None:
        while len(self._waiting) > KEPT_AT_MOST:
            self._waiting.popleft()
            if not self._dropped:
                logger.warning("the store is away: the oldest sightings are being lost")
            self._dropped += 1


async def _happened(event: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(EVERY_S):
            await event.wait()


def sighting_of(answer: Verdict, at: datetime) -> Sighting:
    """That somebody was given this answer.

    Args:
        answer: As it is given, with `provenance`, `cache` and `near`.
    """
    provenance = answer.provenance
    asked = provenance and provenance.url
    final = provenance and (provenance.final_url or provenance.url)
    return Sighting(
        verdict_id=answer.near.verdict_id if answer.near else answer.id,
        pixels_sha256=answer.picture.pixels_sha256,
        label=answer.label,
        near=answer.cache is CacheStatus.NEAR,
        at=at,
        host=host_of(httpx.URL(final)) if final else None,
        address_sha256=address_digest(asked) if asked else None,
    )


def address_digest(url: str) -> str:
    """SHA-256 of an address, the same however scheme, host and default port are written.

    Digested is `scheme://host[:port]/path?query` in ASCII, without fragment.

    Raises:
        InvalidRequest: It is too long, not absolute, neither http nor https, or has a user name.
    """
    if len(url) > LENGTH_AT_MOST:
        raise InvalidRequest(
            f"The url has {len(url)} characters; at most {LENGTH_AT_MOST} are looked up."
        )
    try:
        parts = httpx.URL(url.strip())
        host = host_of(parts)
    except (httpx.InvalidURL, ValueError) as error:
        raise InvalidRequest(
            f"The url {shown(url)} is malformed. Give one like https://example.org/a.jpg."
        ) from error
    number = 1 if parts.port is None else parts.port
    written_well = parts.scheme in DEFAULT_PORTS and not parts.userinfo and 0 < number < 65_536
    if not (written_well and _is_host(host)):
        raise InvalidRequest(
            f"The url {shown(url)} cannot be looked up. Give an absolute http or https address "
            "without a user name, like https://example.org/a.jpg."
        )
    name = f"[{host}]" if ":" in host else host
    # httpx has dropped the default port, resolved dots in the path and escaped what is not ASCII.
    port = "" if parts.port in (None, DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    address = f"{parts.scheme}://{name}{port}".encode() + parts.raw_path
    return hashlib.sha256(address).hexdigest()


def host_of(url: httpx.URL) -> str:
    """The host as it is counted: IDNA, lower case, without the dot of the root."""
    # raw_host, as `host` decodes punycode and fails on what is none.
    return url.raw_host.decode("ascii").lower().rstrip(".")


def host_key(name: str) -> str:
    """The host that a name written by a stranger means.

    Raises:
        InvalidRequest: It is not the name or the address of a host.
    """
    wrong = InvalidRequest(
        f"{shown(name)} is not the name of a host. Give one like example.org, without scheme, "
        "port or path."
    )
    try:
        bare = f"[{name}]" if ":" in name and not name.startswith("[") else name
        parts = httpx.URL(f"http://{bare}/")
        host = host_of(parts)
    except (httpx.InvalidURL, ValueError) as error:
        raise wrong from error
    plain = parts.raw_path == b"/" and parts.port is None and not parts.userinfo
    if not plain or parts.fragment or not _is_host(host):
        raise wrong
    return host


def _is_host(host: str) -> bool:
    return len(host) <= HOST_LENGTH_AT_MOST and HOST.fullmatch(host) is not None
