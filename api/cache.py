"""When a remembered verdict may answer: for the same bytes, or for the same pixels.

Every lookup carries the model id, so that a new model misses by itself. Similar pictures are not
equal pictures: a face swap is similar to its original.
"""

from __future__ import annotations

from dataclasses import dataclass

from api.store import Store
from api.verdict import CacheStatus, PictureFacts, Verdict


@dataclass(frozen=True)
class Cache:
    """The tiers over a store, for one model."""

    store: Store
    model_id: str

    async def by_bytes(self, sha256: str) -> Verdict | None:
        """The verdict on a file with these very bytes."""
        verdict = await self.store.by_bytes(sha256, self.model_id)
        return _remembered(verdict, CacheStatus.BYTES)

    async def by_pixels(self, picture: PictureFacts) -> Verdict | None:
        """The verdict on a file that decodes to the pixels of this one, which is remembered too."""
        verdict = await self.store.by_pixels(picture.pixels_sha256, self.model_id)
        if verdict is None:
            return None
        await self.store.link_bytes(picture, verdict)
        return _remembered(verdict.model_copy(update={"picture": picture}), CacheStatus.PIXELS)

    async def remember(self, verdict: Verdict) -> Verdict:
        """Keep a verdict; where another came first, that one is returned."""
        kept = await self.store.put(verdict)
        return kept.model_copy(update={"cache": CacheStatus.MISS})


def _remembered(verdict: Verdict | None, status: CacheStatus) -> Verdict | None:
    return verdict and verdict.model_copy(update={"cache": status})
