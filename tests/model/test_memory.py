"""What the C library is told about memory, seen in processes of their own."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

ARENAS = """
import ctypes, os, re, tempfile, threading
from model import memory
{before}
here = threading.Barrier(7)
def take():
    ctypes.CDLL(None).malloc(1000)
    here.wait()
    here.wait()
threads = [threading.Thread(target=take) for _ in range(6)]
for thread in threads:
    thread.start()
here.wait()
library = ctypes.CDLL(None)
library.fopen.restype = ctypes.c_void_p
with tempfile.NamedTemporaryFile() as told:
    stream = ctypes.c_void_p(library.fopen(told.name.encode(), b"w"))
    library.malloc_info(0, stream)
    library.fclose(stream)
    print(len(re.findall("<heap nr=", told.read().decode())))
here.wait()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
def test_threads_share_two_arenas() -> None:
    assert arenas("") > 2
    assert arenas("memory.share()") == 2


def arenas(before: str) -> int:
    """Arenas of a process with seven threads."""
    code = ARENAS.format(before=before)
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(told.stdout)
