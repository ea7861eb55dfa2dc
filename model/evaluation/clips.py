"""Frames of a clip, evenly spread over its length."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError

from model.preparation import Pixels
from model.train.manifest import ManifestError

FRAMES = 8
SUFFIXES = frozenset({".avi", ".m4v", ".mkv", ".mov", ".mp4", ".webm"})


def is_clip(path: Path) -> bool:
    """By the name: a manifest is trusted, the internet is not read here."""
    return path.suffix.lower() in SUFFIXES


def frames(path: Path, count: int = FRAMES) -> list[Pixels]:
    """At most `count` frames, (H, W, 3) uint8 RGB, upright and with square pixels.

    Raises:
        ManifestError: If there is no file, no video in it, or no frame can be decoded.
    """
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise ManifestError(f"{path} has no video track.")
            found = list(_spread(container, count))
    except (FFmpegError, OSError) as error:
        raise ManifestError(f"{path} cannot be read as a clip: {error.strerror}.") from error
    if not found:
        raise ManifestError(f"{path} has no frame that can be decoded.")
    return found


def _spread(container: InputContainer, count: int) -> Iterator[Pixels]:
    if not container.duration:
        # Without a known length there is nowhere to seek to: the first frames must do.
        for frame in islice(container.decode(video=0), count):
            yield _shown(frame, container)
        return
    seconds = container.duration / av.time_base
    for number in range(count):
        wanted = (number + 0.5) / count * seconds
        container.seek(int(wanted * av.time_base))
        # A seek ends at the key frame before, often the same one for all of a short clip.
        for frame in container.decode(video=0):
            if frame.time is None or frame.time >= wanted - 1e-3:
                yield _shown(frame, container)
                break


def _shown(frame: av.VideoFrame, container: InputContainer) -> Pixels:
    """As `api.video.decoder` gives frames, in full size."""
    aspect = container.streams.video[0].sample_aspect_ratio or 0
    width = max(1, round(frame.width * aspect)) if aspect > 0 else frame.width
    pixels = frame.reformat(width, frame.height, format="rgb24").to_ndarray()
    return np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / 90) % 4), np.uint8)
