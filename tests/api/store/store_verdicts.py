"""Verdicts to remember, each unlike the others unless a test says so."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from api.verdict import (
    Box,
    ExpertScore,
    Face,
    Label,
    ModelFacts,
    PictureFacts,
    Thresholds,
    Timings,
    Verdict,
)

MODEL = "candor-1"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def verdict(
    name: str,
    *,
    pixels: str | None = None,
    came_as: str | None = None,
    format: str = "PNG",
    frames: int = 1,
    model: str = MODEL,
    reason: str = "One face, and it looks pasted.",
) -> Verdict:
    """A verdict with the id `name` on a picture of its own, with more than an answer keeps."""
    return Verdict(
        id=name,
        label=Label.FAKE,
        fake_probability=0.1 + 0.2,  # 0.30000000000000004: every digit counts
        reason=reason,
        picture=PictureFacts(
            format=format,
            width=640,
            height=480,
            frames=frames,
            sha256=digest(f"bytes of {came_as or name}"),
            pixels_sha256=digest(f"pixels of {pixels or name}"),
        ),
        faces=(
            Face(
                box=Box(left=-3, top=0, width=2, height=1),
                fake_probability=1.0,
                detection_confidence=1 / 3,
            ),
        ),
        experts=(ExpertScore(name="backbone", fake_probability=0),),
        model=ModelFacts(id=model, thresholds=Thresholds(real_below=0.25, fake_from=0.75)),
        checked_at=datetime(2026, 3, 29, 0, 59, 59, 123457, tzinfo=UTC),
        timings=Timings(total_ms=12.5),
    )


def scored(
    name: str, pdq: str | None = None, *, quality: int = 90, minutes: int = 0, **given: Any
) -> Verdict:
    """A verdict on a picture with a PDQ hash, of its own unless one is given, so much later."""
    made = verdict(name, **given)
    hashed = {"pdq": pdq or digest(f"hash of {name}"), "pdq_quality": quality}
    return made.model_copy(
        update={
            "picture": made.picture.model_copy(update=hashed),
            "checked_at": made.checked_at + timedelta(minutes=minutes),
        }
    )


def flipped(pdq: str, bits: Iterable[int]) -> str:
    """A PDQ hash that differs in these bits, 0 the last."""
    return f"{int(pdq, 16) ^ sum(1 << bit for bit in bits):064x}"


def witness(name: str) -> bytes:
    """Bytes that no text encoding would bring back."""
    return hashlib.sha256(name.encode()).digest() * 200


def saved_again(
    picture: PictureFacts, name: str, *, format: str = "WEBP", frames: int = 3
) -> PictureFacts:
    """Another file of the same pixels."""
    return picture.model_copy(
        update={"sha256": digest(f"bytes of {name}"), "format": format, "frames": frames}
    )


def about(kept: Verdict, picture: PictureFacts) -> Verdict:
    """What was stored of one file, as it is told of another."""
    return kept.model_copy(update={"picture": picture})
