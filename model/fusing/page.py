"""What was found of an ensemble, in Markdown: for the terminal, and for ensemble.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from model.cards import ExpertName
from model.decision import Ensemble, Fusion
from model.fusing.bounds import Exit, Widening
from model.fusing.fit import FOLDS
from model.fusing.gains import Gain
from model.weights import Registry


@dataclass(frozen=True)
class Found:
    """All that fusing found.

    Attributes:
        gains: Of every member, all of them together.
        kept: Numbers of those that stay, by expert.
        ensemble, fusion: For registry.toml.
        widenings: That were tried; none where one member each stays.
    """

    gains: Sequence[Gain]
    kept: Mapping[ExpertName, tuple[int, ...]]
    ensemble: Ensemble
    fusion: Fusion
    widenings: Sequence[Widening]
    exit: Exit | None


def markdown(
    found: Found, registry: Registry, prices: Mapping[str, float], pictures: int
) -> Iterator[str]:
    """The whole page."""
    limits = registry.thresholds
    yield from (
        "# What each member of an expert adds",
        "",
        f"Of `candor fuse`, on {pictures} pictures. Every verdict comes from a stack that was "
        f"fitted on the groups of the other {FOLDS - 1} of {FOLDS} parts. AUC is that of the "
        "verdict, on the pictures that the expert is for; intervals are 95 %, resampled by group. "
        "Wrong: share of errors among the surest pictures, as many as the thresholds "
        f"({limits.real_below:g}, {limits.fake_from:g}) answer with all members.",
        "",
        "| member | of | alone | without it | it adds | wrong | wrong without it "
        "| core ms a square | stays |",
        "|---|---|---|---|---|---|---|---|---|",
    )
    for one in found.gains:
        name = registry.members[one.expert][one.number]
        gain = f"{one.gain.value:+.3f} ({one.gain.low:+.3f} to {one.gain.high:+.3f})"
        stays = "yes" if one.number in found.kept[one.expert] else "no"
        yield (
            f"| `{name}` | {one.expert} | {one.alone:.3f} | {one.without:.3f} | {gain} "
            f"| {one.wrong:.3f} | {one.wrong_without:.3f} | {prices[name]:.1f} | {stays} |"
        )
    yield from ("", *_widening(found), *_exit(found))


def _widening(found: Found) -> Iterator[str]:
    if not found.widenings:
        yield from ("One member of each expert stays: there is nothing to fuse.", "")
        return
    yield from (
        "## Disagreement",
        "",
        "Thresholds move apart by a factor times how far apart the verdicts would be, in log-odds, "
        "if each member alone spoke for its expert. Alike: errors among as many pictures as are "
        "answered at 0. A factor is taken where that is fewer beyond chance.",
        "",
        "| factor | answered | wrong | wrong, alike | taken |",
        "|---|---|---|---|---|",
    )
    for one in found.widenings:
        taken = "yes" if one.factor == found.ensemble.widening else ""
        yield (
            f"| {one.factor:g} | {one.answered:.3f} | {one.wrong:.4f} | {one.wrong_alike:.4f} "
            f"| {taken} |"
        )
    yield ""


def _exit(found: Found) -> Iterator[str]:
    if found.exit is None:
        return
    bounds = found.exit.bounds
    yield from (
        "## Where the first members settle a picture",
        "",
        f"Below {bounds.real_below:.4f} and from {bounds.fake_from:.4f} on, the others are not "
        f"asked. That settles {100 * found.exit.settled:.1f} % of the pictures, which spares "
        "the other members' work on them; all members "
        f"would call {100 * found.exit.agreed:.2f} % of these the same, with bounds fitted on "
        "other groups.",
        "",
    )
