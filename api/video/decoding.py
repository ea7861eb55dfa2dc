"""Frames of a clip, decoded by a process of its own; see `api.video.decoder`.

The process ends with the iteration, however that ends.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from api.errors import CandorError, NotAVideo, TooLarge, TooSmall, UnsupportedFormat
from api.imaging import Picture
from api.video import decoder
from api.video.decoder import Limits

SILENCE_S = 30.0
"""A decoder that works tells something every second."""
BUFFER = 4 * 1024 * 1024
LINE_AT_MOST = 4096
REFUSALS: dict[str, type[CandorError]] = {
    one.slug: one for one in (NotAVideo, TooLarge, TooSmall, UnsupportedFormat)
}
WAY = "Send an MP4, WebM, Matroska, QuickTime or AVI file that players can play."


@dataclass(frozen=True, eq=False)
class Frame:
    """A frame to look at.

    Attributes:
        time: Seconds from the start.
        scene: Counted from 0.
        progress: Share of the clip that is decoded.
    """

    time: float
    scene: int
    progress: float
    picture: Picture


@dataclass(frozen=True)
class Beat:
    """Nothing to look at yet, but the decoder goes on."""

    progress: float


@dataclass(frozen=True)
class End:
    """All was told. `damaged`: not everything could be decoded."""

    seconds: float
    damaged: bool


async def decoded(file: IO[bytes], limits: Limits) -> AsyncGenerator[Frame | Beat | End]:
    """Frames in their order, and at last an `End`.

    Args:
        file: A real file, anywhere within.

    Raises:
        NotAVideo: It is broken, shows nothing, or broke the decoder.
        UnsupportedFormat: Container or codec are none that we read.
        TooLarge: It is too long, or its frames have too many pixels.
        TooSmall: They have too few.
    """
    file.seek(0)
    async with _running(file, limits) as output:
        while True:
            message = await _message(output)
            if "frame" in message:
                yield await _frame(output, message["frame"])
            elif "beat" in message:
                yield Beat(message["beat"])
            elif "end" in message:
                yield End(**message["end"])
                return
            else:
                raise REFUSALS[message["refused"]](
                    f"The clip is refused: {message['detail']} {WAY}"
                )


@asynccontextmanager
async def _running(file: IO[bytes], limits: Limits) -> AsyncIterator[asyncio.StreamReader]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(Path(decoder.__file__)), json.dumps(asdict(limits)),
        stdin=file, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        limit=BUFFER,
    )  # fmt: skip
    assert process.stdout is not None  # noqa: S101 - asked for above
    try:
        yield process.stdout
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await asyncio.shield(process.wait())


async def _message(output: asyncio.StreamReader) -> dict[str, Any]:
    try:
        async with asyncio.timeout(SILENCE_S):
            line = await output.readline()
    except TimeoutError as error:
        raise NotAVideo(f"The clip keeps the decoder busy and shows nothing. {WAY}") from error
    if not line.endswith(b"\n"):
        raise NotAVideo(f"The clip broke the decoder, or takes more work than it may. {WAY}")
    message: dict[str, Any] = json.loads(line)
    return message


async def _frame(output: asyncio.StreamReader, head: dict[str, Any]) -> Frame:
    shape = head["height"], head["width"], 3
    try:
        async with asyncio.timeout(SILENCE_S):
            content = await output.readexactly(int(np.prod(shape)))
    except (TimeoutError, asyncio.IncompleteReadError) as error:
        raise NotAVideo(f"The clip broke the decoder. {WAY}") from error
    picture = Picture(np.frombuffer(content, np.uint8).reshape(shape), "FRAME", 1)
    return Frame(head["time"], head["scene"], head["progress"], picture)
