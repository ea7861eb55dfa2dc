"""What files say of themselves, remembered for those that come again and again.

Reading it takes a thread; an answer from memory should not. Nothing of a file is kept but its
digest and the sentences.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from api.provenance.claims import claims_of
from api.verdict import Claim, ClaimSource

FILES_AT_MOST = 4096
"""Some 4 MB if all had as much to say as they may."""


class Claims:
    """Claims by the digest of the bytes that make them."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[Claim, ...]] = OrderedDict()

    async def of(self, content: bytes, sha256: str) -> tuple[Claim, ...]:
        """What these bytes, of this digest, say."""
        known = self._known.get(sha256)
        if known is None:
            known = await asyncio.to_thread(claims_of, content)
            self._keep(sha256, known)
        else:
            self._known.move_to_end(sha256)
        return known

    def _keep(self, sha256: str, claims: tuple[Claim, ...]) -> None:
        # Whether a signature holds may change with the time: certificates end.
        if any(claim.source is ClaimSource.CONTENT_CREDENTIALS for claim in claims):
            return
        self._known[sha256] = claims
        if len(self._known) > FILES_AT_MOST:
            self._known.popitem(last=False)
