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

from api.errors import TooManyRequests

CLIENTS_AT_MOST = 10_000
"""Buckets kept, 2 MB or so; beyond that, the one that was used longest ago is forgotten."""
IPV6_PREFIX = 64
"""Bits that are one client: whoever has an address of IPv6 has at least these to choose from."""


class Limiter:
    """One bucket for each client.

    Args:
        per_minute: What a bucket holds; 0 lets everything in.
        clock: Seconds that only go up.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._holds = per_minute
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str, cost: int = 1) -> None:
        """Let a client in.

        Args:
            client: Its IP address, or another name.

        Raises:
            TooManyRequests: It has to wait first.
        """
        if not self._holds:
            return
        name, now, rate = client_of(client), self._clock(), self._holds / 60
        left, then = self._buckets.get(name, (float(self._holds), now))
        left = min(self._holds, left + (now - then) * rate)
        missing = min(cost, self._holds) - left
        if missing > 0:
            wait = math.ceil(missing / rate)
            raise TooManyRequests(
                f"At most {self._holds} lookups a minute are answered, and a batch counts its "
                f"items. Come back in {wait} s.",
                retry_after_s=wait,
            )
        self._buckets[name] = (left - cost, now)
        self._buckets.move_to_end(name)
        if len(self._buckets) > CLIENTS_AT_MOST:
            self._buckets.popitem(last=False)


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
