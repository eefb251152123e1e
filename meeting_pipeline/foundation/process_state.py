"""The state of a process as seen from outside: whether it runs, and how much CPU time it has used.

Must not go here: identifying workers (``workers.py``), whether a worker makes progress (``worker_activity.py``).
"""

import psutil


def is_running(process: psutil.Process) -> bool:
    """Whether it has not ended. One that nobody has collected yet has ended."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def cpu_seconds(pid: int) -> float:
    """CPU time that it has used so far; 0 if there is no such process."""
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)
