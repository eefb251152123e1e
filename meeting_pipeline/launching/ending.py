"""Ends a lost worker and all processes it started.

A worker is identified by host, process id and start time, so that another process with a reused id is never touched. Only
workers on this host can be ended; the leases of others are revoked, so they cannot change anything.
Must not go here: which workers are lost (``defs/sensors/stalled_runs.py``), Dagster.
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
    """Ask workers of this host to end, then kill those that remain and their children. Returns how many were alive.

    Takes at most a little more than ``policies.WORKER_END_SECONDS``, however many there are.
    """
    found = [(worker, process) for worker in set(workers) if (process := _process_of(worker)) is not None]
    trees = {worker: _with_children(process) for worker, process in found}
    for _, process in found:
        with suppress(psutil.Error):
            process.terminate()
            process.resume()  # a frozen process does not handle SIGTERM
    everybody = [process for tree in trees.values() for process in tree]
    psutil.wait_procs(everybody, timeout=policies.WORKER_END_SECONDS)
    for worker, process in found:
        _log.warning("ending worker process %d: its lease was revoked", worker.pid)
        if worker.is_alive:
            trees[worker] += [child for child in _with_children(process) if child not in trees[worker]]
            _kill_group(worker)
    left = [process for tree in trees.values() for process in tree]
    for process in left:
        with suppress(psutil.Error):  # psutil checks the start time again before it kills
            process.kill()
    psutil.wait_procs(left, timeout=policies.WORKER_END_SECONDS)
    return len(found)


def _process_of(worker: Worker) -> psutil.Process | None:
    """The worker's process, if it is alive, on this host, and really this worker."""
    if not worker.is_local or worker.pid == os.getpid():
        return None
    try:
        process = psutil.Process(worker.pid)  # keeps the start time, so a later process with this id never matches
    except psutil.Error:
        return None
    return process if worker.is_alive else None


def _with_children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return [process]


def _kill_group(worker: Worker) -> None:
    """Kill children that the process tree misses because their parent has died. Every run worker leads its own group."""
    with suppress(ProcessLookupError, PermissionError):
        if os.getpgid(worker.pid) == worker.pid and worker.pid != os.getpgid(0):
            os.killpg(worker.pid, signal.SIGKILL)
