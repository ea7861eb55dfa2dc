"""The dial: makes connections to public addresses only, and says what went wrong alike.

The guard stands at the dial and not at the URL: a name is resolved once, all of its addresses
are judged, and the connection is made to an address that was judged. So a redirect, a name that
changes its address between check and use (DNS rebinding) and a host written as 0x7f.1 all meet
it, while TLS still sees the name. `api.fetching` and `api.delivering` use this module. It is no
firewall: a deployment that can should send all fetching through an egress proxy besides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import httpcore

from api.errors import Overloaded, SourceFailed, SourceTimedOut
from api.public_address import is_public
from api.resolving import Lookups

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port to the addresses of that host, in the order to try them.

Raises OSError where there are none, and Overloaded where nobody could be asked.
"""

ADDRESSES_TRIED_AT_MOST = 4
"""A name may list hundreds of addresses, and would have us knock at each."""


def host_port(host: str, port: int) -> str:
    """`host:port` as settings name it, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Dials public addresses only.

    Args:
        private_hosts: `host:port` pairs, lower case, that are dialled wherever they lead.
        resolve: Gives the addresses of a host; the operating system by default.
    """

    def __init__(self, private_hosts: frozenset[str], resolve: Resolve | None = None) -> None:
        self._private_hosts = private_hosts
        self._resolve = resolve or Lookups()
        self._dialler = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of a host that answers.

        Raises:
            httpcore.ConnectError: The host is unknown, not public or not answering: nobody
                outside shall tell which.
            httpcore.ConnectTimeout: The resolver, or every address, was slower than `timeout`.
            Overloaded: Too many names are being looked up.
        """
        refusal: Exception = httpcore.ConnectError("no address")
        for address in await self._judged_addresses(host, port, timeout):
            try:
                return await self._dialler.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                refusal = error
        raise refusal

    async def _judged_addresses(self, host: str, port: int, seconds: float | None) -> Sequence[str]:
        try:
            async with asyncio.timeout(seconds):
                addresses = list(dict.fromkeys(await self._resolve(host, port)))
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(host) from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(host) from error
        if host_port(host, port) in self._private_hosts or all(map(is_public, addresses)):
            return addresses[:ADDRESSES_TRIED_AT_MOST]
        raise httpcore.ConnectError(host)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refused: no URL leads to a file."""
        raise httpcore.ConnectError(path)


@contextmanager
def outside_failures(host: str) -> Iterator[None]:
    """Turn whatever the network and the peer can do wrong into an error of ours."""
    try:
        yield
    except httpcore.PoolTimeout as error:
        raise Overloaded("Too many pictures are being fetched just now. Try again soon.") from error
    except (httpcore.TimeoutException, TimeoutError) as error:
        raise SourceTimedOut(
            f"{host} was too slow. Try again later, or send the picture itself."
        ) from error
    except httpcore.ConnectError as error:
        # One sentence for unknown, refusing and not public: it must not map our own network.
        raise SourceFailed(
            f"Nothing could be fetched from {host}. "
            "Check that the address is right and public, or send the picture itself."
        ) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError) as error:
        raise SourceFailed(
            f"{host} broke off or did not speak proper HTTP. "
            "Try again later, or send the picture itself."
        ) from error
