"""Hashes and labels from elsewhere into the memory, and what is remembered out of it, as files.

Only digests and labels are exchanged, never a picture, an address or a count of who asked.
`api.exchange_files` says how the files are written; the command line calls this module.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from api.errors import InvalidRequest, NotFound, shown
from api.exchange_files import Entry, Format, Terms, read
from api.store import Store
from api.store.records import PDQ_QUALITY, REVIEW, HashKind, KnownHash
from api.verdict import Label, Verdict

BATCH = 1000
PROBLEMS_SHOWN = 10
OTHERS_REVIEW = "imported review"
"""The source of labels that a person gave elsewhere."""


@dataclass(frozen=True)
class Imported:
    """What became of a file.

    Attributes:
        added: Hashes kept.
        passed_over: Entries that are of no use here, such as hashes of videos.
        bad: Entries that could not be read.
        problems: What was wrong with the first of those.
    """

    added: int
    passed_over: int
    bad: int
    problems: tuple[str, ...]


async def take_in(
    store: Store,
    path: Path,
    format: Format,
    terms: Terms,
    *,
    skip_bad: bool = False,
    own_reviews: bool = False,
    called: str | None = None,
) -> Imported:
    """Import a file. It is read twice, so that nothing of a bad one is kept.

    Args:
        skip_bad: Leave out what cannot be read, instead of refusing the file.
        own_reviews: Keep reviews as made here, so that they overrule verdicts. Others' are labels
            like any other.
        called: What the file is to whoever sent it; its path unless given.

    Raises:
        InvalidRequest: An entry cannot be read, the file is empty, or nobody vouches for it.
        NotFound: The file cannot be read.
        StoreUnavailable: The store failed. What was imported stays; importing again goes on.
    """
    if format is not Format.JSONL and terms.source is None:
        raise InvalidRequest(
            f"A {format} file does not say whose labels these are. Name them with --source."
        )
    called = called or shown(str(path))
    try:
        looked = await asyncio.to_thread(_looked_through, path, format, terms)
        if looked.bad and not skip_bad:
            raise InvalidRequest(_refusal(called, looked))
        if not (looked.added or looked.passed_over or looked.bad):
            raise InvalidRequest(f"{called} is empty. Nothing was imported.")
        batch: list[KnownHash] = []
        for entry in read(path, format, terms):
            if entry.hash:
                batch.append(entry.hash if own_reviews else _of_others(entry.hash))
            if len(batch) == BATCH:
                await store.add_known(batch)
                batch = []
        if batch:
            await store.add_known(batch)
    except OSError as error:
        raise NotFound(
            f"{called} cannot be read: {error.strerror}. Name a file to import."
        ) from error
    return looked


def _looked_through(path: Path, format: Format, terms: Terms) -> Imported:
    added = passed_over = bad = 0
    problems: list[str] = []
    for entry in read(path, format, terms):
        added += entry.hash is not None
        passed_over += entry.hash is None and not entry.problem
        bad += bool(entry.problem)
        if entry.problem and len(problems) < PROBLEMS_SHOWN:
            problems.append(_told(entry))
    return Imported(added, passed_over, bad, tuple(problems))


def _told(entry: Entry) -> str:
    return f"{entry.place}: {entry.problem}"


def _of_others(known: KnownHash) -> KnownHash:
    """Whoever reviewed there is not one of those whose word overrules here."""
    if known.source != REVIEW:
        return known
    return known.model_copy(update={"source": OTHERS_REVIEW})


def _refusal(called: str, looked: Imported) -> str:
    more = looked.bad - len(looked.problems)
    lines = [*looked.problems, *([f"and {more} more"] if more else [])]
    return (
        f"{called} was not imported, as it has {looked.bad} bad entries:\n  "
        + "\n  ".join(lines)
        + "\nMend them, or leave them out with --skip-bad."
    )


async def lines(store: Store, format: Format) -> AsyncIterator[str]:
    """What is remembered as lines of a file, each with its end.

    JSONL has every hash of every verdict, and every label from elsewhere. The PDQ formats have the
    hashes of what is called fake, by a reviewer or else by the newest verdict.
    """
    if format is Format.JSONL:
        async for known in _everything(store):
            yield known.model_dump_json() + "\n"
    elif format is Format.PDQ_CSV:
        async for known, quality in _fakes(store):
            # The last field, which nothing quotes, runs to the end of the line.
            name = "".join(c if c.isprintable() else " " for c in known.source)
            yield f"{known.value},{'' if quality is None else quality},{name}\n"
    else:
        separator = '{"data": [\n'
        async for known, _ in _fakes(store):
            yield separator + json.dumps(_indicator(known))
            separator = ",\n"
        yield ("\n]}\n" if separator == ",\n" else separator + "]}\n")


async def _everything(store: Store) -> AsyncIterator[KnownHash]:
    async for verdict in store.all_verdicts():
        picture = verdict.picture
        hashes = {
            HashKind.SHA256: picture.sha256,
            HashKind.PIXELS: picture.pixels_sha256,
            HashKind.PDQ: picture.pdq,
        }
        for kind, value in hashes.items():
            if value:
                yield _told_by(verdict, kind, value)
    async for known in store.all_known():
        yield known


async def _fakes(store: Store) -> AsyncIterator[tuple[KnownHash, int | None]]:
    """PDQ hashes of fakes, with the quality where it was measured here."""
    async for verdict in store.all_verdicts():
        picture = verdict.picture
        if picture.pdq is None or (picture.pdq_quality or 0) < PDQ_QUALITY:
            continue
        if await _is_fake(store, verdict):
            yield _told_by(verdict, HashKind.PDQ, picture.pdq), picture.pdq_quality
    async for known in store.all_known():
        if known.kind is HashKind.PDQ and known.label is Label.FAKE:
            yield known, None


async def _is_fake(store: Store, verdict: Verdict) -> bool:
    """Whether this is the newest word on its pixels, and they are called fake."""
    pixels = verdict.picture.pixels_sha256
    newest = await store.latest(HashKind.PIXELS, pixels)
    if newest is None or newest.id != verdict.id:
        return False
    labels = await store.known(HashKind.PIXELS, pixels)
    reviewed = next((known.label for known in labels if known.source == REVIEW), None)
    return (reviewed or verdict.label) is Label.FAKE


def _told_by(verdict: Verdict, kind: HashKind, value: str) -> KnownHash:
    return KnownHash(
        kind=kind,
        value=value,
        label=verdict.label,
        source=f"candor:{verdict.model.id}",
        added_at=verdict.checked_at,
    )


def _indicator(known: KnownHash) -> dict[str, object]:
    """As ThreatExchange tells a hash, without the id, owner and audience that only it gives."""
    return {
        "type": "HASH_PDQ",
        "indicator": known.value,
        "status": "MALICIOUS",
        "should_delete": False,
        "last_updated": int(known.added_at.timestamp()),
        "description": known.source,
        "tags": [known.label],
    }
