"""Convolutions as they serve, also when several threads are the first to call one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import torch
from torch import Tensor, nn

from model.onednn import FusedConvolution, available

THREADS = 8
FIRSTS = 100
"""Convolutions that all threads call first, since one may be lucky."""


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns after every few steps."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("hasty")
@pytest.mark.skipif(not available(), reason="this build of torch has no oneDNN")
def test_threads_that_call_it_first_at_once_get_the_same() -> None:
    features = torch.rand(1, 32, 8, 8).contiguous(memory_format=torch.channels_last)
    layer = nn.Conv2d(32, 32, 3, padding=1)
    with torch.inference_mode():
        wanted = layer(features)
    start = Barrier(THREADS)

    def first(fused: FusedConvolution) -> Tensor:
        start.wait()
        with torch.inference_mode():
            out: Tensor = fused(features)
            return out

    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(FIRSTS):
            fused = FusedConvolution(layer, torch.float32, None)
            for got in pool.map(first, [fused] * THREADS):
                torch.testing.assert_close(got, wanted, atol=1e-4, rtol=1e-4)
