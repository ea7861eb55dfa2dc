"""From files that wait to pictures at hand, of which there are few at a time.

A file waits as it came; in pixels it takes ten times the memory. So a picture is decoded when
there is a place for it, and keeps that place until nobody needs its pixels. Copies that memory will
answer wait for a place too: what they are is seen in their pixels.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from weakref import WeakValueDictionary

from api import imaging
from api.cores import on_a_core
from api.errors import Overloaded
from api.fingerprint import pdq_of
from api.imaging import Picture
from api.settings import Settings
from api.verdict import PictureFacts

DECODERS = 4
"""Pictures decoded at once: each may take `max_pixels` times three bytes, twice."""

PLACES = 16
"""Pictures held in pixels where the model runs in this process: one batch in it, one behind it."""


@dataclass(frozen=True, eq=False)
class Decoded:
    """A picture in pixels, and what is told of it."""

    picture: Picture
    facts: PictureFacts


class Decoding:
    """Decodes what strangers send, within the bounds of the settings.

    Attributes:
        waiting: Pictures that are not decoded yet.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._decoders = asyncio.Semaphore(DECODERS)
        # Replicas elsewhere are only as busy as what is sent to them.
        replicated = settings.engine == "ray"
        self._places = asyncio.Semaphore(max(PLACES, settings.queue_size) if replicated else PLACES)
        self._at_hand: WeakValueDictionary[str, Decoded] = WeakValueDictionary()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.waiting = 0

    @asynccontextmanager
    async def at_hand(
        self, content: bytes, sha256: str, step: Callable[[str], AbstractContextManager[None]]
    ) -> AsyncIterator[Decoded]:
        """A picture in pixels for as long as the block lasts; one file is decoded once meanwhile.

        Args:
            sha256: Of the file.
            step: Times what is done. Waiting for a place is waiting for the model.

        Raises:
            CandorError: If it cannot be decoded, or too many wait.
        """
        with self._counted():
            with step("score_ms"):
                await self._places.acquire()
            try:
                with step("decode_ms"):
                    decoded = await self._read(content, sha256)
            except BaseException:
                self._places.release()
                raise
        try:
            yield decoded
        finally:
            self._places.release()

    async def once_more(self, content: bytes, sha256: str) -> Picture:
        """What has its verdict already, and needs no place; raises as `at_hand`."""
        return (await self._read(content, sha256)).picture

    @contextmanager
    def _counted(self) -> Iterator[None]:
        if self.waiting >= self._settings.queue_size:
            raise Overloaded("Too many pictures are waiting already. Try again in a few seconds.")
        self.waiting += 1
        try:
            yield
        finally:
            self.waiting -= 1

    async def _read(self, content: bytes, sha256: str) -> Decoded:
        # Who sends what another has just sent waits, and finds it at hand.
        async with self._turns.setdefault(sha256, asyncio.Lock()):
            known = self._at_hand.get(sha256)
            if known is None:
                async with self._decoders:
                    known = await on_a_core(self._decoded, content, sha256)
                self._at_hand[sha256] = known
            return known

    def _decoded(self, content: bytes, sha256: str) -> Decoded:
        limits = self._settings
        picture = imaging.decode(content, max_pixels=limits.max_pixels, min_side=limits.min_side)
        pdq, quality = (None, None) if limits.near == "off" else pdq_of(picture.small)
        facts = PictureFacts(
            format=picture.format,
            width=picture.width,
            height=picture.height,
            frames=picture.frames,
            sha256=sha256,
            pixels_sha256=picture.digest,
            pdq=pdq,
            pdq_quality=quality,
        )
        return Decoded(picture, facts)
