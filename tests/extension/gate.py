"""A door in front of the service.

While it is shut, nothing listens at its address; while it is held, it lets everything in and no
answer out.
"""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from urllib.parse import urlsplit

OF_A_PICTURE = 4096
"""Bytes at once that no other question has."""


class Relay(socketserver.BaseRequestHandler):
    """Carries bytes between one caller and the service until either hangs up."""

    server: Door

    def handle(self) -> None:
        with suppress(OSError), socket.create_connection(self.server.behind) as service:
            self.server.opened |= {self.request, service}
            back = threading.Thread(
                target=carry, args=(service, self.request, self.server.flowing), daemon=True
            )
            back.start()
            carry(self.request, service, heard=self.hear)
            self.server.asking.discard(self.request)
            back.join()

    def hear(self, some: bytes) -> None:
        if len(some) >= OF_A_PICTURE and not self.server.flowing.is_set():
            self.server.asking.add(self.request)


def carry(
    source: socket.socket,
    target: socket.socket,
    flowing: threading.Event | None = None,
    heard: Callable[[bytes], None] = lambda _: None,
) -> None:
    """Copy bytes one way to their end, while they may flow."""
    with suppress(OSError):
        while some := source.recv(65536):
            if flowing:
                flowing.wait()
            heard(some)
            # A door that was shut meanwhile has shut this down, and nothing goes through.
            target.sendall(some)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class Door(socketserver.ThreadingTCPServer):
    """Listens on a port and relays to `behind`; knows what it has open."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, behind: tuple[str, int]) -> None:
        super().__init__(("127.0.0.1", port), Relay)
        self.behind = behind
        self.opened: set[socket.socket] = set()
        self.asking: set[socket.socket] = set()
        self.flowing = threading.Event()
        self.flowing.set()


class Gate:
    """Opens with the `with` block, at `url`; `shut` plays an outage, `hold` a long wait."""

    def __init__(self, service: str) -> None:
        address = urlsplit(service)
        self._behind = (address.hostname, address.port)
        self._door: Door | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def open(self) -> None:
        """Listen, and let out what was kept."""
        if self._door:
            self._door.flowing.set()
            return
        self._door = Door(self._port, self._behind)
        self._port = self._door.server_address[1]
        threading.Thread(target=self._door.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def asking(self) -> int:
        """How many hold a line on which they asked about a picture while answers were kept back."""
        return len(self._door.asking)

    def hold(self) -> None:
        """Keep all answers back."""
        self._door.flowing.clear()

    def shut(self) -> None:
        """Stop listening, and hang up on everybody: kept connections would outlive the door."""
        self._door.shutdown()
        for connection in self._door.opened:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._door.flowing.set()
        self._door.server_close()
        self._door = None

    def __enter__(self) -> Gate:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._door:
            self.shut()
