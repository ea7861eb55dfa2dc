"""The program that decodes a clip: container on stdin, sampled frames on stdout.

    python -I decoder.py '{"max_seconds": 600, "max_pixels": 50000000, …}' < clip.mp4

A process of its own because FFmpeg reads what strangers made: it may crash, hang or eat memory, and
none of that may take the service along. It has no name of the file, may open no other file and no
address, and its memory and time end. It writes a line of JSON for everything it tells, and after
that of a frame its pixels. `api.video.decoding` starts it and reads it; it imports nothing of ours.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import av
import numpy as np
import numpy.typing as npt
from av.error import FFmpegError

LONGEST_SIDE = 1280
"""Of frames that are looked at: faces are searched at 640."""
INTERVAL_S = 0.5
FEWEST, MOST = 8, 240
"""Frames taken by time, of a clip whose length is known."""
UNKNOWN_INTERVAL_S = 1.0
CUTS_AT_MOST = 100
"""Frames taken besides because a scene begins."""
CUT_FROM = 28.0
"""Mean difference to the frame before, in grey levels of 255, that is a cut."""
SHORTEST_SCENE_S = 0.3
"""A strobe is no hundred scenes."""
THUMB = (32, 18)
FAULTS_AT_MOST = 50
"""Packets that cannot be decoded before the rest is given up."""
FRAMES_A_SECOND_AT_MOST = 130
SPARSE_FROM_S = 60.0
"""From this length on, frames that no other needs are not decoded."""
BEAT_S = 1.0
NICENESS = 5
"""People wait for pictures; who sends a clip knows that it takes a while."""

CODECS = "h264,hevc,av1,libdav1d,vp8,vp9,libvpx,libvpx-vp9,mpeg4,mpeg2video,mjpeg,prores"
OPTIONS = {
    "protocol_whitelist": "",
    "probesize": "5000000",
    "analyzeduration": "5000000",
    "enable_drefs": "0",
}
BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
PICTURE_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1")


class RefusedError(Exception):
    """The clip cannot be looked at: the slug of the problem, and a sentence."""

    def __init__(self, slug: str, detail: str) -> None:
        super().__init__(detail)
        self.slug = slug


@dataclass(frozen=True)
class Limits:
    """What is taken, and what this process may use."""

    max_seconds: float
    max_pixels: int
    min_side: int
    cpu_seconds: int
    memory_bytes: int


def container_of(head: bytes) -> str | None:
    """FFmpeg's name of the container that starts so, at least 12 bytes; None if it is not read."""
    if head[4:8] in BOXES:
        return None if head[4:8] == b"ftyp" and head[8:12] in PICTURE_BRANDS else "mov"
    if head[:4] == b"\x1aE\xdf\xa3":
        return "matroska"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    return None


def bind(limits: Limits) -> None:
    """Let the system end this process when it takes more."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        os.nice(NICENESS)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 5))
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))


class Sampler:
    """Chooses frames: where a scene begins, and at even distances between.

    Args:
        seconds: Length of the clip, as its container claims; 0 if that does not say.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = 0.0
        self._last: npt.NDArray[np.int16] | None = None
        self._cut_at = 0.0
        self.scene = 0

    def takes(self, frame: av.VideoFrame, at: float) -> bool:
        """Whether this frame, which follows the one asked about before, is looked at."""
        thumb = frame.reformat(*THUMB, format="gray").to_ndarray().astype(np.int16)
        apart = 0.0 if self._last is None else float(np.abs(thumb - self._last).mean())
        self._last = thumb
        cut = apart > CUT_FROM and at - self._cut_at >= SHORTEST_SCENE_S
        if cut and self.scene < CUTS_AT_MOST:
            self.scene += 1
            self._cut_at = at
        elif at < self._next:
            return False
        self._next = at + self._interval(at)
        return True

    def _interval(self, at: float) -> float:
        """A container that claims less than it holds does not have every frame looked at."""
        if not self._seconds:
            return UNKNOWN_INTERVAL_S
        seconds = max(self._seconds, at)
        return max(min(INTERVAL_S, seconds / FEWEST), seconds / MOST)


def run(source: BinaryIO, limits: Limits, out: BinaryIO) -> None:
    """Tell everything there is to tell about a clip.

    Raises:
        RefusedError: If that is nothing.
    """
    size = source.seek(0, os.SEEK_END)
    source.seek(0)
    kind = container_of(source.read(16))
    if kind is None:
        raise RefusedError("unsupported-format", "It is no MP4, QuickTime, WebM, Matroska or AVI.")
    source.seek(0)
    try:
        with av.open(
            source, format=kind, options={**OPTIONS, "codec_whitelist": CODECS}
        ) as container:
            _decode(container, limits, out, lambda: source.tell() / max(size, 1))
    except FFmpegError as error:
        raise RefusedError("not-a-video", f"It is broken or cut off ({error.strerror}).") from error


def _decode(container: Any, limits: Limits, out: BinaryIO, position: Any) -> None:
    stream = _stream(container)
    context = stream.codec_context
    if context.width * context.height > limits.max_pixels:
        raise RefusedError(
            "too-large",
            f"Its frames have {context.width} x {context.height} pixels, more than the "
            f"{limits.max_pixels:,} that are accepted.",
        )
    # Known before the first frame of most; of the others it shows with that.
    if context.width and context.height:
        _refuse_small(context.width, context.height, limits)
    seconds = (container.duration or 0) / av.time_base
    if seconds > limits.max_seconds:
        raise too_long(limits)
    stream.thread_type = "AUTO"
    context.thread_count = 2
    if seconds >= SPARSE_FROM_S:
        context.skip_frame = "NONREF"
    sampler, taken, damaged, beat, at = Sampler(seconds), 0, False, 0.0, 0.0
    size: tuple[int, int] | None = None
    for number, frame in enumerate(_frames(container, stream)):
        if frame is None:
            damaged = True
            break
        at = max(at, _time(frame, number, stream))
        if at > limits.max_seconds or number > limits.max_seconds * FRAMES_A_SECOND_AT_MOST:
            raise too_long(limits)
        progress = min(1.0, at / seconds if seconds else position())
        if sampler.takes(frame, at):
            taken += 1
            # Boxes of all frames are told in the pixels of the first.
            size = size or _size_of(frame, _aspect(stream), limits)
            pixels = _upright(frame, size, limits)
            head = {"time": round(at, 3), "scene": sampler.scene, "progress": progress}
            height, width = pixels.shape[:2]
            _tell(out, {"frame": {**head, "width": width, "height": height}}, pixels.tobytes())
        elif time.monotonic() - beat > BEAT_S:
            _tell(out, {"beat": progress})
            beat = time.monotonic()
    if not taken:
        raise RefusedError("not-a-video", "Not one of its frames can be decoded.")
    _tell(out, {"end": {"seconds": round(max(seconds, at), 3), "damaged": damaged}})


def _stream(container: Any) -> Any:
    """The first track of moving pictures."""
    cover = av.stream.Disposition.attached_pic
    tracks = [track for track in container.streams.video if not track.disposition & cover]
    if not tracks:
        what = "sound" if container.streams.audio else "nothing that can be shown"
        raise RefusedError("not-a-video", f"It has {what} and no moving picture.")
    if tracks[0].codec_context is None or tracks[0].codec_context.name not in CODECS.split(","):
        raise RefusedError(
            "unsupported-format", "Its pictures are coded in a way that is not read."
        )
    return tracks[0]


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    """Frames in order; a last None if too many packets are broken. Some may be missing."""
    faults = 0
    try:
        for packet in container.demux(stream):
            try:
                for frame in packet.decode():
                    faults += frame.is_corrupt
                    yield frame
            except FFmpegError:
                faults += 1
            if faults > FAULTS_AT_MOST:
                break
    except FFmpegError:
        faults += 1
    if faults:
        yield None


def _time(frame: Any, number: int, stream: Any) -> float:
    if frame.time is not None:
        start = float((stream.start_time or 0) * stream.time_base)
        return float(frame.time) - start
    return number / float(stream.average_rate or 25)


def _refuse_small(width: int, height: int, limits: Limits) -> None:
    if min(width, height) < limits.min_side:
        raise RefusedError(
            "too-small",
            f"Its frames have {width} x {height} pixels, too few to say anything about: at least "
            f"{limits.min_side} a side are needed.",
        )


def _aspect(stream: Any) -> float:
    """Width of a pixel in heights, as the container or else the codec says; 1 if neither does."""
    return max(0.0, float(stream.sample_aspect_ratio or 0)) or 1.0


def _size_of(frame: Any, aspect: float, limits: Limits) -> tuple[int, int]:
    """Width and height, before they are turned, in which frames are looked at: with square pixels,
    as they are shown."""
    width = frame.width * aspect
    scale = min(1.0, LONGEST_SIDE / max(width, frame.height))
    size = max(1, round(width * scale)), max(1, round(frame.height * scale))
    _refuse_small(*size, limits)
    return size


def _upright(frame: Any, size: tuple[int, int], limits: Limits) -> npt.NDArray[np.uint8]:
    """(H, W, 3), turned as the container says."""
    if frame.width * frame.height > limits.max_pixels:
        raise RefusedError("too-large", "Its frames grow beyond the pixels that are accepted.")
    pixels = frame.reformat(*size, format="rgb24").to_ndarray()
    return np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / 90) % 4))


def too_long(limits: Limits) -> RefusedError:
    return RefusedError(
        "too-large", f"It is longer than {limits.max_seconds:g} s, the most that is looked at."
    )


def _tell(out: BinaryIO, message: dict[str, Any], pixels: bytes = b"") -> None:
    out.write(json.dumps(message).encode() + b"\n" + pixels)
    out.flush()


def main() -> None:
    """Run on the standard streams; a refusal is told like all else."""
    limits = Limits(**json.loads(sys.argv[1]))
    bind(limits)
    av.logging.set_level(None)
    try:
        run(sys.stdin.buffer, limits, sys.stdout.buffer)
    except RefusedError as refusal:
        _tell(sys.stdout.buffer, {"refused": refusal.slug, "detail": str(refusal)})
    except (MemoryError, ValueError, OverflowError, OSError):
        detail = "It is broken, or needs more memory than a clip may take."
        _tell(sys.stdout.buffer, {"refused": "not-a-video", "detail": detail})


if __name__ == "__main__":
    main()
