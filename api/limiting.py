"""How much one client may ask for in a minute, counted in memory by token buckets.

A bucket holds a minute's worth and fills steadily. What costs more than a bucket holds is let in
when the bucket is full, and leaves a debt to wait for, so that the rate holds all the same.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from api.errors import TooManyRequests

CLIENTS_AT_MOST = 10_000
"""Buckets kept, 2 MB or so; beyond that, the one that was used longest ago is forgotten."""
ADDRESSES_KEPT = 256
"""Whose client is remembered."""
IPV6_PREFIX = 64
"""Bits that are one client: whoever has an address of IPv6 has at least these to choose from."""


@dataclass(frozen=True)
class Budget:
    """What a client has left: of `limit` a minute, `left`; it is whole again in `reset_s`."""

    limit: int
    left: int
    reset_s: int


class Limiter:
    """One bucket for each client.

    Args:
        counted: What is counted, for the sentence that turns somebody away.
        clock: Seconds that only go up.
    """

    def __init__(self, counted: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._counted = counted
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str, per_minute: int, cost: int = 1) -> Budget:
        """Let a client in.

        Args:
            client: Its IP address, or another name.
            per_minute: What its bucket holds, more than 0.

        Raises:
            TooManyRequests: It has to wait first.
        """
        wait = self.wait_s(client, per_minute, cost)
        if wait:
            raise TooManyRequests(
                f"At most {per_minute} {self._counted} a minute are answered, and a batch counts "
                f"its items. Come back in {wait} s.",
                retry_after_s=wait,
            )
        left = self._left(client, per_minute) - cost
        self._buckets[client] = (left, self._clock())
        self._buckets.move_to_end(client)
        if len(self._buckets) > CLIENTS_AT_MOST:
            self._buckets.popitem(last=False)
        return self.budget(client, per_minute)

    def wait_s(self, client: str, per_minute: int, cost: int = 1) -> int:
        """Seconds until `take` would let this in; 0 if it would now."""
        missing = min(cost, per_minute) - self._left(client, per_minute)
        return math.ceil(missing * 60 / per_minute) if missing > 0 else 0

    def budget(self, client: str, per_minute: int) -> Budget:
        """What a client has left, without taking any."""
        left = self._left(client, per_minute)
        reset_s = math.ceil((per_minute - left) * 60 / per_minute)
        return Budget(per_minute, max(0, math.floor(left)), reset_s)

    def _left(self, client: str, per_minute: int) -> float:
        now = self._clock()
        left, then = self._buckets.get(client, (float(per_minute), now))
        return min(per_minute, left + (now - then) * per_minute / 60)


class Allowance:
    """What the sender of one request may ask for.

    Args:
        client: As whom the sender is counted.
        per_minute: 0 is no limit.
    """

    def __init__(self, limiter: Limiter, client: str, per_minute: int) -> None:
        self._limiter = limiter
        self._client = client
        self._per_minute = per_minute
        self._asked = False

    def take(self, cost: int = 1) -> None:
        """Raises: TooManyRequests if the sender has to wait first."""
        if self._per_minute:
            self._asked = True
            self._limiter.take(self._client, self._per_minute, cost)

    @property
    def budget(self) -> Budget | None:
        """What is left, for whoever asked for some; None without a limit."""
        return self._limiter.budget(self._client, self._per_minute) if self._asked else None


@lru_cache(ADDRESSES_KEPT)
def client_of(address: str) -> str:
    """Under which name a client is counted: its address, of IPv6 the network it is in."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed.packed, IPV6_PREFIX), strict=False))
