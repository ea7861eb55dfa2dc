"""What goes wrong with weights."""

from __future__ import annotations


class WeightsError(RuntimeError):
    """Weights that cannot be used; the message names the file or the class, and the way out."""
