"""How many pictures a service was sent one by one, by its own count."""

from __future__ import annotations

import re
from urllib.request import urlopen

COUNT = re.compile(r'^candor_request_seconds_count\{[^}]*route="/v1/checks"[^}]*\} (\S+)$', re.M)


def checks_of(service: str) -> int:
    """Requests to `/v1/checks`, answered since it started."""
    with urlopen(f"{service}/metrics") as answer:  # noqa: S310
        return int(sum(map(float, COUNT.findall(answer.read().decode()))))
