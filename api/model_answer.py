"""What is told of the model that serves and of the one that listens."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.verdict import Label, ModelFacts, Part

Difference = Annotated[float, Field(ge=-1, le=1)]


class Reloaded(Part):
    """`changed` is false where the folder holds what served before."""

    model: ModelFacts
    changed: bool


class LabelPair(Part):
    """How many pictures the serving model gave one label and the shadow the other."""

    serving: Label
    shadow: Label
    pictures: int


class ShadowReport(Part):
    """Two models on the same pictures, in this process, since the serving one took over.

    Differences are the shadow's fake probability less the serving model's; null before the first
    picture. `passed_over` came while the shadow was busy.
    """

    serving: ModelFacts
    shadow: ModelFacts
    pictures: int
    passed_over: int
    failed: int
    labels: list[LabelPair]
    mean_difference: Difference | None
    mean_absolute_difference: Difference | None
    largest_difference: Difference | None
