"""A service that remembers what a test put there, and may neither fetch nor score."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from litestar import Litestar
from litestar.testing import AsyncTestClient
from peers import called_from

from api.app import create_app
from api.engine import Engine
from api.imaging import Picture
from api.settings import Settings
from api.store import Store, store_for
from api.store.records import HashKind, KnownHash
from api.verdict import Label, ModelFacts, PictureFacts, Thresholds, Verdict
from model import Scores

Client = AsyncTestClient[Litestar]
THRESHOLDS = Thresholds(real_below=0.3, fake_from=0.8)
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
SCORES = {Label.REAL: 0.1, Label.FAKE: 0.9, Label.UNCERTAIN: 0.5}


class NoEngine:
    """An engine that must not be asked."""

    model = ModelFacts(id="candor-1", thresholds=THRESHOLDS)
    waiting = 0

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def score(self, picture: Picture) -> Scores:
        raise AssertionError(f"a lookup scored a picture of {picture.width} pixels")


class Scoring(NoEngine):
    """Calls everything fake."""

    async def score(self, picture: Picture) -> Scores:
        return Scores(0.9, (), {"face": 0.9})


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def flipped(pdq: str, bits: int) -> str:
    """A PDQ hash so many bits away."""
    return f"{int(pdq, 16) ^ ((1 << bits) - 1):064x}"


def verdict(
    name: str,
    label: Label = Label.FAKE,
    *,
    pdq: str | None = None,
    quality: int = 90,
    model: str = "candor-1",
    pixels: str | None = None,
    minutes: int = 0,
) -> Verdict:
    """A verdict with the id `name`; on a picture of its own, unless `pixels` names another."""
    return Verdict(
        id=name,
        label=label,
        fake_probability=SCORES[label],
        reason="The test says so.",
        picture=PictureFacts(
            format="PNG",
            width=640,
            height=480,
            sha256=digest(f"bytes of {name}"),
            pixels_sha256=digest(f"pixels of {pixels or name}"),
            pdq=pdq or digest(f"pdq of {pixels or name}"),
            pdq_quality=quality,
        ),
        faces=(),
        experts=(),
        model=ModelFacts(id=model, thresholds=THRESHOLDS),
        checked_at=NOON + timedelta(minutes=minutes),
    )


def known(
    value: str,
    label: Label = Label.FAKE,
    *,
    kind: HashKind = HashKind.PDQ,
    source: str = "a list",
    note: str = "",
) -> KnownHash:
    return KnownHash(kind=kind, value=value, label=label, source=source, note=note, added_at=NOON)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Store]:
    """The store of a service that runs in this folder, or of none."""
    store = store_for(Settings(data_dir=folder))
    await store.open()
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def remembering(
    folder: Path, engine: Engine | None = None, **settings: object
) -> AsyncIterator[Client]:
    """The real service over the store of a folder."""
    app = create_app(Settings(data_dir=folder, **settings), engine or NoEngine())
    async with AsyncTestClient(called_from(app), "http://127.0.0.1:8000") as client:
        yield client
