"""What the C library does with freed memory. Only glibc can be told; elsewhere nothing happens.

It takes blocks above 32 MB from the system, gives each back when it is freed, and keeps all that is
smaller, for each thread in an arena of its own. Training wants the first otherwise, a service the
others.
"""

from __future__ import annotations

import ctypes
import sys

# Numbers of malloc.h.
TRIM_THRESHOLD, MMAP_MAX, ARENA_MAX = -1, -4, -8
MOST = 2**31 - 1


def keep() -> None:
    """Keep large blocks for the next to ask, from here on, for the whole process.

    The activations of a training step are such blocks, and the system clears every page of them
    anew: on two AVX2 cores a step of 34 pictures of 160 px took 1.8 s on one thread, and 1.4 s so.
    """
    if library := _glibc():
        library.mallopt(MMAP_MAX, 0)
        library.mallopt(TRIM_THRESHOLD, MOST)


def share() -> None:
    """Have all threads that begin from here on share two arenas.

    What one thread has freed then serves the others: a service that decodes, finds faces and scores
    on a thread each holds some 40 MB less.
    """
    if library := _glibc():
        library.mallopt(ARENA_MAX, 2)


def give_back() -> None:
    """Return to the system what is free now: after a rush of pictures, a fifth of a service."""
    if library := _glibc():
        library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    return library if hasattr(library, "malloc_trim") else None
