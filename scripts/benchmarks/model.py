"""`scripts/bench model`: pictures a second through one expert, by batch and type of numbers.

Beside it, in the same minute, what this machine multiplies at best: the share of that peak holds on
a slower, a faster or a busy machine, where pictures a second do not. `trained` is the network as it
was trained, `serving` as `model.inference` makes it.
"""

from __future__ import annotations

import copy
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import click
import torch
from torch import nn

from api.settings import Settings
from benchmarks.report import write
from model import weights
from model.inference import InferenceNet
from model.onednn import best_dtype
from model.preparation import SIDE

BATCHES = (1, 2, 4, 8, 16)
MATRIX = 2048
FLOPS = 0.81e9
"""Of one square through EfficientNet-Lite0, a multiplication and an addition counted as two; the
attention adds less than a hundredth."""
ROUNDS = 9
Network = Callable[[torch.Tensor], object]


@click.command()
@click.option("--threads", default=0, help="Of torch; 0 takes all cores.")
@click.option("--compile", "compiled", is_flag=True, help="And torch.compile, with its start.")
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path))
def model(threads: int, compiled: bool, out: Path | None) -> None:
    """Pictures a second of one expert, and the share of this machine's own peak.

    In float32 and in what suits the processor, where that is another type.
    """
    if threads:
        torch.set_num_threads(threads)
    rows: list[list[object]] = []
    starts: list[list[object]] = []
    with torch.inference_mode():
        for dtype in dict.fromkeys((torch.float32, best_dtype())):
            for name, network, start_s in networks(dtype, compiled):
                for batch in BATCHES:
                    rate, peak = beside(network, batch, dtype)
                    share = f"{100 * rate * FLOPS / peak:.0f} %"
                    rows.append([name, str(dtype)[6:], batch, rate, peak / 1e9, share])
                starts.append([name, str(dtype)[6:], start_s])
    columns = ("network", "numbers", "batch", "pictures a second", "GEMM peak, GFLOP/s", "share")
    write(
        "model",
        [("Through one expert", columns, rows),
         ("Until the first answer", ("network", "numbers", "seconds"), starts)],
        out,
        [f"{torch.get_num_threads()} threads, squares of {SIDE} pixels, medians of {ROUNDS}."],
    )  # fmt: skip


def networks(dtype: torch.dtype, compiled: bool) -> list[tuple[str, Network, float]]:
    """Each with its name and what it took until its first answer."""
    folder = Settings().weights_dir
    name = weights.Registry.read(folder).experts["face"]
    trained, _ = weights.read(folder / f"{name}.safetensors")
    # Read once, as they are; mirrored too, every square would be two.
    trained.mirrored = False
    serving = copy.deepcopy(trained)
    as_trained = trained.to(dtype, memory_format=torch.channels_last)
    made: dict[str, Callable[[], Network]] = {
        "trained": lambda: as_trained,
        "serving": lambda: InferenceNet(serving, dtype),
    }
    if compiled:
        made["compiled"] = lambda: _compiled(as_trained)
    found = []
    for label, make in made.items():
        begun = time.perf_counter()
        network = make()
        network(squares(1, dtype))
        found.append((label, network, time.perf_counter() - begun))
    return found


def beside(network: Network, batch: int, dtype: torch.dtype) -> tuple[float, float]:
    """Pictures a second, and multiplications and additions a second of a large product, in turn."""
    pixels = squares(batch, dtype)
    factors = [torch.randn(MATRIX, MATRIX).to(dtype) for _ in range(2)]
    network(pixels)
    through, multiplying = [], []
    for _ in range(ROUNDS):
        through.append(seconds(lambda: network(pixels)))
        multiplying.append(seconds(lambda: factors[0] @ factors[1]))
    return batch / statistics.median(through), 2 * MATRIX**3 / statistics.median(multiplying)


def squares(batch: int, dtype: torch.dtype) -> torch.Tensor:
    """Noise as the network reads it."""
    pixels = torch.randn(batch, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    return pixels.to(dtype, memory_format=torch.channels_last)


def seconds(what: Callable[[], object]) -> float:
    """Of one call."""
    begun = time.perf_counter()
    what()
    return time.perf_counter() - begun


def _compiled(network: nn.Module) -> Network:
    made: Network = torch.compile(network)
    return made
