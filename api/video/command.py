"""`candor check clip.mp4`: one clip on a command line, file or address, with a progress bar."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.progress import Progress

from api.fetching import Fetcher
from api.judging import percent
from api.settings import Settings
from api.terminal import coloured
from api.video.answer import VideoVerdict
from api.video.checking import VideoChecker
from api.video.decoder import container_of
from api.video.desk import FETCH_S
from api.video.judging import clock

HEAD_BYTES = 12
TRACKS_SHOWN = 10
SUFFIXES = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".webm")


def is_clip(name: str) -> bool:
    """Whether this is a file that starts as a clip does, or an address that ends like one."""
    if is_address(name):
        return urlsplit(name).path.lower().endswith(SUFFIXES)
    try:
        with Path(name).open("rb") as file:
            return container_of(file.read(HEAD_BYTES)) is not None
    except (OSError, ValueError):
        return False


def is_address(name: str) -> bool:
    """Whether to fetch it."""
    return name.lower().startswith(("http://", "https://"))


async def check_clip(
    name: str, checker: VideoChecker, fetcher: Fetcher, settings: Settings
) -> VideoVerdict:
    """Look at a clip. Raises: CandorError."""
    with (
        _file_of(name) as file,
        Progress(console=Console(stderr=True), transient=True) as shown_on,
    ):
        task = shown_on.add_task("looking", total=1.0)
        if is_address(name):
            await fetcher.fetch_into(file, name, settings.video_max_bytes, FETCH_S)
        return await checker.check(file, lambda share, _: shown_on.update(task, completed=share))


@contextmanager
def _file_of(name: str) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() if is_address(name) else open(name, "rb") as file:
        yield file


def print_clip(name: str, verdict: VideoVerdict, *, as_json: bool) -> None:
    """The verdict, and of the first faces where they were seen."""
    if as_json:
        click.echo(json.dumps({"source": name, "video": verdict.model_dump(mode="json")}))
        return
    click.echo(f"{coloured(verdict.label)} {percent(verdict.fake_probability):>5} fake  {name}")
    click.echo(f"{'':23}{verdict.reason}")
    for face in verdict.tracks[:TRACKS_SHOWN]:
        where = f"{clock(face.start)}-{clock(face.end)}"
        fake = percent(face.fake_probability)
        click.echo(f"{'':23}{where:>11}  face {face.number}: {fake} fake in {face.frames} frames")
