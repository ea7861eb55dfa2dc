"""What scores are called, and whether the sentence says the same as the label."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from api.judging import judge, percent
from api.verdict import Label, ModelFacts, PictureFacts, Thresholds, Verdict
from model import FaceScore
from model.decision import Calibration, Fusion
from model.ensemble import fused

MODEL = ModelFacts(id="m", thresholds=Thresholds(real_below=0.4, fake_from=0.8))
FACTS = PictureFacts(format="PNG", width=9, height=9, sha256="0" * 64, pixels_sha256="1" * 64)


def face(probability: float) -> FaceScore:
    return FaceScore(0, 0, 5, 5, 1.0, probability)


def judged(faces: list[float], whole: float | None) -> Verdict:
    scores = fused([face(p) for p in faces], whole)
    return judge(scores, FACTS, MODEL, "id", datetime.now(UTC))


@pytest.mark.parametrize(
    ("faces", "whole", "label"),
    [
        ([0.1], 0.1, Label.REAL),
        ([0.1], 0.6, Label.REAL),
        ([0.6], 0.1, Label.UNCERTAIN),
        ([0.1, 0.9], 0.1, Label.FAKE),
        ([0.1], 0.8, Label.UNCERTAIN),
        ([0.1], 0.9, Label.FAKE),
        ([], 0.1, Label.REAL),
        ([], 0.8, Label.FAKE),
        ([], 0.4, Label.UNCERTAIN),
        ([], None, Label.UNCERTAIN),
    ],
)
def test_a_face_or_a_strong_suspicion_of_a_generator_makes_a_fake(
    faces: list[float], whole: float | None, label: Label
) -> None:
    assert judged(faces, whole).label is label


def test_a_picture_that_nobody_judged_is_never_called_anything() -> None:
    lenient = MODEL.model_copy(update={"thresholds": Thresholds(real_below=0.6, fake_from=0.9)})

    verdict = judge(fused([], None), FACTS, lenient, "id", datetime.now(UTC))

    assert verdict.label is Label.UNCERTAIN
    assert "no expert" in verdict.reason


def test_where_members_disagree_more_stays_uncertain_and_the_reason_says_so() -> None:
    members = {"face": {"a": 0.99, "b": 0.4}}
    scores = replace(fused([face(0.85)], None), members=members, doubt=1.0)

    verdict = judge(scores, FACTS, MODEL, "id", datetime.now(UTC))

    assert verdict.label is Label.UNCERTAIN
    assert judged([0.85], None).label is Label.FAKE
    assert "disagree" in verdict.reason
    assert "looks swapped" not in verdict.reason
    assert verdict.widened is not None
    assert verdict.widened.fake_from > MODEL.thresholds.fake_from
    [expert] = verdict.experts
    assert [(one.name, one.fake_probability) for one in expert.members] == [("a", 0.99), ("b", 0.4)]


def test_a_disagreement_that_changes_nothing_is_no_reason() -> None:
    scores = replace(fused([face(0.999)], None), doubt=0.1)

    verdict = judge(scores, FACTS, MODEL, "id", datetime.now(UTC))

    assert verdict.label is Label.FAKE
    assert "disagree" not in verdict.reason


def test_the_reason_says_when_no_face_was_found() -> None:
    assert judged([], 0.1).reason.startswith("No face was found.")


def test_without_a_face_the_reason_says_what_the_verdict_says() -> None:
    fusion = Fusion(faceless=Calibration(temperature=1.4, bias=-1))

    verdict = judge(fused([], 0.95, fusion), FACTS, MODEL, "id", datetime.now(UTC))

    assert verdict.label is Label.UNCERTAIN
    assert "too few to call it generated (75 % fake)" in verdict.reason


def test_the_reason_counts_the_faces() -> None:
    assert "None of 2 faces" in judged([0.1, 0.2], 0.1).reason
    assert "most suspicious of 2 faces" in judged([0.1, 0.9], 0.1).reason


def test_the_reason_names_what_alarmed() -> None:
    assert "swapped" in judged([0.9], 0.1).reason
    assert "traces of an image generator" in judged([0.1], 0.9).reason


def test_the_reason_says_what_two_experts_come_to() -> None:
    assert judged([0.7], 0.9).reason.endswith("Taken together: 94 % fake.")
    assert "together" not in judged([], 0.1).reason


@pytest.mark.parametrize(
    ("value", "words"), [(0, "1 %"), (1, "99 %"), (0.996, "99 %"), (0.5, "50 %")]
)
def test_nobody_is_surer_than_99_percent(value: float, words: str) -> None:
    assert percent(value) == words
