"""What came of clips, kept by the store until it is too old; see `api.store`."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from api.video.answer import VideoCheck

MOST_OF_ONE_CALLER = 500
"""Answers of some 100 kB each; the oldest go first."""


class KeptClips(Protocol):
    """The part of a store that remembers what came of clips. Of the clips themselves it has
    nothing."""

    async def keep_clip(self, caller: str, check: VideoCheck, ended_at: datetime) -> None:
        """Remember a check that has ended; one that is told again is there once.

        Of the caller's, the `MOST_OF_ONE_CALLER` that ended last are kept.
        """

    async def clip(self, caller: str, clip_id: str) -> VideoCheck | None:
        """What came of a clip of this caller."""
        ...

    async def forget_clip(self, caller: str, clip_id: str) -> bool:
        """Delete what came of a clip of this caller, and say whether there was something."""
        ...

    async def forget_clips(self, before: datetime) -> int:
        """Delete what ended before a moment; of how many clips."""
        ...
