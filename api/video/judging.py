"""Moments -> VideoVerdict: tracks, scenes, and the whole. Pure; `api.video.checking` calls it.

A clip is as suspicious as its worst scene, a scene as the mean of its frames: one bad frame
accuses nobody, and one swapped scene is not diluted by the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean

from api.judging import label_of, percent
from api.verdict import Label, ModelFacts, Thresholds
from api.video.answer import Moment, Scene, Track, VideoVerdict

FEWEST_FRAMES = 3
"""Of a scene that may speak for the clip; shorter ones speak together."""


@dataclass(frozen=True)
class ClipFacts:
    """What was measured of the clip itself."""

    seconds: float
    width: int
    height: int
    damaged: bool


def judge(
    moments: Sequence[Moment], facts: ClipFacts, model: ModelFacts, now: datetime
) -> VideoVerdict:
    """Say what all frames come to. At least one must be given."""
    limits = model.thresholds
    scenes, tracks = scenes_of(moments, limits), tracks_of(moments, limits)
    probability = _whole(moments, scenes)
    return VideoVerdict(
        label=label_of(probability, limits),
        fake_probability=probability,
        reason=_reason(scenes, tracks, probability, limits, facts),
        seconds=facts.seconds,
        width=facts.width,
        height=facts.height,
        frames=len(moments),
        damaged=facts.damaged,
        scenes=scenes,
        tracks=tracks,
        timeline=tuple(moments),
        model=model,
        checked_at=now,
    )


def scenes_of(moments: Iterable[Moment], limits: Thresholds) -> tuple[Scene, ...]:
    """Every scene, in order."""
    parts: defaultdict[int, list[Moment]] = defaultdict(list)
    for moment in moments:
        parts[moment.scene].append(moment)
    return tuple(_scene(number, part, limits) for number, part in sorted(parts.items()))


def tracks_of(moments: Iterable[Moment], limits: Thresholds) -> tuple[Track, ...]:
    """Every track, by number."""
    seen: defaultdict[int, list[tuple[Moment, float]]] = defaultdict(list)
    for moment in moments:
        for face in moment.faces:
            seen[face.track].append((moment, face.fake_probability))
    return tuple(_track(number, part, limits) for number, part in sorted(seen.items()))


def _scene(number: int, part: Sequence[Moment], limits: Thresholds) -> Scene:
    probability = _mean(moment.fake_probability for moment in part)
    return Scene(
        number=number,
        start=part[0].time,
        end=part[-1].time,
        frames=len(part),
        label=label_of(probability, limits),
        fake_probability=probability,
    )


def _track(number: int, part: Sequence[tuple[Moment, float]], limits: Thresholds) -> Track:
    probability = _mean(value for _, value in part)
    return Track(
        number=number,
        scene=part[0][0].scene,
        start=part[0][0].time,
        end=part[-1][0].time,
        frames=len(part),
        label=label_of(probability, limits),
        fake_probability=probability,
    )


def _whole(moments: Sequence[Moment], scenes: Sequence[Scene]) -> float:
    long = [scene for scene in scenes if scene.frames >= FEWEST_FRAMES]
    numbers = {scene.number for scene in long}
    rest = [one.fake_probability for one in moments if one.scene not in numbers]
    opinions = [scene.fake_probability for scene in long]
    if len(rest) >= FEWEST_FRAMES or not opinions:
        opinions.append(_mean(rest))
    return max(opinions)


def _reason(
    scenes: Sequence[Scene],
    tracks: Sequence[Track],
    probability: float,
    limits: Thresholds,
    facts: ClipFacts,
) -> str:
    frames = sum(scene.frames for scene in scenes)
    looked = f"{frames} frames of {clock(facts.seconds)} were looked at"
    worst = max(scenes, key=lambda scene: (scene.fake_probability == probability, scene.frames))
    sentences = [
        f"{looked}, in one scene." if len(scenes) == 1 else f"{looked}, in {len(scenes)} scenes."
    ]
    what = {
        Label.FAKE: "looks altered or generated",
        Label.UNCERTAIN: "may be altered, but the signs are too weak to say so",
        Label.REAL: "shows no clear trace of a swap or a generator",
    }[label_of(probability, limits)]
    if len(scenes) == 1:
        sentences.append(f"On average it {what} ({percent(probability)} fake).")
    elif worst.fake_probability == probability:
        when = f"from {clock(worst.start)} to {clock(worst.end)}"
        sentences.append(
            f"The most suspicious scene, {when}, {what} ({percent(probability)} fake)."
        )
    else:
        sentences.append(f"What is shown in short scenes {what} ({percent(probability)} fake).")
    sentences.append(_faces(tracks))
    if facts.damaged:
        sentences.append("Parts of the clip are damaged and were not looked at.")
    return " ".join(sentences)


def _faces(tracks: Sequence[Track]) -> str:
    if not tracks:
        return "No face was found."
    worst = max(tracks, key=lambda track: track.fake_probability)
    when = f"from {clock(worst.start)} to {clock(worst.end)}"
    seen = (
        "The face" if len(tracks) == 1 else f"Of {len(tracks)} faces followed, the most suspicious"
    )
    return f"{seen} was seen {when} ({percent(worst.fake_probability)} fake on average)."


def clock(seconds: float) -> str:
    """Minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _mean(values: Iterable[float]) -> float:
    return round(fmean(values), 4)
