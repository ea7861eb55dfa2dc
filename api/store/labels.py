"""What a review is as a label, which is how lookups and exports tell of it."""

from __future__ import annotations

from api.reviews import Kind, Remark
from api.store.records import REVIEW, HashKind, KnownHash


def known_label(review: Remark) -> KnownHash | None:
    """A review as a label on its pixels; None of what is no review."""
    if review.kind is not Kind.REVIEW or review.label is None:
        return None
    return KnownHash(
        kind=HashKind.PIXELS,
        value=review.pixels_sha256,
        label=review.label,
        source=REVIEW,
        note=review.note,
        added_at=review.at,
    )
