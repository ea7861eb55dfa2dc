"""Clips for tests: of pictures that are drawn, and ones that are wrong in a way of their own."""

from __future__ import annotations

import io
from collections.abc import Iterable
from fractions import Fraction

import av
import numpy as np
import numpy.typing as npt

from pictures import drawn_face, noise

Pixels = npt.NDArray[np.uint8]
RATE = 10


def clip(
    frames: Iterable[Pixels],
    container: str = "mp4",
    codec: str = "mpeg4",
    rate: int = RATE,
    aspect: Fraction | None = None,
) -> bytes:
    """Frames of one size as the bytes of a file.

    Args:
        aspect: Width of a pixel in heights, where they are not square.
    """
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        stream = None
        for pixels in frames:
            if stream is None:
                stream = out.add_stream(codec, rate=rate)
                stream.height, stream.width = pixels.shape[:2]
                stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
                if aspect is not None:
                    stream.codec_context.sample_aspect_ratio = aspect
            for packet in stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")):
                out.mux(packet)
        if stream is not None:
            out.mux(stream.encode())
    return buffer.getvalue()


def lying(aspect: Fraction | None = None) -> bytes:
    """An MP4 of 128 x 96 pixels, white on its left, that a quarter turn clockwise sets upright."""
    pixels = np.zeros((96, 128, 3), np.uint8)
    pixels[:, :40] = 255
    content = bytearray(clip([pixels] * 3, "mp4", aspect=aspect))
    # The matrix of the track's head (ISO 14496-12, 8.3.2).
    start = content.index(b"tkhd") + 4 + 4 + 32 + 4
    turned = (0, 0x10000, 0, 0x1_0000_0000 - 0x10000, 0, 0, 0, 0, 0x40000000)
    content[start : start + 36] = b"".join(value.to_bytes(4, "big") for value in turned)
    return bytes(content)


def two_scenes(seconds: float = 1.0) -> bytes:
    """A light wall, then a dark one."""
    levels = [level for level in (200, 40) for _ in range(int(seconds * RATE))]
    return clip([np.full((96, 128, 3), level, np.uint8) for level in levels])


def face_clip(seconds: float = 1.0) -> bytes:
    """A drawn face that wanders to the right."""
    face = drawn_face()
    return clip([np.roll(face, 2 * number, 1) for number in range(int(seconds * RATE))])


def noise_clip(frames: int, height: int = 96, width: int = 128) -> bytes:
    """Much to decode, and many bytes."""
    return clip([noise(height, width, seed) for seed in range(frames)])


def sound_only() -> bytes:
    """A second of silence in an MP4."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        stream = out.add_stream("aac", rate=48_000)
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 48_000), np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate = 48_000
        out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return buffer.getvalue()
