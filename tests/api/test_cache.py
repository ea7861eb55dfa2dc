"""The tiers: what a remembered verdict may answer, and what it may never.

The store is the real one. The scores are made up, so that each test says what the model would say;
the witness is what decides here, and it sees real pixels.
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from api.engine import Engine
from api.fetching import Fetcher
from api.fingerprint import digest_bytes, digest_pixels, pdq_of
from api.imaging import Picture
from api.moderation import Moderator, Upload
from api.settings import Settings
from api.store import Store, store_for
from api.store.records import PDQ_RADIUS, Trace
from api.verdict import CacheStatus, Label, ModelFacts, Thresholds, Verdict
from api.witness import LUMA_LIMIT
from model import FACE_LIMIT, FaceScore, Scores

from pictures import DRAWN_FACE, FACE, Pixels, drawn_face, encoded, portrait, swapped

ORIGINAL = drawn_face()
FAKE = swapped(ORIGINAL, drawn_face(3), DRAWN_FACE, 1.0)
NEVER, ALWAYS = (lambda: 1.0), (lambda: 0.0)


def face(fake_probability: float, box: tuple[int, int, int, int] = DRAWN_FACE) -> FaceScore:
    return FaceScore(*box, 0.99, fake_probability)


class Told:
    """An engine that says what it is told to, and counts how often it is asked."""

    def __init__(self) -> None:
        self.model = ModelFacts(id="one", thresholds=Thresholds(real_below=0.3, fake_from=0.8))
        self.probability = 0.1
        self.faces: tuple[FaceScore, ...] | None = None
        self.asked = 0

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def score(self, picture: Picture) -> Scores:
        self.asked += 1
        across, down = picture.width / 320, picture.height / 320
        left, top, width, height = DRAWN_FACE
        box = (round(left * across), round(top * down), round(width * across), round(height * down))
        faces = (face(self.probability, box),) if self.faces is None else self.faces
        return Scores(self.probability, faces, {"face": self.probability})


@pytest.fixture
def engine() -> Told:
    return Told()


def test_the_told_engine_keeps_the_protocol(engine: Told) -> None:
    typed: Engine = engine
    assert typed.model.id == "one"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = store_for(Settings(data_dir=tmp_path))
    await store.open()
    yield store
    await store.close()


Check = Callable[..., Awaitable[Verdict]]


@pytest.fixture
def check(tmp_path: Path, store: Store, engine: Told) -> Check:
    async def check(
        content: bytes,
        *,
        fresh: bool = False,
        chance: Callable[[], float] = NEVER,
        **settings: object,
    ) -> Verdict:
        given = Settings(data_dir=tmp_path, **settings)  # type: ignore[arg-type]
        fetcher = Fetcher(max_bytes=1, deadline_s=1, private_hosts=frozenset())
        moderator = Moderator(fetcher, engine, store, given, chance=chance)
        return await moderator.check(Upload(content), fresh=fresh)

    return check


def original(quality: int = 95) -> bytes:
    return encoded(ORIGINAL, "JPEG", quality=quality)


def copy(pixels: Pixels = ORIGINAL, size: int = 280, quality: int = 80) -> bytes:
    image = Image.fromarray(pixels).resize((size, size), Image.Resampling.LANCZOS)
    return encoded(image, "JPEG", quality=quality)


def distance(one: Verdict, other: Verdict) -> int:
    assert one.picture.pdq is not None
    assert other.picture.pdq is not None
    return (int(one.picture.pdq, 16) ^ int(other.picture.pdq, 16)).bit_count()


async def test_a_copy_is_answered_without_scoring(check: Check, engine: Told) -> None:
    first = await check(original())
    second = await check(copy())
    assert engine.asked == 1
    assert second.cache is CacheStatus.NEAR
    assert (second.label, second.fake_probability) == (first.label, first.fake_probability)
    assert second.near is not None
    assert second.near.verdict_id == first.id
    assert second.near.difference < 4
    assert (second.picture.width, second.picture.height) == (280, 280)
    assert abs(second.faces[0].box.left - first.faces[0].box.left * 280 / 320) <= 1
    assert not second.conflict


@pytest.mark.parametrize(
    ("known", "comes", "says"), [(ORIGINAL, FAKE, 0.95), (FAKE, ORIGINAL, 0.1)]
)
async def test_a_swap_is_scored_and_told_as_a_conflict_either_way(
    check: Check, engine: Told, known: Pixels, comes: Pixels, says: float
) -> None:
    engine.probability = 1.05 - says
    first = await check(encoded(known))
    engine.probability = says
    second = await check(encoded(comes))
    assert distance(first, second) <= PDQ_RADIUS, "PDQ alone would have answered"
    assert engine.asked == 2
    assert second.cache is CacheStatus.MISS
    assert second.label is not first.label
    assert second.conflict
    [relative] = second.related
    assert (relative.verdict_id, relative.label, relative.same_picture) == (
        first.id,
        first.label,
        False,
    )
    again = await check(encoded(known))
    assert again.cache is CacheStatus.BYTES
    assert again.conflict, "the first one's conflict is known from now on"
    assert [one.verdict_id for one in again.related] == [second.id]


@pytest.mark.parametrize("quality", [95, 70, 50])
@pytest.mark.parametrize("share", [1.0, 0.6])
@pytest.mark.parametrize("donor", [1, 2, 4, 5])
async def test_no_degraded_swap_is_answered_from_its_original(
    check: Check, engine: Told, quality: int, share: float, donor: int
) -> None:
    await check(original())
    forged = swapped(ORIGINAL, drawn_face(donor), DRAWN_FACE, share)
    answer = await check(copy(forged, 256, quality))
    assert answer.cache is CacheStatus.MISS
    assert engine.asked == 2


@pytest.mark.parametrize("witness", [None, b"", b"CWT1 and then nothing of use"])
async def test_nothing_answers_without_its_witness(
    check: Check, engine: Told, store: Store, witness: bytes | None
) -> None:
    known = await planted(store, witness)
    answer = await check(copy())
    assert known.picture.pdq is not None
    assert distance(known, answer) <= PDQ_RADIUS
    assert answer.cache is CacheStatus.MISS
    assert engine.asked == 1
    assert [one.same_picture for one in answer.related] == [False]


async def planted(store: Store, witness: bytes | None) -> Verdict:
    """A verdict on the original as only a faulty store would hold it."""
    content = original()
    pixels = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    pdq, quality = pdq_of(pixels)
    return await store.put(
        Verdict.model_validate(
            {
                "id": "planted",
                "label": "real",
                "fake_probability": 0.01,
                "reason": "Somebody wrote it there.",
                "picture": {
                    "format": "JPEG",
                    "width": 320,
                    "height": 320,
                    "sha256": digest_bytes(content),
                    "pixels_sha256": digest_pixels(pixels),
                    "pdq": pdq,
                    "pdq_quality": quality,
                },
                "faces": [],
                "experts": [],
                "model": {"id": "one", "thresholds": {"real_below": 0.3, "fake_from": 0.8}},
                "checked_at": datetime.now(UTC),
            }
        ),
        Trace(witness),
    )


async def test_an_uncertain_verdict_answers_for_nothing_else(check: Check, engine: Told) -> None:
    engine.probability = 0.5
    await check(original())
    answer = await check(copy())
    assert (answer.cache, engine.asked) == (CacheStatus.MISS, 2)
    assert [one.same_picture for one in answer.related] == [True]


async def test_another_model_scores_anew(check: Check, engine: Told) -> None:
    await check(original())
    engine.model = engine.model.model_copy(update={"id": "two"})
    assert (await check(copy())).cache is CacheStatus.MISS


async def test_a_verdict_answers_for_copies_only_so_long(
    check: Check, engine: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    await check(original())

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + timedelta(days=8)

    monkeypatch.setattr("api.moderation.datetime", Later)
    assert (await check(copy())).cache is CacheStatus.MISS
    assert (await check(original())).cache is CacheStatus.BYTES


async def test_a_larger_copy_is_scored(check: Check) -> None:
    await check(copy(size=200))
    assert (await check(original())).cache is CacheStatus.MISS


async def test_a_sharper_copy_is_scored(check: Check, engine: Told) -> None:
    engine.faces = (face(0.1, FACE),)
    photograph = Image.fromarray(portrait())
    await check(encoded(photograph.filter(ImageFilter.GaussianBlur(1))))
    answer = await check(encoded(photograph, "JPEG", quality=90))
    assert (answer.cache, len(answer.related)) == (CacheStatus.MISS, 1)


async def test_answers_are_not_chained(check: Check, engine: Told) -> None:
    """A copy that was answered is no witness: the next copy is compared with what was scored."""
    first = await check(original())
    for size, quality in ((300, 90), (280, 80), (260, 70)):
        answer = await check(copy(size=size, quality=quality))
        assert answer.near is not None
        assert answer.near.verdict_id == first.id
        assert [one.verdict_id for one in answer.related] == []
    assert engine.asked == 1


async def test_a_slow_drift_is_answered_only_from_what_was_scored(
    check: Check, engine: Told
) -> None:
    """From a picture to its swap in steps that a witness may pass: none leads to the next."""
    first = await check(original())
    scored = {first.id}
    for share in np.linspace(0, 1, 11):
        forged = swapped(ORIGINAL, drawn_face(3), DRAWN_FACE, float(share))
        answer = await check(encoded(forged, "JPEG", quality=90))
        if answer.near is None:
            scored.add(answer.id)
        else:
            assert answer.near.verdict_id in scored
            assert answer.near.difference <= LUMA_LIMIT
    assert engine.asked == len(scored) >= 4


async def test_a_picture_full_of_faces_answers_for_no_copy(check: Check, engine: Told) -> None:
    engine.faces = tuple(face(0.1) for _ in range(FACE_LIMIT))
    await check(original())
    assert (await check(copy())).cache is CacheStatus.MISS


async def test_a_face_too_small_for_a_witness_forbids_it(check: Check, engine: Told) -> None:
    engine.faces = (face(0.1), face(0.1, (5, 5, 15, 18)))
    await check(original())
    assert (await check(copy())).cache is CacheStatus.MISS


async def test_a_share_is_scored_all_the_same(check: Check, engine: Told) -> None:
    first = await check(original())
    answer = await check(copy(), chance=ALWAYS)
    assert (answer.cache, engine.asked) == (CacheStatus.MISS, 2)
    assert [one.same_picture for one in answer.related] == [True]
    third = await check(copy(size=240))
    assert third.cache is CacheStatus.NEAR, "both agreed, so both may answer"
    assert third.near is not None
    assert third.near.verdict_id in (first.id, answer.id)


async def test_copies_that_are_called_differently_are_no_longer_trusted(
    check: Check, engine: Told
) -> None:
    await check(original())
    engine.probability = 0.95
    answer = await check(copy(), chance=ALWAYS)
    assert answer.label is Label.FAKE
    assert answer.conflict
    assert (await check(copy(size=240))).cache is CacheStatus.MISS
    assert (await check(original())).cache is CacheStatus.BYTES, "its own bytes are its own"
    assert (await check(original())).conflict


async def test_fresh_scores_what_is_known(check: Check, engine: Told) -> None:
    await check(original())
    assert (await check(original(), fresh=True)).cache is CacheStatus.MISS
    assert (await check(copy(), fresh=True)).cache is CacheStatus.MISS
    assert engine.asked == 3


async def test_evidence_tells_of_copies_and_never_answers_from_one(
    check: Check, engine: Told
) -> None:
    first = await check(original(), near="evidence")
    answer = await check(copy(), near="evidence")
    assert (answer.cache, engine.asked) == (CacheStatus.MISS, 2)
    assert [(one.verdict_id, one.same_picture) for one in answer.related] == [(first.id, True)]


async def test_off_looks_for_nothing(check: Check, engine: Told) -> None:
    await check(original())
    answer = await check(copy(), near="off")
    assert (answer.cache, answer.related) == (CacheStatus.MISS, ())
    assert answer.picture.pdq is None


async def test_a_picture_of_nothing_has_no_look_alikes(check: Check) -> None:
    for grey in (100, 101):
        answer = await check(encoded(np.full((200, 200, 3), grey, np.uint8)))
        assert (answer.cache, answer.related) == (CacheStatus.MISS, ())
