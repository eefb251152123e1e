"""The current speed of this machine, relative to the one that the time limits were set on.

Belongs here: measuring, before and during a run. Must not go here: the limits (``recovery.py``, ``harness.py``).
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import threading
import time

REFERENCE_S = 1.9
"""Seconds that ``measure`` takes on two otherwise idle cores: user and system time together."""
TIMES = 3
BESIDE_EVERY_S = 20.0
_WORK = "import dagster, sqlalchemy.orm, hashlib; [hashlib.sha256(bytes(1 << 20)).digest() for _ in range(100)]"
"""The work that dominates the start of a worker of this system."""


def measure() -> float:
    """Seconds for a fixed piece of work in a separate process, while everything else keeps running."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", _WORK], check=True, stdin=subprocess.DEVNULL)
    return time.monotonic() - began


def measured_slack() -> float:
    """The factor for time limits on this machine now; at least 1."""
    return max(1.0, round(statistics.median(measure() for _ in range(TIMES)) / REFERENCE_S, 2))


def in_time(seconds: float, limit: float) -> bool:
    """Whether something took less than the limit, which grows if this machine is slower now than the usual one."""
    return seconds < limit or seconds < limit * measured_slack()


class Beside:
    """Measures during a run, for its report."""

    def __init__(self) -> None:
        self.slowness: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="speed", daemon=True)

    def start(self) -> None:
        """Start measuring."""
        self._thread.start()

    def stop(self) -> None:
        """Stop measuring."""
        self._stop.set()
        self._thread.join(120)

    def slower_than(self, slack: float) -> float:
        """How many times slower the machine has been so far (median) than when it was measured before the run."""
        return statistics.median(self.slowness) / slack if self.slowness else 1.0

    def _watch(self) -> None:
        while not self._stop.wait(BESIDE_EVERY_S):
            self.slowness.append(measure() / REFERENCE_S)
