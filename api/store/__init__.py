"""The memory of verdicts: what it promises, and which one a service uses.

`Store` is the contract; `sqlite.py` keeps it in one file without a server, `mongo.py` in
MongoDB, and `tests/api/store` holds both to it. When a remembered verdict may answer
is the caller's question, not the store's. No picture is ever kept, only digests.
"""

from __future__ import annotations

from typing import Protocol

from api.settings import Settings
from api.verdict import PictureFacts, Verdict


class Store(Protocol):
    """One verdict per picture and model, found again by id, by bytes or by pixels.

    Many files may hold one picture. A verdict keeps the `picture` of the file it was first
    stored with, and `get` and `by_pixels` return that; only `by_bytes` speaks of the file asked.

    Every method but `close` raises `StoreUnavailable` when the store cannot be reached, is
    full, damaged or not open. One that failed may be called again; all are idempotent.
    """

    async def open(self) -> None:
        """Connect, and create what is missing. After a failure it may be called again."""

    async def close(self) -> None:
        """Let go of everything. Closing twice, or what was never open, does nothing."""

    async def ping(self) -> None:
        """Return if the store answers now."""

    async def put(self, verdict: Verdict) -> Verdict:
        """Remember `verdict.stored()` and return what is kept for its pixels and model.

        The first verdict of (`picture.pixels_sha256`, `model.id`) stays: who comes later is
        given that one, with the `picture` that came later. Either way the given
        `picture.sha256` leads to it from now on, and its `format` and `frames` are kept with
        the digest. When this returns, all of it survives the death of this process and of the
        store's.

        Raises:
            ValueError: The id belongs to a verdict on other pixels or of another model.
        """
        ...

    async def get(self, verdict_id: str) -> Verdict | None:
        """The verdict of this id, as it was first stored."""
        ...

    async def by_bytes(self, sha256: str, model_id: str) -> Verdict | None:
        """The verdict of this model on a picture that came as bytes of this digest.

        Its `picture` describes these bytes: `sha256` is the one asked for, `format` and
        `frames` are as they were given when it was linked, the last time if there were many.
        """
        ...

    async def by_pixels(self, pixels_sha256: str, model_id: str) -> Verdict | None:
        """The verdict of this model on a picture with exactly these pixels, as first stored."""
        ...

    async def link_bytes(self, picture: PictureFacts, verdict: Verdict) -> None:
        """Let further bytes, that decode to the same pixels, lead to this verdict.

        `picture` describes them: its `sha256` is their digest, its `format` and `frames` are
        kept. Its dimensions and `pixels_sha256` are taken to be the verdict's.

        Does nothing when the store no longer knows the verdict.
        """


def store_for(settings: Settings) -> Store:
    """The store that the settings name, not yet open."""
    if settings.mongodb_url is not None:
        # Motor and PyMongo take 0.2 s to import, which the embedded store need not pay.
        from api.store.mongo import MongoStore

        return MongoStore(settings.mongodb_url.get_secret_value())
    from api.store.sqlite import SqliteStore

    return SqliteStore(settings.data_dir / "candor.db")
