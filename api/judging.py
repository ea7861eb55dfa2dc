"""Scores -> Verdict: the label, and the reason in words. Pure; `Moderator` calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from api.heat import look_in
from api.verdict import (
    Box,
    ExpertScore,
    Face,
    Label,
    MemberScore,
    ModelFacts,
    PictureFacts,
    Thresholds,
    Verdict,
)
from model import FaceScore, Scores, decision
from model.explain import Place

AT = {
    Place.FOREHEAD: "at the forehead",
    Place.EYES: "around the eyes",
    Place.NOSE: "at the nose",
    Place.MOUTH: "around the mouth",
    Place.JAW: "along the jaw",
    Place.LEFT: "at the left side",
    Place.RIGHT: "at the right side",
    Place.AROUND: "just outside",
}
DOUBT = " The networks that make up an expert disagree, so the answer stays open."
SURE = 0.99
"""Numbers in sentences stay within 1-99 %: no model is surer than that."""


def judge(
    scores: Scores, picture: PictureFacts, model: ModelFacts, verdict_id: str, now: datetime
) -> Verdict:
    """Say what the scores mean."""
    fake_probability = _rounded(scores.fake_probability)
    limits = limits_for(scores, model.thresholds)
    return Verdict(
        id=verdict_id,
        label=label_for(scores, model.thresholds),
        fake_probability=fake_probability,
        reason=reason_for(scores, model.thresholds),
        picture=picture,
        faces=tuple(_face(face) for face in scores.faces),
        experts=tuple(
            ExpertScore(
                name=name,
                fake_probability=_rounded(value),
                members=_members(scores.members.get(name, {})),
            )
            for name, value in scores.experts.items()
        ),
        model=model,
        widened=None if limits == model.thresholds else limits,
        checked_at=now,
    )


def label_for(scores: Scores, thresholds: Thresholds) -> Label:
    """What a picture is called that was scored so; uncertain if nobody looked at it."""
    limits = limits_for(scores, thresholds)
    return label_of(scores.fake_probability, limits) if scores.experts else Label.UNCERTAIN


def limits_for(scores: Scores, thresholds: Thresholds) -> Thresholds:
    """The thresholds, further apart where the members of an expert disagree."""
    if not scores.doubt:
        return thresholds
    limits = decision.Thresholds(**thresholds.model_dump()).widened(scores.doubt)
    return Thresholds(real_below=_rounded(limits.real_below), fake_from=_rounded(limits.fake_from))


def label_of(fake_probability: float, thresholds: Thresholds) -> Label:
    """Real, fake, or the honest third."""
    if fake_probability >= thresholds.fake_from:
        return Label.FAKE
    return Label.REAL if fake_probability < thresholds.real_below else Label.UNCERTAIN


def reason_for(scores: Scores, thresholds: Thresholds) -> str:
    """A few sentences: what was looked at, and what decided."""
    limits = limits_for(scores, thresholds)
    sentences = (_faces_sentence(scores.faces, limits), edges_sentence(scores.faces, limits))
    faces = " ".join(filter(None, sentences))
    together = scores.fake_probability
    doubt = DOUBT if label_of(together, thresholds) is not label_of(together, limits) else ""
    whole = scores.experts.get("whole")
    if whole is None:
        seen = faces or "No face was found, and no expert for whole pictures is installed."
        return f"{seen}{doubt}"
    if not faces:
        # What the expert says is calibrated anew for pictures without a face.
        return f"No face was found. {_whole_sentence(together, limits)}{doubt}"
    picture = _whole_sentence(whole, limits)
    return f"{faces} {picture} Taken together: {percent(together)} fake.{doubt}"


def edges_sentence(faces: Sequence[FaceScore], thresholds: Thresholds) -> str:
    """Where blending edges stand out in faces that are not called real; empty where none does."""
    return " ".join(
        f"A blending edge stands out {AT[face.look.edge]} of {_called(number, faces)}."
        for number, face in enumerate(faces, 1)
        if face.look is not None
        and face.look.edge is not None
        and label_of(face.fake_probability, thresholds) is not Label.REAL
    )


def decisive_sentence(faces: Sequence[Face], thresholds: Thresholds) -> str:
    """What spoke most for `fake` in the most suspicious face; empty where that is not known."""
    number, face = max(enumerate(faces, 1), key=lambda one: one[1].fake_probability)
    decisive = face.look and face.look.decisive
    if not decisive or label_of(face.fake_probability, thresholds) is Label.REAL:
        return ""
    return f"What spoke most for a fake lies {AT[Place(decisive)]} of {_called(number, faces)}."


def _called(number: int, faces: Sequence[object]) -> str:
    return "the face" if len(faces) == 1 else f"face {number}"


def _faces_sentence(faces: tuple[FaceScore, ...], thresholds: Thresholds) -> str:
    if not faces:
        return ""
    worst = max(face.fake_probability for face in faces)
    seen = "The face" if len(faces) == 1 else f"The most suspicious of {len(faces)} faces"
    label = label_of(worst, thresholds)
    if label is Label.FAKE:
        return f"{seen} looks swapped, re-enacted or generated ({percent(worst)} fake)."
    if label is Label.UNCERTAIN:
        return (
            f"{seen} may be altered, but the signs are too weak to say so ({percent(worst)} fake)."
        )
    unaltered = "The face shows" if len(faces) == 1 else f"None of {len(faces)} faces shows"
    trace = "no clear trace" if len(faces) == 1 else "a clear trace"
    return f"{unaltered} {trace} of a swap or a generator ({percent(worst)} fake)."


def _whole_sentence(whole: float, thresholds: Thresholds) -> str:
    label = label_of(whole, thresholds)
    if label is Label.FAKE:
        return (
            f"The picture as a whole carries traces of an image generator ({percent(whole)} fake)."
        )
    if label is Label.UNCERTAIN:
        return (
            "The picture as a whole carries some traces that a generator leaves, too few to call "
            f"it generated ({percent(whole)} fake)."
        )
    return (
        "The picture as a whole carries no clear trace of an image generator "
        f"({percent(whole)} fake)."
    )


def percent(value: float) -> str:
    """A probability in words, between 1 % and 99 %."""
    return f"{round(100 * min(max(value, 1 - SURE), SURE))} %"


def _face(face: FaceScore) -> Face:
    return Face(
        box=Box(left=face.left, top=face.top, width=face.width, height=face.height),
        fake_probability=_rounded(face.fake_probability),
        detection_confidence=_rounded(min(face.confidence, 1.0)),
        look=None if face.look is None else look_in(face.look),
    )


def _members(scores: Mapping[str, float]) -> tuple[MemberScore, ...]:
    return tuple(
        MemberScore(name=name, fake_probability=_rounded(value)) for name, value in scores.items()
    )


def _rounded(value: float) -> float:
    return round(value, 4)
