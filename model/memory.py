"""What the C library does with freed memory. Only glibc can be told; elsewhere nothing happens.

It takes blocks above 32 MB from the system, gives each back when it is freed, and keeps all that is
smaller. Training wants the first otherwise, a service the second.
"""

from __future__ import annotations

import ctypes
import sys

# Numbers of malloc.h.
TRIM_THRESHOLD, MMAP_MAX = -1, -4
MOST = 2**31 - 1


def keep() -> None:
    """Keep large blocks for the next to ask, from here on, for the whole process.

    The activations of a training step are such blocks, and the system clears every page of them
    anew: on two AVX2 cores a step of 34 pictures of 160 px took 1.8 s on one thread, and 1.4 s so.
    """
    if library := _glibc():
        library.mallopt(MMAP_MAX, 0)
        library.mallopt(TRIM_THRESHOLD, MOST)


def give_back() -> None:
    """Return to the system what is free now: after a rush of pictures, a fifth of a service."""
    if library := _glibc():
        library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    return library if hasattr(library, "malloc_trim") else None
