"""When a remembered verdict may answer: for the same bytes, the same pixels, or a verified copy.

Every lookup carries the model id, so that a new model misses by itself. Similar pictures are not
equal pictures: a face swap is as near to its original, by perceptual hash, as a re-save of it. So a
near verdict answers only when its witness confirms that both show the same, and then only under the
conditions of `_may_answer`. What its witness denies is told as a relative, and as a conflict where
one is called real and the other fake: that is what a face swap looks like.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from api.cores import on_a_core
from api.imaging import Picture
from api.reduction import Reducible
from api.store import Store
from api.store.records import PDQ_QUALITY, Link, Neighbour, Trace
from api.verdict import (
    Box,
    CacheStatus,
    Face,
    Label,
    ModelFacts,
    Nearness,
    PictureFacts,
    Relative,
    Verdict,
)
from api.witness import Likeness, Witness
from model import FACE_LIMIT

COMPARED_AT_MOST = 8
"""Witnesses asked about one picture, the nearest first: each takes some milliseconds."""

Mode = Literal["verify", "evidence", "off"]


class Nearby(Protocol):
    """Where verdicts on look-alikes are found: a store, or an index over one."""

    async def near(self, pdq: str, model_id: str | None, limit: int) -> list[Neighbour]:
        """As `Store.near`."""
        ...


@dataclass(frozen=True)
class Policy:
    """What a near verdict may do.

    Attributes:
        mode: `verify` answers for verified copies, `evidence` only tells of them, `off` looks for
            none.
        lifetime: For which a verdict may answer for copies.
        rescored: Share of the copies that are scored all the same.
    """

    mode: Mode
    lifetime: timedelta
    rescored: float


@dataclass(frozen=True)
class LookAlike:
    """A scored picture near the one that came, and what its witness says of that."""

    neighbour: Neighbour
    likeness: Likeness

    @property
    def verdict(self) -> Verdict:
        """On the scored picture."""
        return self.neighbour.verdict

    @property
    def link(self) -> Link:
        """What leads to it."""
        return Link(self.verdict.id, self.neighbour.distance, self.likeness.same)


class Cache:
    """The tiers over a store, for one model.

    Args:
        nearby: Finds look-alikes; the store itself does.
        chance: Gives a number in 0..1, anew each time, to choose the copies that are scored.
    """

    def __init__(
        self,
        store: Store,
        nearby: Nearby,
        model: ModelFacts,
        policy: Policy,
        chance: Callable[[], float],
    ) -> None:
        self._store = store
        self._nearby = nearby
        self._model = model
        self._policy = policy
        self._chance = chance

    async def by_bytes(self, sha256: str) -> Verdict | None:
        """The verdict on a file with these very bytes."""
        verdict = await self._store.by_bytes(sha256, self._model.id)
        return verdict and await self._remembered(verdict, CacheStatus.BYTES)

    async def by_pixels(self, picture: PictureFacts) -> Verdict | None:
        """The verdict on a file that decodes to the pixels of this one, which is remembered too."""
        verdict = await self._store.by_pixels(picture.pixels_sha256, self._model.id)
        if verdict is None:
            return None
        await self._store.link_bytes(picture, verdict)
        own = verdict.model_copy(update={"picture": picture})
        return await self._remembered(own, CacheStatus.PIXELS)

    async def look_alikes(self, facts: PictureFacts, picture: Picture) -> tuple[LookAlike, ...]:
        """Scored pictures near this one, nearest first, each compared with it."""
        hopeless = (facts.pdq_quality or 0) < PDQ_QUALITY
        if self._policy.mode == "off" or facts.pdq is None or hopeless:
            return ()
        near = await self._nearby.near(facts.pdq, self._model.id, COMPARED_AT_MOST)
        others = [one for one in near if not _same_pixels(one, facts)]
        return await on_a_core(_compared, others, picture) if others else ()

    def near_answer(
        self, found: Sequence[LookAlike], picture: PictureFacts, now: datetime
    ) -> Verdict | None:
        """The verdict of a verified copy, told of this picture; None where none may answer."""
        copies = [one for one in found if one.likeness.same]
        labels = {one.verdict.label for one in copies}
        if self._policy.mode != "verify" or {Label.REAL, Label.FAKE} <= labels:
            return None
        for copy in copies:
            if self._may_answer(copy, now):
                answer = _told_of(copy, picture)
                return _with_relatives(answer, _relatives(found), CacheStatus.NEAR)
        return None

    def scores_anyway(self) -> bool:
        """Whether this copy is one of those that are scored although a verdict could answer."""
        return self._chance() < self._policy.rescored

    async def remember(
        self, verdict: Verdict, picture: Picture, found: Sequence[LookAlike] = ()
    ) -> Verdict:
        """Keep a verdict with its witness; where another came first, that one is returned."""
        witness = None
        if self._policy.mode != "off" and len(verdict.faces) < FACE_LIMIT:
            witness = await on_a_core(_packed, picture, verdict)
        trace = Trace(witness, tuple(one.link for one in found))
        kept = await self._store.put(verdict, trace)
        return _with_relatives(kept, _relatives(found), CacheStatus.MISS)

    async def distrust(self, copy_of: str, scored: Verdict) -> None:
        """Two copies of one picture were called differently: neither answers for others again."""
        await self._store.quarantine(copy_of)
        await self._store.quarantine(scored.id)

    def _may_answer(self, copy: LookAlike, now: datetime) -> bool:
        """Never from an uncertain, stale or distrusted verdict.

        That the scored copy was as large and as sharp is the witness's to say, and that only a
        picture which was itself scored has a witness is the store's: copies are not remembered.
        """
        verdict = copy.verdict
        return (
            verdict.label is not Label.UNCERTAIN
            and verdict.model.id == self._model.id
            and not copy.neighbour.quarantined
            and timedelta(0) <= now - verdict.checked_at <= self._policy.lifetime
        )

    async def _remembered(self, verdict: Verdict, status: CacheStatus) -> Verdict:
        links = () if self._policy.mode == "off" else await self._store.links(verdict.id)
        relatives = [_relative(one, link.distance, link.same_picture) for one, link in links]
        return _with_relatives(verdict, relatives[:COMPARED_AT_MOST], status)


def _compared(near: Sequence[Neighbour], picture: Picture) -> tuple[LookAlike, ...]:
    reducible = Reducible(picture.pixels, picture.small)
    return tuple(LookAlike(one, _likeness(one, reducible)) for one in near)


def _likeness(neighbour: Neighbour, picture: Reducible) -> Likeness:
    if neighbour.witness is None:
        return Likeness(False, None, "it has no witness")
    try:
        return Witness.unpack(neighbour.witness).confirms(picture)
    except ValueError as error:
        return Likeness(False, None, str(error))


def _packed(picture: Picture, verdict: Verdict) -> bytes | None:
    boxes = [face.box for face in verdict.faces]
    witness = Witness.of(picture.pixels, boxes, picture.small)
    return None if witness is None else witness.pack()


def _same_pixels(neighbour: Neighbour, picture: PictureFacts) -> bool:
    return neighbour.verdict.picture.pixels_sha256 == picture.pixels_sha256


def _told_of(copy: LookAlike, picture: PictureFacts) -> Verdict:
    verdict = copy.verdict
    across = picture.width / verdict.picture.width
    down = picture.height / verdict.picture.height
    nearness = Nearness(
        verdict_id=verdict.id,
        distance=copy.neighbour.distance,
        difference=copy.likeness.difference or 0.0,
    )
    return verdict.model_copy(
        update={
            "picture": picture,
            "faces": tuple(_scaled(face, across, down) for face in verdict.faces),
            "near": nearness,
        }
    )


def _scaled(face: Face, across: float, down: float) -> Face:
    look = face.look
    if look is not None:
        look = look.model_copy(update={"area": _scaled_box(look.area, across, down)})
    return face.model_copy(update={"box": _scaled_box(face.box, across, down), "look": look})


def _scaled_box(box: Box, across: float, down: float) -> Box:
    return Box(
        left=round(box.left * across),
        top=round(box.top * down),
        width=max(1, round(box.width * across)),
        height=max(1, round(box.height * down)),
    )


def _relatives(found: Sequence[LookAlike]) -> list[Relative]:
    return [_relative(one.verdict, one.neighbour.distance, one.likeness.same) for one in found]


def _relative(verdict: Verdict, distance: int, same_picture: bool) -> Relative:
    return Relative(
        verdict_id=verdict.id,
        label=verdict.label,
        fake_probability=verdict.fake_probability,
        distance=distance,
        same_picture=same_picture,
    )


def _with_relatives(
    verdict: Verdict, relatives: Sequence[Relative], status: CacheStatus
) -> Verdict:
    others = tuple(one for one in relatives if one.verdict_id != verdict.id)
    conflict = {Label.REAL, Label.FAKE} <= {verdict.label, *(one.label for one in others)}
    # An uncertain verdict between a real and a fake relative is no party to their conflict.
    conflict = conflict and verdict.label is not Label.UNCERTAIN
    return verdict.model_copy(update={"related": others, "conflict": conflict, "cache": status})
