"""Ends the processes of a running system: the children, everything they started, and their orphans.

Must not go here: which processes there are, and other steps of stopping (``supervisor.py``); leftovers of a killed ``up``
(``orphans.py``).
"""

import contextlib
import logging
import signal
from collections.abc import Sequence
from pathlib import Path

import psutil

from meeting_pipeline.supervisor.orphans import of_home
from meeting_pipeline.supervisor.processes import Child

_log = logging.getLogger(__name__)
_STOP_S = 7.0
"""Time for processes to end after the first signal, runs included ..."""
_KILL_S = 3.0
"""... then this long after a second, stronger signal. In total below 15 s."""


def end_all(children: Sequence[Child], dagster_home: Path) -> None:
    """End these children, last started first, and what belongs to them. Those that do not end in time are killed."""
    family = _family(children, dagster_home)
    if not family:
        return
    for child in reversed(children):
        child.stop()
    _, left = psutil.wait_procs(family, timeout=_STOP_S)
    left = _with_latecomers(left, dagster_home)
    for process in left:
        _signal(process, signal.SIGINT)
    _, left = psutil.wait_procs(left, timeout=_KILL_S)
    left = _with_latecomers(left, dagster_home)
    for process in left:
        _log.warning("process %d did not end and was killed; its work resumes at the next start", process.pid)
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(left, timeout=_KILL_S)


def _with_latecomers(left: Sequence[psutil.Process], dagster_home: Path) -> list[psutil.Process]:
    """These, and processes that started after the family was counted, such as a worker forked just before its server ended."""
    return list({process.pid: process for process in [*left, *of_home(dagster_home)]}.values())


def _family(children: Sequence[Child], dagster_home: Path) -> list[psutil.Process]:
    """The children, everything they started, and their orphans, such as a worker of a killed daemon.

    A process left running would continue work that another run takes over at the next start. Other children of this
    process are not ours to stop.
    """
    found: list[psutil.Process] = []
    for child in children:
        if child.pid is None:
            continue
        with contextlib.suppress(psutil.NoSuchProcess):  # it ended in between
            process = psutil.Process(child.pid)
            found += [process, *process.children(recursive=True)]
    if found:
        known = {process.pid for process in found}
        found += [process for process in of_home(dagster_home) if process.pid not in known]
    return found


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):  # it ended in between
        process.send_signal(number)
