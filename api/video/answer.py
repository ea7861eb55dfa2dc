"""The answer about one clip, and how far its check has come: what clients read."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from api.problem import Problem
from api.verdict import Box, Label, ModelFacts, Part, Probability

Seconds = Annotated[float, Field(ge=0)]


class TrackedFace(Part):
    """A face in one frame, and which track it belongs to."""

    track: int
    box: Box
    fake_probability: Probability


class Moment(Part):
    """One frame that was looked at. `fake_probability` is of this frame alone."""

    time: Seconds
    scene: int
    fake_probability: Probability
    faces: tuple[TrackedFace, ...]


class Track(Part):
    """One face followed through one scene; the mean of its frames is what is said of it.

    Who is seen in two scenes has two tracks.
    """

    number: int
    scene: int
    start: Seconds
    end: Seconds
    frames: int
    label: Label
    fake_probability: Probability


class Scene(Part):
    """What lies between two cuts; the mean of its frames is what is said of it."""

    number: int
    start: Seconds
    end: Seconds
    frames: int
    label: Label
    fake_probability: Probability


class VideoVerdict(Part):
    """What is known of one clip: of its worst scene, if that has at least three frames.

    Boxes are in pixels of a frame of `width` by `height`, upright. `damaged` says that parts of
    the clip could not be decoded, and `frames` how many were looked at. This answer is kept, and of
    the clip and its frames nothing.
    """

    label: Label
    fake_probability: Probability
    reason: str
    seconds: Seconds
    width: int
    height: int
    frames: int
    damaged: bool
    scenes: tuple[Scene, ...]
    tracks: tuple[Track, ...]
    timeline: tuple[Moment, ...]
    model: ModelFacts
    checked_at: datetime


class VideoState(StrEnum):
    """How far a clip has come. The last three are for good."""

    WAITING = "waiting"
    FETCHING = "fetching"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class VideoCheck(Part):
    """The check of one clip. `progress` is 0-1; `problem` says why it failed."""

    id: str
    state: VideoState
    progress: Probability = 0.0
    frames: int = 0
    created_at: datetime
    verdict: VideoVerdict | None = None
    problem: Problem | None = None


class VideoNews(Part):
    """What an event says: how far the check is, and the frames looked at since the last one."""

    check: VideoCheck
    moments: tuple[Moment, ...] = ()
