"""``up``'s side of the prober: starts it, reads its reports without waiting, and replaces it when it is silent.

Must not go here: what is probed (``prober.py``), what follows (``watchdog.py``).
"""

import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Final

from meeting_pipeline.supervisor import policies
from meeting_pipeline.supervisor.processes import Child
from meeting_pipeline.supervisor.reports import Report, Targets, busy_factor, parse_report

_STDERR: Final = 2
"""The descriptor of the standard error."""
_READ_BYTES: Final = 64 * 1024
"""A pipe holds no more."""
_SILENT_S: Final = 4 * policies.PROBE_TIMEOUT_SECONDS
"""A round takes at most one and a half time limits; the rest is for its Python to start."""


class Probing:
    """The prober of one running system."""

    def __init__(self, targets: Targets, logs: Path) -> None:
        self._targets = targets
        self._logs = logs
        self._pipe: tuple[int, int] | None = None
        self._child: Child | None = None
        self._rest = b""
        self._heard = 0.0

    @property
    def pid(self) -> int | None:
        """The prober's process id, even if it has just ended."""
        return self._child.last_pid if self._child is not None else None

    def start(self) -> None:
        """Start probing."""
        self._pipe = os.pipe()
        reading, writing = self._pipe
        os.set_blocking(reading, False)
        command = [sys.executable, "-m", "meeting_pipeline.supervisor.prober", str(writing)]
        command.append(json.dumps(asdict(self._targets)))
        self._child = Child("prober", command, os.environ, self._logs, output=_STDERR, inherits=(writing,))
        self._child.start()
        self._heard = time.monotonic()

    def reports(self) -> list[Report]:
        """The reports since the last call. Also restarts a prober that ended."""
        if self._child is None or self._pipe is None:
            return []
        self._child.watch()
        found = [report for line in self._lines(self._pipe[0]) if (report := _report(line)) is not None]
        now = time.monotonic()
        if found:
            self._heard = now
        elif now - self._heard > _SILENT_S * busy_factor(0.0):
            self._heard = now
            self._rest = b""
            self._child.restart("it has not reported")
        return found

    def _lines(self, reading: int) -> list[bytes]:
        try:
            data = os.read(reading, _READ_BYTES)
        except BlockingIOError:
            return []
        *lines, self._rest = (self._rest + data).split(b"\n")
        return lines

    def close(self) -> None:
        """Stop probing."""
        if self._child is not None:
            self._child.kill()
            self._child = None
        if self._pipe is not None:
            for descriptor in self._pipe:
                os.close(descriptor)
            self._pipe = None


def _report(line: bytes) -> Report | None:
    try:
        return parse_report(line)
    except (ValueError, TypeError):  # half a line from a prober that was killed
        return None
