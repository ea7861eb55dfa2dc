"""How a measurement is told: tables for people, and the same as JSON, with where and when."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

Column = str
FOLDER = Path("runs/bench")
FILE_WIDTH = 120


def write(
    name: str,
    tables: Sequence[tuple[str, Sequence[Column], Sequence[Sequence[object]]]],
    out: Path | None = None,
    notes: Sequence[str] = (),
) -> None:
    """Print tables, each a title, columns and rows; write them to `out`, or runs/bench/NAME.json.

    Floats are written in full and printed with three digits; None is printed as a dash.
    """
    circumstances = {**machine(), "at": datetime.now(UTC).isoformat(timespec="seconds")}
    console = Console()
    if not console.is_terminal:
        console = Console(width=FILE_WIDTH)
    for title, columns, rows in tables:
        table = Table(*columns, title=title, title_justify="left")
        for row in rows:
            table.add_row(*map(_printed, row))
        console.print(table)
    for line in (*notes, ", ".join(f"{key} {value}" for key, value in circumstances.items())):
        console.print(line, highlight=False)
    out = out or FOLDER / f"{name}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    told = [
        {"title": title, "columns": list(columns), "rows": [list(row) for row in rows]}
        for title, columns, rows in tables
    ]
    report = {"name": name, **circumstances, "tables": told, "notes": list(notes)}
    out.write_text(json.dumps(report, indent=1) + "\n")
    console.print(f"Written to {out}", highlight=False)


def machine() -> dict[str, Any]:
    """What the numbers depend on, the other load of the last minute included."""
    return {
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "load": round(os.getloadavg()[0], 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "commit": _commit(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _printed(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:#.3g}".rstrip(".") if abs(value) < 999.5 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
