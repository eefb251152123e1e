"""Calls that wake a waiting loop, each with the name of the work to do.

Must not go here: who calls (``waker.py``), who is woken (``sensor_daemon.py``, ``run_coordinator.py``).
"""

import threading
import time
from collections.abc import Iterable

from meeting_pipeline.daemon import policies


class WakeUp:
    """Names collected until the loop takes them. Calls from several threads; one thread waits."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._names: set[str] = set()

    def call(self, names: Iterable[str]) -> None:
        """Wake the loop for these names. Repeating a name before it is taken changes nothing."""
        with self._condition:
            self._names.update(names)
            self._condition.notify()

    def take(self, seconds: float, stopped: threading.Event) -> frozenset[str]:
        """The names called since the last take; waits for the first one, at most ``seconds``, or until ``stopped`` is set."""
        until = time.monotonic() + seconds
        with self._condition:
            while not self._names and not stopped.is_set():
                left = until - time.monotonic()
                if left <= 0:
                    break
                self._condition.wait(min(left, policies.STOP_SECONDS))
            taken, self._names = frozenset(self._names), set()
            return taken
