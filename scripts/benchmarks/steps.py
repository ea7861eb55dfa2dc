"""`scripts/bench steps`: where the time of one fresh picture goes, by step and by size.

Each step by itself on one core, in milliseconds of that core, which other load on the machine
hardly moves; their sum is what one picture costs, and cores over the sum is the most that a machine
can do. HTTP is measured by `service`.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click
import torch

from api import imaging
from api.fingerprint import digest_bytes, digest_pixels, pdq_of
from api.provenance.claims import claims_of
from api.settings import Settings
from api.store import store_for
from api.verdict import Box
from api.witness import Witness
from benchmarks.photographs import jpeg, photograph
from benchmarks.report import write
from model import Detector, Scores
from model.shrinking import reduced

MEGAPIXELS = (0.25, 1.0, 4.0, 12.0)
ROUNDS = 7
BATCH = 8


@click.command()
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path))
def steps(out: Path | None) -> None:
    """Core milliseconds of each step of a fresh picture, by megapixels."""
    torch.set_num_threads(1)
    detector = Detector.load(Settings().weights_dir)
    columns = [_column(detector, size) for size in MEGAPIXELS]
    rows: list[list[object]] = [
        [name, *(column[name] for column in columns)] for name in columns[0]
    ]
    rows.append(["together", *(sum(column.values()) for column in columns)])
    heads = ("step", *(f"{size:g} MP" for size in MEGAPIXELS))
    write("steps", [("Core milliseconds a picture, one face", heads, rows)], out)


def _column(detector: Detector, megapixels: float) -> dict[str, float]:
    content = jpeg(photograph(1, megapixels))
    picture = imaging.decode(content, max_pixels=10**9, min_side=1)
    pixels, small = picture.pixels, picture.small
    prepared = detector.prepare(pixels, small)
    [scores] = detector.judge([prepared])
    boxes = [_box(scores, index) for index in range(len(scores.faces))]
    return {
        "digest of the bytes": cost(lambda: digest_bytes(content)),
        "lookup": _lookup(digest_bytes(content)),
        "decode": cost(lambda: imaging.decode(content, max_pixels=10**9, min_side=1)),
        "digest of the pixels": cost(lambda: digest_pixels(pixels)),
        "smaller copy": cost(lambda: reduced(pixels)),
        "PDQ": cost(lambda: pdq_of(small)),
        "faces and squares": cost(lambda: detector.prepare(pixels, small)),
        f"experts, {BATCH} at once": cost(lambda: detector.judge([prepared] * BATCH)) / BATCH,
        "witness": cost(lambda: _packed(picture, boxes)),
        "provenance": cost(lambda: claims_of(content)),
    }


def cost(what: Callable[[], object]) -> float:
    """Median of the core's milliseconds that a call takes in this process."""
    what()
    taken = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        what()
        taken.append(time.process_time() - begun)
    return 1000 * statistics.median(taken)


def _lookup(digest: str) -> float:
    """Of what is not known, by its bytes, in an empty store."""

    async def looked() -> float:
        with tempfile.TemporaryDirectory() as folder:
            store = store_for(Settings(data_dir=Path(folder)))
            await store.open()
            begun = time.process_time()
            for _ in range(100):
                await store.by_bytes(digest, "model")
            taken = time.process_time() - begun
            await store.close()
        return 10 * taken

    return asyncio.run(looked())


def _packed(picture: imaging.Picture, boxes: list[Box]) -> bytes | None:
    witness = Witness.of(picture.pixels, boxes, picture.small)
    return witness and witness.pack()


def _box(scores: Scores, index: int) -> Box:
    face = scores.faces[index]
    return Box(left=face.left, top=face.top, width=face.width, height=face.height)
