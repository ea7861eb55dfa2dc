"""What can be tested on this processor alone."""

from __future__ import annotations

import pytest
import torch

needs_bfloat16 = pytest.mark.skipif(
    not torch.backends.cpu.get_cpu_capability().startswith("AVX512"),
    reason="without AVX512 oneDNN has no bfloat16, and the service computes in float32",
)
