"""The end of a process with that of its parent. Must not go here: ends on purpose (``supervisor/shutdown.py``)."""

import ctypes
import signal
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
"""From ``linux/prctl.h``: the signal that the kernel sends to a child when its parent dies."""


def end_with_parent(number: signal.Signals = signal.SIGTERM) -> bool:
    """Let the kernel send this signal to this process when its parent dies. Returns whether the kernel supports it."""
    libc = ctypes.CDLL(None)
    return hasattr(libc, "prctl") and libc.prctl(_PR_SET_PDEATHSIG, number) == 0
