"""`candor check`: the same steps as the service, for files and addresses on a command line.

What starts as a clip does, or is an address that ends like one, is looked at as a clip.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from api.app import fetcher_for, local_engine, opened
from api.errors import CandorError, NotFound, shown
from api.judging import percent
from api.moderation import Address, Moderator, Source, Upload
from api.settings import Settings
from api.sightings import Ledger
from api.store import store_for
from api.terminal import coloured
from api.verdict import Verdict
from api.video.checking import VideoChecker
from api.video.command import check_clip, is_clip, print_clip
from model.weights import WeightsError

LONG = 4
"""From so many pictures on, progress is shown."""


def check_all(sources: Sequence[str], settings: Settings, *, as_json: bool) -> bool:
    """Print a verdict or an error for each source, in order; whether all had a verdict."""
    try:
        return asyncio.run(_check_all(sources, settings, as_json))
    except (CandorError, WeightsError) as error:
        raise click.ClickException(str(error)) from error


async def _check_all(sources: Sequence[str], settings: Settings, as_json: bool) -> bool:
    engine, store, fetcher = local_engine(settings), store_for(settings), fetcher_for(settings)
    ledger = Ledger(store)
    moderator = Moderator(fetcher, engine, store, settings, ledger=ledger)
    steps = track(
        sources, "checking", console=Console(stderr=True), transient=True,
        disable=len(sources) < LONG,
    )  # fmt: skip
    good = True
    clips = VideoChecker(engine, settings)
    async with opened((store, ledger, engine), fetcher):
        for name in steps:
            try:
                if is_clip(name):
                    clip = await check_clip(name, clips, fetcher, settings)
                    print_clip(name, clip, as_json=as_json)
                    continue
                verdict = await moderator.check(source_of(name, settings.max_bytes))
                _print_verdict(name, verdict, as_json)
            except CandorError as error:
                good = False
                _print_error(name, error, as_json)
    return good


def source_of(name: str, max_bytes: int) -> Source:
    """A web address, or the bytes of a file.

    Raises:
        NotFound: If it is neither.
    """
    if name.lower().startswith(("http://", "https://")):
        return Address(name)
    try:
        with Path(name).open("rb") as file:
            # One byte more than is taken tells that the file is too large, whatever its size.
            return Upload(file.read(max_bytes + 1))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "that is not a path"
        raise NotFound(
            f"{shown(name)} cannot be read: {reason}. Name a picture file or an http address."
        ) from error


def _print_verdict(name: str, verdict: Verdict, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"source": name, "verdict": verdict.model_dump(mode="json")}))
        return
    fake = percent(verdict.fake_probability)
    click.echo(f"{coloured(verdict.label)} {fake:>5} fake  {name}")
    claims = verdict.provenance.claims if verdict.provenance else ()
    for sentence in (verdict.reason, *(claim.sentence for claim in claims)):
        click.echo(f"{'':23}{sentence}")


def _print_error(name: str, error: CandorError, as_json: bool) -> None:
    if as_json:
        problem = {"title": error.title, "status": error.status, "detail": error.detail}
        click.echo(json.dumps({"source": name, "problem": problem}))
        return
    click.echo(f"{'error':9}             {name}\n{'':23}{error.detail}", err=True)
