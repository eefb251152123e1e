"""Inspect processes that may end at any time. Must not go here: starting and stopping them."""

from __future__ import annotations

import signal
from pathlib import Path

import psutil

_KILLED = 1 << (signal.SIGKILL - 1)


def words_of(process: psutil.Process) -> list[str]:
    """The words of its command line; empty if it has ended or is a zombie."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def is_zombie(process: psutil.Process) -> bool:
    """Whether it has ended and waits to be reaped."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def has_ended(process: psutil.Process) -> bool:
    """Whether it has ended, reaped or not."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # between the two looks
        return True


def is_ending(process: psutil.Process) -> bool:
    """Whether it runs none of its own code any more: it has ended, or the kernel is about to end it.

    A busy machine may need a while to end a process that was killed.
    """
    if has_ended(process):
        return True
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except OSError:  # it ended in between, or this system has no such files
        return has_ended(process)
    return runs_no_more(status)


def runs_no_more(status: str) -> bool:
    """Whether the process with this ``/proc/PID/status`` has SIGKILL pending, has given back its memory, or is dead."""
    found = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    pending = int(found.get("SigPnd", "0"), 16) | int(found.get("ShdPnd", "0"), 16)
    return found["State"].split()[0] in ("X", "Z") or "VmSize" not in found or bool(pending & _KILLED)
