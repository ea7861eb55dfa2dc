"""Verdicts to remember, each unlike the others unless a test says so."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

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
