"""How fast this machine is at present, against the one that the bounds on times were made on.

Belongs here: measuring, before a run and beside it. Must not go here: the bounds (``recovery.py``, ``harness.py``).
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import threading
import time

REFERENCE_S = 1.9
"""What ``measure`` takes on two cores that do nothing else, in seconds: user and system time together."""
TIMES = 3
BESIDE_EVERY_S = 20.0
_WORK = "import dagster, sqlalchemy.orm, hashlib; [hashlib.sha256(bytes(1 << 20)).digest() for _ in range(100)]"
"""What a worker of this system spends its start with."""


def measure() -> float:
    """Seconds for a fixed piece of work in a process of its own, while whatever else runs goes on."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", _WORK], check=True, stdin=subprocess.DEVNULL)
    return time.monotonic() - began


def measured_slack() -> float:
    """By how much bounds on times are to be multiplied on this machine now; at least 1."""
    return max(1.0, round(statistics.median(measure() for _ in range(TIMES)) / REFERENCE_S, 2))


class Beside:
    """Measures while a run goes on, for its report."""

    def __init__(self) -> None:
        self.slowness: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="speed", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join(120)

    def slower_than(self, slack: float) -> float:
        """How many times slower the machine was so far, in the middle, than it was when it was measured before the run."""
        return statistics.median(self.slowness) / slack if self.slowness else 1.0

    def _watch(self) -> None:
        while not self._stop.wait(BESIDE_EVERY_S):
            self.slowness.append(measure() / REFERENCE_S)
