"""Tells webhooks that jobs have ended, until they have heard it or a day is over.

The address was given by a stranger, so it is dialled as pictures' are: public addresses only,
judged at the dial. No redirect is followed and no answer read beyond its status. What went wrong
is told in so few words that nobody can map our network by them.
"""

from __future__ import annotations

import asyncio
import uuid
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import httpcore
import httpx

from api.dialling import GuardedBackend, Resolve
from api.errors import CandorError, StoreUnavailable
from api.jobs import Delivery
from api.store import Store
from api.webhooks import address_of, after_attempt, message, signed
from api.working import Workers

AT_ONCE = 4
"""Webhooks that are called beside each other, of each caller one: a slow one delays its own."""
DEADLINE_S = 10.0
LEASE_S = 60.0
"""After so long without word of its process, a message is another's to send."""
TIMEOUTS_S = {"connect": 3.0, "read": 10.0, "write": 5.0, "pool": 5.0}
USER_AGENT = "Candor/0.1 (tells that a job has ended)"


class Deliveries:
    """Calls webhooks while it is open.

    Args:
        private_hosts: `host:port` pairs that may be called though not public, on any port.
        resolve: Gives the addresses of a host; the operating system by default.
    """

    def __init__(
        self, store: Store, private_hosts: frozenset[str], resolve: Resolve | None = None
    ) -> None:
        self._store = store
        self._private_hosts = frozenset(host.lower() for host in private_hosts)
        self._resolve = resolve
        self._workers = Workers("webhooks", self._step, AT_ONCE)
        self._callers: set[str] = set()
        self._claiming = asyncio.Lock()
        self._pool: httpcore.AsyncConnectionPool | None = None

    async def open(self) -> None:
        """Begin. Needs an open store."""
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=AT_ONCE,
            max_keepalive_connections=0,
            network_backend=GuardedBackend(self._private_hosts, self._resolve),
        )
        self._workers.start()

    async def close(self) -> None:
        """End. A message that is being sent is sent again after its claim has ended."""
        await self._workers.stop()
        if self._pool is not None:
            await self._pool.aclose()
            self._pool = None

    async def _step(self) -> bool:
        async with self._claiming:
            now = datetime.now(UTC)
            until = now + timedelta(seconds=LEASE_S)
            delivery = await self._store.claim_delivery(
                uuid.uuid4().hex, now, until, tuple(self._callers)
            )
            if delivery is None:
                return False
            self._callers.add(delivery.job.caller)
        try:
            await self._deliver(delivery)
        finally:
            self._callers.discard(delivery.job.caller)
        return True

    async def _deliver(self, delivery: Delivery) -> None:
        status, error = await self._sent(delivery)
        webhook = after_attempt(delivery.webhook, status, error, datetime.now(UTC))
        # If it cannot be kept, the claim ends and it is sent again, with the same id.
        with suppress(StoreUnavailable):
            await self._store.end_delivery(delivery, webhook)

    async def _sent(self, delivery: Delivery) -> tuple[int | None, str | None]:
        """The status of the answer, and what went wrong."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                status = await self._post(delivery)
        except CandorError as error:
            return None, error.detail
        except (TimeoutError, httpcore.TimeoutException):
            return None, f"There was no answer within {DEADLINE_S:g} s."
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError):
            return None, "The host is unknown, not public, not answering or not speaking HTTP."
        if 200 <= status < 300:
            return status, None
        followed = "; redirects are not followed" if 300 <= status < 400 else ""
        return status, f"The answer had status {status}{followed}."

    async def _post(self, delivery: Delivery) -> int:
        if self._pool is None:
            raise RuntimeError("The deliveries are not open.")
        body = message(delivery.job)
        address = address_of(delivery.webhook.url, self._private_hosts)
        headers = {
            "Host": address.authority,
            "User-Agent": USER_AGENT,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **signed(delivery.job.id, delivery.webhook.secret, body, datetime.now(UTC)),
        }
        async with self._pool.stream(
            "POST",
            address.target,
            headers=list(headers.items()),
            content=body,
            extensions={"timeout": TIMEOUTS_S},
        ) as response:
            return response.status
