"""Where the browsers are, and how Chromium is started so that it keeps to this machine."""

from __future__ import annotations

import os
import shutil

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """Named by CANDOR_CHROMIUM, or on the PATH."""
    return os.environ.get("CANDOR_CHROMIUM") or shutil.which("chromium")


def firefox() -> str | None:
    """Named by CANDOR_FIREFOX, or on the PATH."""
    named = os.environ.get("CANDOR_FIREFOX")
    return named or shutil.which("firefox-esr") or shutil.which("firefox")
