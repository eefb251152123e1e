"""Ending a worker that was given up, with everything that it started.

A worker is known by host, process id and the moment of its start: no stranger that has the id by now is touched. Only workers
of this host can be ended; others have lost their lease, which keeps them from changing anything.
Must not go here: who is given up (``defs/sensors/stalled_runs.py``), Dagster.
"""

import logging
import os
import signal
from collections.abc import Iterable
from contextlib import suppress

import psutil

from meeting_pipeline.foundation.workers import Worker
from meeting_pipeline.launching import policies

_log = logging.getLogger(__name__)


def end_workers(workers: Iterable[Worker]) -> int:
    """Ask workers of this host to end, then kill what is left of them and their children. Returns how many were alive.

    Takes up to ``policies.WORKER_END_SECONDS`` and a little more, however many there are.
    """
    found = [(worker, process) for worker in set(workers) if (process := _process_of(worker)) is not None]
    trees = {worker: _with_children(process) for worker, process in found}
    for _, process in found:
        with suppress(psutil.Error):
            process.terminate()
            process.resume()  # a frozen one hears nothing
    everybody = [process for tree in trees.values() for process in tree]
    psutil.wait_procs(everybody, timeout=policies.WORKER_END_SECONDS)
    for worker, process in found:
        _log.warning("ending worker process %d: its lease was revoked", worker.pid)
        if worker.is_alive:
            trees[worker] += [child for child in _with_children(process) if child not in trees[worker]]
            _kill_group(worker)
    left = [process for tree in trees.values() for process in tree]
    for process in left:
        with suppress(psutil.Error):  # psutil looks at the start time again before it kills
            process.kill()
    psutil.wait_procs(left, timeout=policies.WORKER_END_SECONDS)
    return len(found)


def _process_of(worker: Worker) -> psutil.Process | None:
    """The worker's process, if it is alive, here, and the one that is meant."""
    if not worker.is_local or worker.pid == os.getpid():
        return None
    try:
        process = psutil.Process(worker.pid)  # remembers its start: it is this one from here on, or none
    except psutil.Error:
        return None
    return process if worker.is_alive else None


def _with_children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return [process]


def _kill_group(worker: Worker) -> None:
    """Also what its tree does not show: a child whose own parent has died. Every run worker leads a group of its own."""
    with suppress(ProcessLookupError, PermissionError):
        if os.getpgid(worker.pid) == worker.pid and worker.pid != os.getpgid(0):
            os.killpg(worker.pid, signal.SIGKILL)
