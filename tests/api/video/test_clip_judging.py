"""Faces followed from frame to frame, and what many frames come to."""

from __future__ import annotations

from datetime import UTC, datetime

from api.verdict import Box, Label, ModelFacts, Thresholds
from api.video.answer import Moment, TrackedFace, VideoVerdict
from api.video.judging import ClipFacts, judge
from api.video.tracking import Tracker
from model import FaceScore

MODEL = ModelFacts(id="m", thresholds=Thresholds(real_below=0.3, fake_from=0.8))
FACTS = ClipFacts(10, 640, 360, False)


def face(left: int, top: int = 100, size: int = 80) -> FaceScore:
    return FaceScore(left, top, size, size, 1.0, 0.5)


def test_faces_that_move_and_pass_keep_their_numbers() -> None:
    tracker = Tracker()

    assert tracker.follow([face(100), face(400)], 0, 0.0) == [1, 2]
    assert tracker.follow([face(370), face(130)], 0, 0.5) == [2, 1]
    assert tracker.follow([face(160)], 0, 1.0) == [1]
    assert tracker.follow([face(180), face(340)], 0, 1.5) == [1, 2], "missed once, and back"


def test_a_cut_a_long_absence_or_another_size_is_another_track() -> None:
    tracker = Tracker()

    assert tracker.follow([face(100)], 0, 0.0) == [1]
    assert tracker.follow([face(100)], 1, 0.5) == [2]
    assert tracker.follow([face(100, size=200)], 1, 1.0) == [3]
    assert tracker.follow([face(100, size=200)], 1, 9.0) == [4]


def moment(time: float, probability: float, scene: int = 0, track: int = 1) -> Moment:
    box = Box(left=1, top=1, width=50, height=50)
    seen = TrackedFace(track=track, box=box, fake_probability=probability)
    return Moment(time=time, scene=scene, fake_probability=probability, faces=(seen,))


def judged(*moments: Moment) -> VideoVerdict:
    return judge(moments, FACTS, MODEL, datetime.now(UTC))


def test_one_bad_frame_accuses_nobody() -> None:
    verdict = judged(*(moment(n, 0.99 if n == 4 else 0.1) for n in range(9)))

    assert verdict.label is Label.REAL
    assert verdict.timeline[4].fake_probability == 0.99


def test_one_swapped_scene_is_not_diluted_by_the_others() -> None:
    scenes = [moment(n, 0.9 if n // 4 == 2 else 0.1, n // 4, n // 4 + 1) for n in range(40)]

    verdict = judged(*scenes)

    assert (verdict.label, verdict.fake_probability) == (Label.FAKE, 0.9)
    assert "from 0:08 to 0:11" in verdict.reason
    assert [track.label for track in verdict.tracks].count(Label.FAKE) == 1


def test_scenes_of_a_frame_or_two_speak_together() -> None:
    flashes = [moment(10 + n, 0.95 if n == 0 else 0.1, n + 1, n + 2) for n in range(8)]

    verdict = judged(*(moment(n, 0.1) for n in range(8)), *flashes)

    assert verdict.label is Label.REAL
    assert abs(verdict.fake_probability - (0.95 + 7 * 0.1) / 8) < 1e-3
    assert "short scenes" in verdict.reason


def test_a_clip_of_one_frame_has_a_verdict() -> None:
    assert judged(moment(0, 0.5)).label is Label.UNCERTAIN
    assert "No face was found." in judged(moment(0, 0.5).model_copy(update={"faces": ()})).reason
