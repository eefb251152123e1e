"""Prepares the memory of a process before it is forked, so that its forks share as much of it as possible.

A fork shares every page of memory with its parent until one of them writes to it. After all imports, Python's memory is full of
holes: a fork's new objects go there, between permanent objects, and each such page is copied. So the holes are filled first, and
forks begin with new pages. This takes no extra memory, because the pages exist already.
Must not go here: what is loaded before, and who forks.
"""

import ctypes
import gc
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

_POOLS: Final = re.compile(r"^ +\d+ +(?P<size>\d+) +\d+ +\d+ +(?P<free>\d+)$", re.MULTILINE)
"""A line of ``sys._debugmallocstats``: class, size of its blocks, pools, blocks in use, free blocks in these pools."""


def prepare_for_forks() -> None:
    """Collect garbage, keep the collector from touching what is alive now, and fill holes. Everything alive stays forever."""
    gc.collect()
    gc.freeze()
    _fill_pools()


def _fill_pools() -> None:
    """Take every free block of the pools from which Python allocates small objects, and never give it back."""
    allocate = ctypes.pythonapi.PyObject_Malloc
    allocate.argtypes, allocate.restype = [ctypes.c_size_t], ctypes.c_void_p
    for size, free in list(_free_blocks()):
        for _ in range(free):
            allocate(size)


def _free_blocks() -> Iterator[tuple[int, int]]:
    """Size and number of the free blocks. Python writes them to its standard error, in C, and has no other way to tell."""
    print_statistics = getattr(sys, "_debugmallocstats", None)
    if print_statistics is None:
        return
    sys.stderr.flush()
    with tempfile.TemporaryFile() as file:
        kept = os.dup(2)
        try:
            os.dup2(file.fileno(), 2)
            print_statistics()
        finally:
            os.dup2(kept, 2)
            os.close(kept)
        file.seek(0)
        text = file.read().decode("ascii", errors="replace")
    for line in _POOLS.finditer(text):
        with suppress(ValueError):
            yield int(line["size"]), int(line["free"])
