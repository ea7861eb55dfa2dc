"""`candor calibrate`: fusion and thresholds fitted to what serves, and put into registry.toml."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from model import registry
from model.detector import Detector
from model.evaluation import clips, figures, robustness
from model.evaluation.command import scored
from model.evaluation.scoring import chosen
from model.train.manifest import ManifestError
from model.weights import WeightsError


def run(data: Sequence[Path], folder: Path, *, split: str) -> None:
    """Score pictures as they are and degraded, choose, and write. Clips are passed over.

    Args:
        data: Manifests, or the folders that hold them.
        folder: With registry.toml.
        split: Of the manifests. What is measured on in the end should not be the same.
    """
    console = Console()
    try:
        entries = [e for e in chosen(data, split) if not clips.is_clip(e.path)]
        detector = Detector.load(folder)
        plain, _ = scored(detector, entries, "scoring", console)
        read = [record.entry for record in plain]
        again, _ = scored(detector, read, "degraded", console, robustness.degraded)
        suggestion = figures.suggest([*plain, *again], detector.fusion)
        if suggestion is None:
            raise click.ClickException(
                f"Both real and fake pictures are needed in the split {split!r}."
            )
        registry.retune(folder, suggestion.fusion, suggestion.thresholds)
    except (ManifestError, WeightsError) as error:
        raise click.ClickException(str(error)) from error
    limits = suggestion.thresholds
    console.print(
        f"Real below {limits.real_below:.3f}, fake from {limits.fake_from:.3f}, chosen on "
        f"{len(read)} pictures as they are and degraded: at most {figures.FALSE_ALARMS:.0%} of the "
        f"worst source of reals is called fake, and {figures.MISSES:.0%} of fakes real. On these "
        "very pictures, that is; expect more elsewhere.",
        highlight=False,
    )
    console.print(f"Wrote {folder / 'registry.toml'}.", markup=False, soft_wrap=True)
