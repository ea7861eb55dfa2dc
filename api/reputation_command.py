"""`candor reputation`: what is remembered, on a command line. It fetches and scores nothing."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import click

from api import imaging
from api.checking import source_of
from api.desk import Desk
from api.errors import CandorError, NotAnImage, TooLarge, shown
from api.exchange import Imported, lines, take_in
from api.exchange_files import Format, Terms
from api.fingerprint import digest_bytes, digest_pixels, pdq_of
from api.judging import percent
from api.keys import LOCAL
from api.moderation import Address
from api.offline import with_store
from api.reputation import DIGEST, Reputations, asked_for
from api.reputation_answer import Asked, HostReputation, Key, Reputation
from api.settings import Settings
from api.store import Store
from api.store.records import PDQ_QUALITY
from api.terminal import coloured
from api.verdict import Label


def show(name: str, settings: Settings, *, as_json: bool) -> None:
    """Print what is remembered of a file, of what was fetched from an address, or of a hash."""
    found = with_store(settings, lambda store: _remembered(name, Reputations(store), settings))
    click.echo(found.model_dump_json() if as_json else _sentences(found))


def show_host(host: str, days: int, settings: Settings, *, as_json: bool) -> None:
    """Print how checks of pictures from a host ended."""
    today = datetime.now(UTC).date()
    found = with_store(settings, lambda store: Reputations(store).of_host(host, days, today))
    click.echo(found.model_dump_json() if as_json else _table(found))


def send_out(format: Format, out: Path | None, settings: Settings) -> None:
    """Write hashes and labels to a file, whole or not at all, or else to the standard output."""
    try:
        count = with_store(settings, lambda store: _written(store, format, out))
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror}.") from error
    if out is not None:
        click.echo(f"{count:,} lines in {out}")


def bring_in(
    path: Path,
    format: Format | None,
    terms: Terms,
    settings: Settings,
    *,
    skip_bad: bool,
    own_reviews: bool,
) -> None:
    """Import a file and say what became of it."""
    chosen = format or _format_of(path)
    done: Imported = with_store(
        settings,
        lambda store: take_in(
            store, path, chosen, terms, skip_bad=skip_bad, own_reviews=own_reviews
        ),
    )
    for problem in done.problems:
        click.echo(f"left out: {problem}", err=True)
    click.echo(f"{done.added:,} imported, {done.passed_over:,} passed over, {done.bad:,} left out")


def say(verdict_id: str, given: Label, note: str, settings: Settings) -> None:
    """Keep what a person says of the picture of a verdict."""
    with_store(settings, lambda store: Desk(store).review(LOCAL, verdict_id, given, note))
    click.echo(f"The picture of verdict {verdict_id} is {given}, says a reviewer.")


async def _remembered(name: str, reputations: Reputations, settings: Settings) -> Reputation:
    """The most that is remembered: of the file, else of its pixels, else of pictures like it."""
    keys, verified = _keys(name, settings)
    found = [await reputations.of(key) for key in keys]
    best = next((one for one in found if one.known), None)
    best = best or next((one for one in found if one.relatives or one.reviews), found[0])
    return best.model_copy(update={"verified": verified})


def _keys(name: str, settings: Settings) -> tuple[list[Asked], bool]:
    """What to ask for, and whether it was computed here."""
    kind, _, value = name.partition(":")
    if kind in (Key.SHA256, Key.PIXELS, Key.PDQ) and DIGEST.fullmatch(value):
        return [asked_for([(kind, value)])], False
    if DIGEST.fullmatch(name):
        return [asked_for([(key, name)]) for key in (Key.SHA256, Key.PIXELS, Key.PDQ)], False
    source = source_of(name, settings.max_bytes)
    if isinstance(source, Address):
        return [asked_for([(Key.URL, source.url)])], False
    if len(source.content) > settings.max_bytes:
        raise TooLarge(f"{shown(name)} has more than {settings.max_bytes:,} bytes.")
    keys = [asked_for([(Key.SHA256, digest_bytes(source.content))])]
    try:
        pixels = imaging.decode(
            source.content, max_pixels=settings.max_pixels, min_side=settings.min_side
        ).pixels
    except CandorError as error:
        raise NotAnImage(f"{shown(name)}: {error.detail}") from error
    keys.append(asked_for([(Key.PIXELS, digest_pixels(pixels))]))
    pdq, quality = pdq_of(pixels)
    if quality >= PDQ_QUALITY:
        keys.append(asked_for([(Key.PDQ, pdq)]))
    return keys, True


def _sentences(found: Reputation) -> str:
    asked, verdict = found.asked, found.verdict
    told = []
    if verdict:
        told.append(
            _styled(verdict.label, verdict.fake_probability, f"verdict {verdict.verdict_id}")
        )
    else:
        what = "no verdict on" if found.known else "nothing is known of"
        told.append(f"{what} {asked.kind} {asked.value}")
    if found.last_seen:
        times = f"{found.times_seen:,} as it is, {found.times_seen_near:,} as a copy"
        told.append(f"  checks so far: {times}, the last on {found.last_seen:%Y-%m-%d}")
    for one in found.reviews:
        kind = f"{one.kind}, {one.distance} bits away" if one.distance else one.kind
        told.append(f"  {one.source} says {one.label} ({kind}) {one.note}".rstrip())
    for other in found.relatives:
        same = {True: "the same picture", False: "another picture", None: "not compared"}
        what = f"verdict {other.verdict_id}, {other.distance} bits away, {same[other.same_picture]}"
        told.append("  looks like: " + _styled(other.label, other.fake_probability, what))
    if found.conflict:
        told.append("  these contradict each other")
    return "\n".join(told)


def _styled(given: Label, fake: float, rest: str) -> str:
    return f"{coloured(given)} {percent(fake):>5} fake  {rest}"


def _table(found: HostReputation) -> str:
    rows = [(str(one.day), one) for one in found.days] + [("total", found.total)]
    head = f"{found.host} since {found.since}\n{'':10}  {'real':>8} {'fake':>8} {'uncertain':>9}"
    return "\n".join(
        [head, *(f"{day:10}  {c.real:8,} {c.fake:8,} {c.uncertain:9,}" for day, c in rows)]
    )


async def _written(store: Store, format: Format, out: Path | None) -> int:
    if out is None:
        return await _write(store, format, sys.stdout)
    unfinished = out.with_name(out.name + ".part")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            count = await _write(store, format, file)
        os.replace(unfinished, out)
    finally:
        unfinished.unlink(missing_ok=True)
    return count


async def _write(store: Store, format: Format, file: TextIO) -> int:
    count = 0
    async for line in lines(store, format):
        file.write(line)
        count += 1
    return count


def _format_of(path: Path) -> Format:
    by_suffix = {
        ".jsonl": Format.JSONL,
        ".csv": Format.PDQ_CSV,
        ".txt": Format.PDQ_CSV,
        ".json": Format.THREATEXCHANGE,
    }
    if path.suffix.lower() not in by_suffix:
        raise click.ClickException(
            f"The name {path.name!r} does not tell how the file is written. Say it with --format: "
            f"{', '.join(Format)}."
        )
    return by_suffix[path.suffix.lower()]
