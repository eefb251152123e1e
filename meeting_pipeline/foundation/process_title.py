"""What the operating system shows of a process that was forked without starting a program: its own command and environment.

`ps`, `systemctl status`, our recovery of leftover processes and `doctor` read both from the memory where the kernel put those of
the parent. The usual library (setproctitle) writes one word there and erases the environment, by which leftover processes are
recognised. Linux only; elsewhere the parent's command is shown, and nothing else depends on it.
Must not go here: what the environment contains.
"""

import ctypes
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

_ARGUMENTS_START: Final = 45
"""Position in ``/proc/self/stat`` after the name of the program: ``arg_start``, ``arg_end``, ``env_start`` and ``env_end`` of
proc(5), which counts from 1 and includes the process id and the name."""


def show_as(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Replace the environment of this process, and show this command and this environment to others.

    What is longer than the parent's is cut off where it is shown; ``os.environ`` is always complete. The first word of the
    command must be the parent's.
    """
    # First: the C library's variables must no longer point into the memory that is written below.
    os.environ.clear()
    os.environ.update(environment)
    with suppress(OSError, ValueError, IndexError):
        stat = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace")
        fields = stat.rpartition(")")[2].split()
        start, end, environment_start, environment_end = map(int, fields[_ARGUMENTS_START : _ARGUMENTS_START + 4])
        _write(start, end, command)
        _write(environment_start, environment_end, [f"{name}={value}" for name, value in environment.items()])


def _write(start: int, end: int, words: Sequence[str]) -> None:
    size = end - start
    if size <= 0:
        return
    text = b"".join(os.fsencode(word) + b"\0" for word in words)
    # The last byte stays zero: otherwise the kernel takes the command for one that ran on into the environment.
    ctypes.memmove(start, text[: size - 1].ljust(size, b"\0"), size)
