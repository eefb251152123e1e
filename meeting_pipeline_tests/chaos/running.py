"""A system that is kept running from outside, as a service manager would do: whenever it ends, it is restarted.

Belongs here: starting without waiting, and detecting the end. Must not go here: faults (``faults_*.py``).
"""

from __future__ import annotations

import json
import signal
import time

from meeting_pipeline_tests.scenario.system import END_SECONDS, System

RESTART_S = 1.0


class KeptRunning(System):
    """``meeting-pipeline up``, restarted when it has ended. All calls are made from one thread."""

    starts = 0
    _due = 0.0
    _ours = False

    def spawn(self) -> None:
        """Start it, count the start, and return immediately."""
        self.begin()
        self.starts += 1
        self._due, self._ours = 0.0, False

    def is_up(self) -> bool:
        """Whether its state file says that it is running."""
        note = self.home / "up.json"
        if self.process_ended() or not note.is_file():
            return False
        try:
            found = json.loads(note.read_text())
        except (OSError, ValueError):  # just replaced or removed
            return False
        assert self.process is not None
        return bool(found["pid"] == self.process.pid)

    def kill_supervisor(self) -> int:
        """Send SIGKILL to ``up`` alone; returns its process id."""
        assert self.process is not None
        self._ours = True
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(END_SECONDS)
        return self.process.pid

    def kill_everything(self) -> list[int]:
        """Send SIGKILL to all its processes; returns the process ids."""
        self._ours = True
        pids = [process.pid for process in self.family()]
        self.kill()
        return pids

    def keep_up(self) -> str | None:
        """Restart it if it has ended. Returns a message if it ended on its own."""
        if not self.process_ended():
            return None
        now = time.monotonic()
        if self._due == 0.0:
            self._due = now + RESTART_S
            if not self._ours and self.process is not None:
                last = self.output().strip().rpartition("\n")[2]
                return f"up ended by itself with {self.process.returncode}: {last}"
        elif now >= self._due:
            self.spawn()
        return None
