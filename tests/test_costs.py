"""What a picture costs, in measures that a slow or busy machine does not move.

Calls, passes over memory, queries and ratios of processor time taken in turn; never seconds. Who
makes something dearer on purpose raises the number here and says why.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from remembered import opened
from torch.utils._python_dispatch import TorchDispatchMode

from api import imaging
from api.app import fetcher_for
from api.moderation import Moderator, Upload
from api.settings import Settings
from api.store.sqlite import file as sqlite_file
from api.verdict import CacheStatus
from model import Detector, weights
from model.inference import ready_to_serve
from model.network import HybridAttentionNet
from model.onednn import best_dtype

from engines import GatedEngine
from pictures import encoded, noise, portrait

SHIPPED = Settings().weights_dir
SQUARES = torch.randn(8, 3, 224, 224, generator=torch.Generator().manual_seed(0)).to(
    memory_format=torch.channels_last
)
ROUNDS = 15
MATRIX = 1024


class Operations(TorchDispatchMode):
    """Counts what torch is asked to do, and the bytes that it writes doing it."""

    def __init__(self) -> None:
        super().__init__()
        self.counted: Counter[str] = Counter()
        self.written = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> object:
        out = func(*args, **(kwargs or {}))
        self.counted[func.overloadpacket.__name__] += 1
        seen = func._schema.returns[0].alias_info if func._schema.returns else None
        if isinstance(out, torch.Tensor) and (seen is None or seen.is_write):
            self.written += out.nbytes
        return out


@pytest.fixture(scope="module")
def trained() -> HybridAttentionNet:
    name = weights.Registry.read(SHIPPED).experts["face"]
    network, _ = weights.read(SHIPPED / f"{name}.safetensors")
    # One reading is measured; a mirrored one costs as much again.
    network.mirrored = False
    return network.to(memory_format=torch.channels_last)


def least(what: Callable[[], object]) -> float:
    """Processor seconds of this thread, of the luckiest call."""
    begun = time.thread_time()
    what()
    return time.thread_time() - begun


def test_the_serving_network_clips_as_it_convolves_and_copies_nothing_to_pad(
    trained: HybridAttentionNet,
) -> None:
    network = ready_to_serve(trained, torch.float32)
    with torch.no_grad(), Operations() as first:
        network(SQUARES)
    with torch.no_grad(), Operations() as operations:
        network(SQUARES)
    with torch.no_grad(), Operations() as as_trained:
        trained(SQUARES)

    assert first.counted["_reorder_convolution_weight"] == 49
    assert operations.counted["_reorder_convolution_weight"] == 0
    assert operations.counted["_convolution_pointwise"] == 49
    assert operations.counted["constant_pad_nd"] == 0
    assert operations.counted["hardtanh"] + operations.counted["hardtanh_"] == 0
    assert sum(operations.counted.values()) < 110
    assert operations.written < 0.5 * as_trained.written


def test_pictures_per_second_of_matrix_product_stay(trained: HybridAttentionNet) -> None:
    """A share of what the machine multiplies at best, so that its speed cancels out."""
    dtype = best_dtype()
    network = ready_to_serve(trained, dtype)
    factors = [torch.randn(MATRIX, MATRIX).to(dtype) for _ in range(2)]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            turns = [
                (
                    least(lambda: network(SQUARES)),
                    least(lambda: [factors[0] @ factors[1] for _ in range(8)]),
                )
                for _ in range(ROUNDS)
            ]
    finally:
        torch.set_num_threads(threads)
    serving, product = (min(times) for times in zip(*turns, strict=True))

    # Eight products take 17 GFLOP, eight squares 6.5. Seen are 0.60 to 0.89.
    assert serving / product < 1.2


def test_one_square_alone_costs_little_more_than_one_of_eight(trained: HybridAttentionNet) -> None:
    """Weights laid out for no size are laid out anew in each call, three times the cost."""
    network = ready_to_serve(trained)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            turns = [
                (least(lambda: network(SQUARES[:1])), least(lambda: network(SQUARES)) / 8)
                for _ in range(ROUNDS)
            ]
    finally:
        torch.set_num_threads(threads)
    alone, among = (min(times) for times in zip(*turns, strict=True))

    # Seen is 1.4 in float32.
    assert alone / among < 2.2


def test_a_portrait_is_two_squares_and_a_picture_without_a_face_five() -> None:
    detector = Detector.load(SHIPPED)

    face = detector.prepare(portrait())
    none = detector.prepare(noise(600, 600))

    assert [len(squares) for squares in face.face_squares.values()] == [1]
    assert [len(squares) for squares in none.face_squares.values()] == [0]
    assert len(none.views) == 5


async def test_a_picture_is_decoded_and_digested_once_and_remembered_with_few_queries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: Counter[str] = Counter()

    def counting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            counted[name] += 1
            return function(*args, **kwargs)

        return call

    monkeypatch.setattr(imaging, "decode", counting("decode", imaging.decode))
    monkeypatch.setattr(imaging, "digest_pixels", counting("digest", imaging.digest_pixels))
    for name in ("_read", "_look_up", "_transaction"):
        method = getattr(sqlite_file.SqliteFile, name)
        monkeypatch.setattr(sqlite_file.SqliteFile, name, counting(name, method))
    settings = Settings(data_dir=tmp_path)
    async with opened(tmp_path) as store:
        moderator = Moderator(fetcher_for(settings), GatedEngine(), store, settings)
        content = encoded(portrait(), "JPEG")
        counted.clear()
        await moderator.check(Upload(content))
        fresh = dict(counted)
        counted.clear()
        again = await moderator.check(Upload(content))

    assert fresh["decode"] == fresh["digest"] == 1
    assert fresh["_transaction"] == 1
    assert fresh["_read"] <= 1
    assert fresh["_look_up"] <= 4
    assert again.cache is CacheStatus.BYTES
    # What is known is answered without another thread: not for queries, nor for anything else.
    assert counted["decode"] == counted["_transaction"] == counted["_read"] == 0
    assert counted["_look_up"] <= 3


def test_preparing_a_picture_makes_no_copy_of_it() -> None:
    """numpy tells tracemalloc of every array. The largest is the canvas of the face finder, 8 MB;
    a copy of the picture would be 13."""
    import tracemalloc

    detector = Detector.load(SHIPPED)
    pixels = np.ascontiguousarray(np.tile(portrait(), (4, 4, 1)))
    detector.prepare(pixels)
    tracemalloc.start()
    try:
        detector.prepare(pixels)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 12e6


def test_the_digest_is_kept_with_the_picture() -> None:
    picture = imaging.Picture(portrait(), "PNG", 1)

    assert picture.digest is picture.digest
    assert picture.digest != hashlib.sha256(portrait().tobytes()).hexdigest()


SERVED = """
import sys
from pathlib import Path
from api.app import create_app
from api.settings import Settings
from model import Detector, weights
create_app(Settings())
weights.check(Settings().weights_dir)
Detector.load(Settings().weights_dir)
heavy = {"matplotlib", "ray", "scipy", "sklearn", "sympy", "timm", "torchvision", "transformers"}
print(*sorted(heavy & sys.modules.keys()))
"""


def test_serving_loads_nothing_that_only_training_or_compiling_needs() -> None:
    """Each of these costs tens of megabytes and part of a second at every start."""
    loaded = subprocess.run([sys.executable, "-c", SERVED], capture_output=True, check=True)

    assert loaded.stdout.decode().split() == []
