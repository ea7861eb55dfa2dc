"""A card as Markdown, for people: what `candor train` writes beside the weights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from model.backbone import SCALES
from model.weights import Card, Figure

JUDGES = {
    "face": "faces: swapped, re-enacted, edited or generated",
    "whole": "whole pictures: made by an image generator or not, whether they show a face or not",
}
INPUTS = {"rgb": "", "frequency": ", by the frequencies of their luminance"}
SAMPLE = "AUC, sample as it is"
"""The figure that those of robustness stand beside, and the first of them."""
FREE = frozenset({"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "MIT"})
"""Licences that leave no question. Whatever else a source states may have conditions."""


def markdown(card: Card) -> str:
    """The whole card."""
    calibration = card.calibration
    return "\n".join(
        (
            f"# {card.name}",
            "",
            f"Judges {JUDGES[card.expert]}{INPUTS[card.input]}. {_network(card)}, which reads "
            f"squares of {card.side} pixels, made {card.made_at:%Y-%m-%d}; "
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
