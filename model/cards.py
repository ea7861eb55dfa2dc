"""The card of weights: what they say of themselves, and the same as Markdown for people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from model.backbone import SCALES
from model.decision import Calibration, Part, Thresholds
from model.preparation import LARGEST_SIDE, SIDE, Input

ExpertName = Literal["face", "whole"]

JUDGES = {
    "face": "faces: swapped, re-enacted, edited or generated",
    "whole": "whole pictures: made by an image generator or not, whether they show a face or not",
}
INPUTS = {"rgb": "", "frequency": ", by the frequencies of their luminance"}
SAMPLE = "AUC, sample as it is"
"""The figure that those of robustness stand beside, and the first of them."""
FREE = frozenset({"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "MIT"})
"""Licences that leave no question. Whatever else a source states may have conditions."""


class Source(Part):
    """Training pictures of one kind, and what their licence says."""

    kind: str
    label: str
    licence: str
    pictures: int


class Figure(Part):
    """One measured number with its 95 % bootstrap interval, resampled by group."""

    name: str
    value: float
    low: float
    high: float
    pictures: int


class Card(Part):
    """What weights are, what they learned from, and how well they do on validation pictures.

    Attributes:
        backbone: Of the network; a name of its own where that is not `HybridAttentionNet`.
        side: Of the squares that it reads, in pixels.
        locates, mirrored: As `HybridAttentionNet` takes them.
        config: Of the run that made them.
    """

    name: str
    expert: ExpertName
    backbone: Annotated[str, Field(pattern="^[a-z0-9_]{1,64}$")]
    input: Input = "rgb"
    side: Annotated[int, Field(multiple_of=32, gt=0, le=LARGEST_SIDE)] = SIDE
    locates: bool = False
    mirrored: bool = False
    preparation: str
    calibration: Calibration
    thresholds: Thresholds
    made_at: datetime
    config: dict[str, Any] = Field(default_factory=dict)
    manifest_sha256: str = ""
    sources: tuple[Source, ...] = ()
    figures: tuple[Figure, ...] = ()

    @model_validator(mode="after")
    def _reads_what_it_gets(self) -> Card:
        if self.expert == "whole" and self.side != SIDE:
            raise ValueError(f"side is {self.side}, and whole pictures are read in {SIDE} pixels")
        return self


def markdown(card: Card) -> str:
    """The whole card."""
    calibration = card.calibration
    return "\n".join(
        (
            f"# {card.name}",
            "",
            f"Judges {JUDGES[card.expert]}{INPUTS[card.input]}. {_network(card)}, which reads "
            f"squares of {card.side} pixels{_reading(card)}, made {card.made_at:%Y-%m-%d}; "
            f"the run is `{card.name}.toml`. One logit; its calibrated "
            f"probability of `fake` is sigmoid(logit / {calibration.temperature:.3f} "
            f"{calibration.bias:+.3f}). By itself it would call a picture fake from "
            f"{card.thresholds.fake_from:.3f} on, where at most 5 % of the worst source of real "
            f"pictures is, and real below {card.thresholds.real_below:.3f}, where 10 % of the "
            "fakes are, degraded ones included.",
            "",
            "## Validation",
            "",
            "On the validation split of the same collection: other people, videos and pictures, "
            "but mostly the same sources, so expect less on sources it has never seen. Intervals "
            "are 95 %, resampled by group. Degraded: shrunk to .5-1, saved at JPEG 40-90.",
            "",
            *_tables(card.figures),
            "## Training pictures and what their licences allow",
            "",
            "The code of Candor is MIT. These weights learned from pictures many of which may be "
            "used for research only, or whose licence nobody stated: until somebody clears that "
            "for their own case, take the weights as research material. No picture is part of "
            f"them. SHA-256 of the manifest: `{card.manifest_sha256}`.",
            "",
            "| licence | free use is clear | pictures | kinds |",
            "|---|---|---|---|",
            *_licence_rows(card),
            "",
        )
    )


def _network(card: Card) -> str:
    ours = card.backbone in SCALES
    return f"HybridAttentionNet on {card.backbone}" if ours else f"A network called {card.backbone}"


def _reading(card: Card) -> str:
    asked = ", asks of every place whether it was forged" if card.locates else ""
    return f", as they are and mirrored{asked}" if card.mirrored else asked


def _tables(figures: Sequence[Figure]) -> Iterator[str]:
    names = [figure.name for figure in figures]
    sampled = names.index(SAMPLE) if SAMPLE in names else len(names)
    rates = [f for f in figures[:sampled] if f.name.startswith(("false alarms", "recall"))]
    ranking = [f for f in figures[:sampled] if f not in rates]
    for title, rows in (
        ("", ranking),
        ("At its own threshold", rates),
        ("The same pictures after what the web does", figures[sampled:]),
    ):
        if rows:
            yield from (f"### {title}", "") if title else ()
            yield "| figure | value | 95 % interval | pictures |"
            yield "|---|---|---|---|"
            yield from (_figure_row(figure) for figure in rows)
            yield ""


def _figure_row(figure: Figure) -> str:
    interval = f"{figure.low:.3f}-{figure.high:.3f}"
    return f"| {figure.name} | {figure.value:.3f} | {interval} | {figure.pictures} |"


def _licence_rows(card: Card) -> list[str]:
    pictures: defaultdict[str, int] = defaultdict(int)
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for source in card.sources:
        pictures[source.licence] += source.pictures
        kinds[source.licence].add(source.kind)
    rows = []
    for licence in sorted(pictures, key=lambda name: -pictures[name]):
        free = "yes" if licence in FREE else "no"
        names = ", ".join(sorted(kinds[licence]))
        rows.append(f"| {licence} | {free} | {pictures[licence]} | {names} |")
    return rows
