"""Standard streams of a long-running process, which must survive the loss of its terminal, pipe or disk.

A terminal is closed, the other end of a pipe ends, a disk is full, or a program that starts this one closed them. None of this
may end a running system. Must not go here: what is printed; log files (``supervisor/log_writer.py``).
"""

import os
import sys
from collections.abc import Callable
from contextlib import suppress


def open_closed_streams() -> None:
    """Open the null device in place of each standard stream that is closed.

    Otherwise the next file that is opened, such as the database, gets the number of that stream, and what some process
    prints is written into it.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # gets the lowest number that is free
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for as long as the process lives
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115


def flush_streams() -> None:
    """Write what is printed already, as far as that is possible."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, AttributeError, ValueError):  # nobody reads it, there is none, or it is closed
            stream.flush()


def if_possible(say: Callable[[str], None]) -> Callable[[str], None]:
    """``say``, which loses the line where nobody can read it."""

    def say_if_possible(line: str) -> None:
        with suppress(OSError):
            say(line)

    return say_if_possible
