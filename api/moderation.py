"""The way of one picture, from where it comes to what is said of it.

`Moderator` orders the steps; each step is a module that knows nothing of the others or of HTTP.
Routes and the command line call it.
"""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol
from weakref import WeakValueDictionary

from api.cache import Cache, LookAlike, Nearby, Policy
from api.decoding import Decoding
from api.engine import Engine
from api.errors import CandorError, TooLarge
from api.fetching import Fetcher
from api.fingerprint import digest_bytes
from api.imaging import Picture
from api.judging import judge
from api.naming import Name
from api.overruling import overruled
from api.provenance.memory import Claims
from api.reduction import Pixels
from api.settings import Settings
from api.sightings import Ledger, sighting_of
from api.store import Store
from api.verdict import Origin, PictureFacts, Provenance, Timings, Verdict


@dataclass(frozen=True)
class Upload:
    """A picture that was sent."""

    content: bytes


@dataclass(frozen=True)
class Address:
    """A picture to be fetched."""

    url: str


Source = Upload | Address


@dataclass
class Stopwatch:
    """Milliseconds by step; the only clock a check reads."""

    started: float = field(default_factory=time.perf_counter)
    steps: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time what happens inside; a step entered twice adds up."""
        started = time.perf_counter()
        try:
            yield
        finally:
            spent = _milliseconds(time.perf_counter() - started)
            self.steps[name] = round(self.steps.get(name, 0) + spent, 2)

    def timings(self) -> Timings:
        """What was measured so far."""
        return Timings(**self.steps, total_ms=_milliseconds(time.perf_counter() - self.started))


class Explaining(Protocol):
    """Adds to a verdict what spoke for `fake` in each face."""

    async def explained(self, verdict: Verdict, pixels: Pixels) -> Verdict:
        """The same verdict, told with gradients.

        Raises:
            Overloaded: If too many others wait to be explained.
        """
        ...


class Watcher(Protocol):
    """Is told how each check ended, and must neither wait nor fail."""

    def checked(self, verdict: Verdict) -> None:
        """A picture got this verdict, as it is answered."""

    def refused(self, error: CandorError, timings: Timings) -> None:
        """A picture got none; the timings are of the steps until then."""


class Moderator:
    """Checks pictures and looks up what was said of them.

    Args:
        decoding: Where pictures wait until they are decoded; one of its own unless given.
        nearby: Where copies of known pictures are looked for; the store unless given.
        ledger: Counts what is asked for, unless it is None.
        explainer: Tells on demand what spoke for `fake`; none adds nothing to what is known.
        watchers: Are told how each check ended.
        chance: Chooses the copies that are scored all the same; gives 0..1.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        engine: Engine,
        store: Store,
        settings: Settings,
        *,
        decoding: Decoding | None = None,
        nearby: Nearby | None = None,
        ledger: Ledger | None = None,
        explainer: Explaining | None = None,
        watchers: Sequence[Watcher] = (),
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._fetcher = fetcher
        self._engine = engine
        self._store = store
        self._settings = settings
        self._nearby = nearby or store
        self._ledger = ledger
        self._explainer = explainer
        self._watchers = watchers
        self._chance = chance
        self._decoding = decoding or Decoding(settings)
        self._claims = Claims()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def max_bytes(self) -> int:
        """The most that a picture may have."""
        return self._settings.max_bytes

    async def check(
        self,
        source: Source,
        *,
        fresh: bool = False,
        explain: bool = False,
        name: Name | None = None,
    ) -> Verdict:
        """Say whether a picture is real.

        Args:
            fresh: Score it, whatever is remembered.
            explain: Tell of each face what spoke for `fake`, which is never remembered.
            name: By which the caller may find the verdict again.

        Raises:
            CandorError: Any, with a sentence for whoever asked.
        """
        watch = Stopwatch()
        try:
            content, provenance = await self._content(source, watch)
            verdict = await self._verdict(content, watch, fresh)
            verdict = await self._told(verdict, watch, name)
            if explain and self._explainer is not None and verdict.faces:
                with watch.step("explain_ms"):
                    verdict = await self._explained(self._explainer, verdict, content)
            with watch.step("provenance_ms"):
                claims = await self._claims.of(content, verdict.picture.sha256)
        except CandorError as error:
            for watcher in self._watchers:
                watcher.refused(error, watch.timings())
            raise
        provenance = provenance.model_copy(update={"claims": claims})
        answer = verdict.model_copy(update={"provenance": provenance, "timings": watch.timings()})
        if self._ledger is not None:
            self._ledger.note(sighting_of(answer, datetime.now(UTC)))
        for watcher in self._watchers:
            watcher.checked(answer)
        return answer

    async def glance(self, content: bytes) -> Verdict:
        """Score a picture and forget it: for frames of what is happening now, many a second.

        Nothing is looked up, kept, counted or explained; its id leads nowhere. Raises as `check`.
        """
        watch = Stopwatch()
        if len(content) > self._settings.max_bytes:
            raise too_large(self._settings.max_bytes)
        sha256 = digest_bytes(content)
        async with self._decoding.at_hand(content, sha256, watch.step) as held:
            verdict = await self._judged(held.picture, held.facts, watch)
        return verdict.model_copy(update={"timings": watch.timings()})

    async def _content(self, source: Source, watch: Stopwatch) -> tuple[bytes, Provenance]:
        if isinstance(source, Address):
            with watch.step("fetch_ms"):
                fetched = await self._fetcher.fetch(source.url)
            return fetched.content, Provenance(
                origin=Origin.URL,
                url=fetched.url,
                final_url=fetched.final_url,
                fetched_at=fetched.fetched_at,
            )
        if len(source.content) > self._settings.max_bytes:
            raise too_large(self._settings.max_bytes)
        return source.content, Provenance(origin=Origin.UPLOAD)

    async def _verdict(self, content: bytes, watch: Stopwatch, fresh: bool) -> Verdict:
        cache = self._cache()
        sha256 = digest_bytes(content)
        with watch.step("cache_ms"):
            known = None if fresh else await cache.by_bytes(sha256)
        if known:
            return known
        async with self._decoding.at_hand(content, sha256, watch.step) as held:
            return await self._known_or_scored(cache, held.picture, held.facts, watch, fresh)

    async def _known_or_scored(
        self, cache: Cache, picture: Picture, facts: PictureFacts, watch: Stopwatch, fresh: bool
    ) -> Verdict:
        # Who asks for a picture that is just being scored waits, and finds it remembered.
        async with self._turns.setdefault(facts.pixels_sha256, asyncio.Lock()):
            with watch.step("cache_ms"):
                known = None if fresh else await cache.by_pixels(facts)
                if known:
                    return known
                found = await cache.look_alikes(facts, picture)
                near = None if fresh else cache.near_answer(found, facts, datetime.now(UTC))
            if near and not cache.scores_anyway():
                return near
            scored = await self._scored(cache, picture, facts, found, watch)
            if near and near.label is not scored.label:
                await cache.distrust(near.id, scored)
            return scored

    async def _scored(
        self,
        cache: Cache,
        picture: Picture,
        facts: PictureFacts,
        found: tuple[LookAlike, ...],
        watch: Stopwatch,
    ) -> Verdict:
        verdict = await self._judged(picture, facts, watch)
        with watch.step("store_ms"):
            return await cache.remember(verdict, picture, found)

    async def _judged(self, picture: Picture, facts: PictureFacts, watch: Stopwatch) -> Verdict:
        # Read in one go with the call that takes it: the model may change while the picture waits.
        model = self._engine.model
        with watch.step("score_ms"):
            scores = await self._engine.score(picture)
        return judge(scores, facts, model, _new_id(), datetime.now(UTC))

    async def _explained(self, explainer: Explaining, verdict: Verdict, content: bytes) -> Verdict:
        picture = await self._decoding.once_more(content, verdict.picture.sha256)
        return await explainer.explained(verdict, picture.pixels)

    async def _told(self, verdict: Verdict, watch: Stopwatch, name: Name | None) -> Verdict:
        """The answer to this caller: as people have it, under the caller's name for it."""
        if name is not None:
            with watch.step("store_ms"):
                await self._store.give_name(name, verdict)
            verdict = verdict.model_copy(update={"external_id": name.external_id})
        with watch.step("cache_ms"):
            return await overruled(self._store, verdict)

    def _cache(self) -> Cache:
        settings = self._settings
        policy = Policy(settings.near, timedelta(days=settings.near_days), settings.near_rescored)
        return Cache(self._store, self._nearby, self._engine.model, policy, self._chance)


def too_large(limit: int) -> TooLarge:
    """The error for more bytes than are taken."""
    return TooLarge(
        f"The picture has more than {limit:,} bytes, the most that is accepted. "
        "Send a smaller copy."
    )


def _new_id() -> str:
    return uuid.uuid4().hex


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)
