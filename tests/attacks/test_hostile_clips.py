"""Clips made to crash, to hang, to fill memory or to reach out: each ends in a sentence."""

from __future__ import annotations

import random
import tempfile

import numpy as np
import pytest

from api.errors import CandorError
from api.video.decoder import Limits
from api.video.decoding import End, Frame, decoded

from clips import RATE, clip, noise_clip, sound_only

LIMITS = Limits(
    max_seconds=20, max_pixels=50_000_000, min_side=32, cpu_seconds=30, memory_bytes=3 << 30
)


async def outcome(content: bytes, limits: Limits = LIMITS) -> str:
    """How it ended; anything but an end or an error of ours fails the test."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        try:
            told = [one async for one in decoded(file, limits)]
        except CandorError as error:
            refusal = error
        else:
            assert isinstance(told[-1], End)
            return "looked at"
    assert refusal.detail.endswith(".")
    assert refusal.status < 500
    return refusal.slug


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
async def test_a_clip_with_bytes_thrown_about_is_looked_at_or_refused(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - to break, not to hide
    kinds = [("mp4", "libx264"), ("webm", "libvpx-vp9"), ("matroska", "libx264"), ("avi", "mpeg4")]
    content = bytearray(
        clip([np.full((64, 96, 3), 9 * n, np.uint8) for n in range(12)], *kinds[seed % 4])
    )
    for _ in range(chance.randint(1, 60)):
        content[chance.randrange(12, len(content))] = chance.randrange(256)

    assert await outcome(bytes(content)) in {
        "looked at", "not-a-video", "unsupported-format", "too-large",
    }  # fmt: skip


async def test_a_header_that_claims_huge_frames_allocates_nothing() -> None:
    content = bytearray(noise_clip(3))
    # Width and height of the track, and of its coded pictures: 65,535 each.
    for mark, offset in ((b"mp4v", 28), (b"tkhd", 80)):
        at = content.index(mark) + offset
        content[at : at + 4] = b"\xff\xff\xff\xff"

    assert await outcome(bytes(content)) in {"looked at", "not-a-video", "too-large"}


async def test_a_clip_that_takes_more_time_than_it_may_is_ended() -> None:
    limits = Limits(
        max_seconds=20, max_pixels=10**6, min_side=32, cpu_seconds=0, memory_bytes=3 << 30
    )

    assert await outcome(noise_clip(60, 480, 640), limits) == "not-a-video"


async def test_a_clip_that_takes_more_memory_than_it_may_is_refused() -> None:
    limits = Limits(
        max_seconds=20, max_pixels=10**6, min_side=32, cpu_seconds=30, memory_bytes=64 << 20
    )

    assert await outcome(noise_clip(3), limits) == "not-a-video"


async def test_a_film_of_four_thousand_pixels_fits_into_the_memory() -> None:
    wide = np.zeros((2160, 3840, 3), np.uint8)
    content = clip([wide] * 3, "mp4", "libx264")

    assert await outcome(content) == "looked at"


async def test_a_film_with_another_hidden_behind_it_is_looked_at_as_the_first() -> None:
    content = clip([np.zeros((64, 96, 3), np.uint8)] * RATE) + sound_only()

    assert await outcome(content) == "looked at"


async def test_one_frame_is_a_clip_too() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(clip([np.zeros((64, 96, 3), np.uint8)]))
        told = [one async for one in decoded(file, LIMITS)]

    assert [type(one) for one in told] == [Frame, End]
