"""`scripts/bench service`: how many pictures a second one service answers, and how soon.

The service and its clients are processes of their own, on one machine, so that the clients' share
of the cores is in the figures. Exact hits are one file that was checked before; near hits are
smaller saves of pictures that were; misses are pictures that nobody has seen. The flood sends
misses from twice as many clients as the queue holds, which come back when they are told to, and
counts how often one was refused, what was lost, and what was answered for another picture. Core ms
is what the service's own threads took, which other load hardly moves.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import httpx
import numpy as np
from PIL import Image
from rich.progress import track

from benchmarks.photographs import jpeg, photograph
from benchmarks.report import Column, write

SCRIPTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SCRIPTS.parent / "tests"))

CLIENTS = (1, 4, 16, 64)
COLUMNS: tuple[Column, ...] = (
    "what", "clients", "a second", "p50 ms", "p95 ms", "p99 ms", "core ms", "answers", "refused",
    "lost", "wrong",
)  # fmt: skip
KNOWN = 12
QUEUE = 64
LONGEST_S = 600
Row = list[object]


@click.command()
@click.option("--seconds", default=5.0, show_default=True, help="For each line of the table.")
@click.option("--misses", default=60, show_default=True, help="Unseen pictures for each line.")
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path))
def service(seconds: float, misses: int, out: Path | None) -> None:
    """Requests a second and latency of exact hits, near hits and misses, by clients."""
    from service import started_service

    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        files = _files(room, misses)
        begun = time.perf_counter()
        with started_service(room, near_rescored="0", queue_size=str(QUEUE)) as running:
            first = files["known"][0].read_bytes()
            _asked(running.address, first)
            start_s = time.perf_counter() - begun
            start_core_s = core_s(running.process.pid)
            for path in files["known"][1:]:
                _asked(running.address, path.read_bytes())
            pid = running.process.pid
            early = resident_mb(pid)
            rows = _rows(running.address, pid, room, seconds)
            late = resident_mb(pid)
    figures = [
        ["start to first verdict, s", start_s],
        ["of that, seconds of a core", start_core_s],
        ["resident memory after a few pictures, MB", early],
        ["resident memory after all of this, MB", late],
    ]
    write("service", [("Requests", COLUMNS, rows), ("The process", ("what", ""), figures)], out)


def _rows(address: str, pid: int, room: Path, seconds: float) -> list[Row]:
    def line(what: str, files: str, clients: int, seconds: float, *, repeat: bool) -> None:
        click.echo(f"{what}, {clients} clients ...", err=True)
        before = core_s(pid)
        told = asked_for(address, room / files, clients, seconds, repeat=repeat)
        rows.append(_row(what, clients, told, core_s(pid) - before))

    rows: list[Row] = []
    for clients in CLIENTS:
        line("exact hit", "exact", clients, seconds, repeat=True)
    for clients in CLIENTS:
        line("near hit", "near", clients, seconds, repeat=True)
    for clients in CLIENTS:
        line("miss", f"unseen-{clients}", clients, LONGEST_S, repeat=False)
    line("flood of misses", "flood", 2 * QUEUE, LONGEST_S, repeat=False)
    return rows


def _row(what: str, clients: int, told: dict[str, Any], cores_s: float) -> Row:
    took = np.array(told["seconds"]) * 1000
    percentiles = np.percentile(took, (50, 95, 99)) if len(took) else [None] * 3
    refused = told["statuses"].get("503", 0)
    answers = ", ".join(sorted({name.split()[0] for name in told["answered"]}))
    a_request = 1000 * cores_s / max(1, len(took))
    return [
        what, clients, len(took) / told["elapsed"], *percentiles, a_request, answers, refused,
        told["lost"], told["wrong"],
    ]  # fmt: skip


def asked_for(
    address: str,
    files: Path,
    clients: int,
    seconds: float,
    *,
    repeat: bool,
    path: str = "/v1/checks",
) -> dict[str, Any]:
    """What clients in another process saw; see `benchmarks.clients`."""
    order = files.with_suffix(".order.json")
    order.write_text(
        json.dumps(
            {
                "address": address,
                "path": path,
                "files": str(files),
                "clients": clients,
                "seconds": seconds,
                "repeat": repeat,
            }
        )
    )
    command = [sys.executable, "-m", "benchmarks.clients", str(order)]
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, cwd=SCRIPTS, check=False
    )
    if done.returncode:
        raise click.ClickException(f"The clients failed:\n{done.stderr}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def core_s(pid: int) -> float:
    """Time that the threads of a process have had a core, which other load hardly changes."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Memory of a process that is in use, in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def _files(room: Path, misses: int) -> dict[str, list[Path]]:
    seeds = iter(range(10_000_000))
    known = [photograph(next(seeds)) for _ in range(KNOWN)]
    written = {"known": [keep(room / "known", jpeg(pixels)) for pixels in known]}
    keep(room / "exact", written["known"][0].read_bytes())
    for pixels in known:
        small = Image.fromarray(pixels).resize((1120, 840), Image.Resampling.LANCZOS)
        keep(room / "near", jpeg(np.asarray(small), 80))
    piles = {f"unseen-{clients}": misses for clients in CLIENTS} | {"flood": 4 * QUEUE}
    for name, count in track(list(piles.items()), "drawing"):
        for _ in range(count):
            keep(room / name, jpeg(photograph(next(seeds))))
    return written


def keep(folder: Path, content: bytes) -> Path:
    """Write a file under the digest that a verdict on it tells."""
    folder.mkdir(exist_ok=True)
    path = folder / hashlib.sha256(content).hexdigest()
    path.write_bytes(content)
    return path


def _asked(address: str, content: bytes) -> None:
    headers = {"Content-Type": "image/jpeg"}
    httpx.post(
        f"{address}/v1/checks", content=content, headers=headers, timeout=60
    ).raise_for_status()
