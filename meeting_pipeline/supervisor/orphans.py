"""Processes of this home without a supervisor: orphans of a killed daemon, zombies in a container.

They are recognised by their environment: ``up`` names the home and the log in what it passes to its children, and children
pass it on. On Linux ``up`` adopts the orphans of its children, so that they stay in its process tree and are reaped.
Must not go here: the children themselves (``processes.py``), when to stop (``supervisor.py``).
"""

import contextlib
import ctypes
import logging
import os
from collections.abc import Collection
from pathlib import Path
from typing import Final

import psutil

from meeting_pipeline.foundation.logs import PROCESS_VARIABLE

_log = logging.getLogger(__name__)
_PR_SET_CHILD_SUBREAPER: Final = 36
"""From ``linux/prctl.h``: orphans below this process become its children instead of those of process 1."""
_WORKERS: Final = ("meeting_pipeline.launching.server", "multiprocessing")
"""Words in the command lines of processes that work on recordings: they outlive a killed `up`, and hold leases."""
_END_S: Final = 5.0
"""From the signal to end until it is killed."""


def adopt_orphans() -> bool:
    """Adopt the orphans that children of this process leave behind. Returns whether the kernel supports it."""
    libc = ctypes.CDLL(None)
    return hasattr(libc, "prctl") and libc.prctl(_PR_SET_CHILD_SUBREAPER, 1) == 0


def collect_ends(ours: Collection[int]) -> None:
    """Reap adopted children, so that they do not stay zombies. ``ours``: reaped by their starters."""
    if not hasattr(os, "waitid"):  # macOS before Python 3.13; nothing is adopted there
        return
    for pid in _dead_children():
        if pid not in ours:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def _dead_children() -> list[int]:
    try:
        first = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return []
    if first is None:  # the common case, for the price of one call
        return []
    found = []
    with contextlib.suppress(OSError):  # no descriptor is left on the machine: they are collected later
        for child in psutil.Process().children():
            with contextlib.suppress(psutil.Error):
                if child.status() == psutil.STATUS_ZOMBIE:
                    found.append(child.pid)
    return found


def of_home(dagster_home: Path) -> list[psutil.Process]:
    """All processes that an ``up`` of this home started, directly or indirectly, except this one."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            environment = process.environ() if process.pid != os.getpid() else {}
            if environment.get("DAGSTER_HOME") == str(dagster_home) and PROCESS_VARIABLE in environment:
                found.append(process)
    return found


def end_left_services(dagster_home: Path, *, workers_too: bool = False) -> None:
    """End processes that a killed ``up`` of this home left, except its workers: their leases are valid, and they continue.

    ``workers_too``: end them as well; other runs take over what they worked on.

    The caller owns the home. Processes that were signalled when that ``up`` died have had time to end; a frozen one never
    handled the signal.
    """
    left = []
    for process in of_home(dagster_home):
        with contextlib.suppress(psutil.Error):
            if workers_too or not any(word in part for part in process.cmdline() for word in _WORKERS):
                process.terminate()
                left.append(process)
    _, lasting = psutil.wait_procs(left, timeout=_END_S)
    for process in lasting:
        _log.warning("process %d of an earlier, killed system did not end and was killed", process.pid)
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(lasting, timeout=_END_S)
