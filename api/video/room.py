"""Room for clips: how many may be here at once, and files without a name to hold them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import IO

from api.errors import Overloaded, TooLarge, TooManyRequests

UNDER_WAY_AT_MOST = 6
"""Clips on disk at once, of everybody, those that are still being sent included."""
OF_ONE_CALLER = 2
COME_BACK_S = 30
SPARE_BYTES = 1024**3
"""Left on the disk, for the store."""


class Room:
    """Counts clips in and out.

    Args:
        folder: For their files; made for the first.
        max_bytes: Of one clip.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._inside: dict[str, int] = {}

    def slot(self, owner: str) -> Slot:
        """For one clip; entering it raises Overloaded or TooManyRequests."""
        return Slot(self, owner, self._max_bytes)

    def enter(self, owner: str) -> None:
        """Count a clip in. Raises: TooManyRequests, Overloaded."""
        if self._inside.get(owner, 0) >= OF_ONE_CALLER:
            raise TooManyRequests(
                f"{OF_ONE_CALLER} of your clips are being sent or checked, as many as one caller "
                "may have at once. Send the next when one of them has ended, or cancel one.",
                retry_after_s=COME_BACK_S,
            )
        if sum(self._inside.values()) >= UNDER_WAY_AT_MOST:
            raise Overloaded("Too many clips are being checked just now. Try again in a minute.")
        self._inside[owner] = self._inside.get(owner, 0) + 1

    def leave(self, owner: str) -> None:
        """Count it out."""
        self._inside[owner] -= 1
        if not self._inside[owner]:
            del self._inside[owner]

    def new_file(self) -> IO[bytes]:
        """A file without a name. Raises: Overloaded if the disk is full."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(self._folder).free < self._max_bytes + SPARE_BYTES:
                raise Overloaded("The disk has no room for clips. Whoever runs it must make some.")
            file: IO[bytes] = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - handed on
        except OSError as error:
            raise no_room(error) from error
        return file


class Slot:
    """Room for one clip: a file to write it to, gone after `with` if nobody took it over."""

    def __init__(self, room: Room, owner: str, max_bytes: int) -> None:
        self._room = room
        self._owner = owner
        self._max_bytes = max_bytes
        self._size = 0
        self.file: IO[bytes] | None = None

    def __enter__(self) -> Slot:
        self._room.enter(self._owner)
        try:
            self.file = self._room.new_file()
        except BaseException:
            self._room.leave(self._owner)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.file is not None:
            self.file.close()
            self.file = None
            self._room.leave(self._owner)

    def write(self, piece: bytes) -> None:
        """Raises: TooLarge beyond what a clip may have."""
        self._size += len(piece)
        if self._size > self._max_bytes:
            raise too_large(self._max_bytes)
        assert self.file is not None  # noqa: S101 - entered
        try:
            self.file.write(piece)
        except OSError as error:
            raise no_room(error) from error

    def hand_over(self) -> IO[bytes]:
        """The file, for somebody who closes it and leaves."""
        file, self.file = self.file, None
        assert file is not None  # noqa: S101 - entered
        return file


def too_large(limit: int) -> TooLarge:
    """The error for more bytes than a clip may have."""
    return TooLarge(
        f"The clip has more than {limit:,} bytes, the most that is accepted. Send a shorter or "
        "smaller one."
    )


def no_room(error: OSError) -> Overloaded:
    """The error for a disk that takes no clip."""
    return Overloaded(f"The clip cannot be kept while it is looked at: {error.strerror}.")
