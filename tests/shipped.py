"""The shipped weights, and copies that a test may change."""

from __future__ import annotations

import shutil
from pathlib import Path

from api.settings import Settings

SHIPPED = Settings().weights_dir


def shipped_weights(into: Path) -> Path:
    """A folder with the registry and all weights that ship."""
    copied = into / "weights"
    copied.mkdir()
    for path in (SHIPPED / "registry.toml", *SHIPPED.glob("*.safetensors")):
        shutil.copy(path, copied)
    return copied
