"""A system that is kept running from outside, as a service manager would: ended, by whomever, it is started again.

Belongs here: starting without waiting, and noticing the end. Must not go here: faults (``faults_*.py``).
"""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

from meeting_pipeline_tests.scenario.system import System, _end_with_the_tests

RESTART_S = 1.0


class KeptRunning(System):
    """``meeting-pipeline up``, started again when it has ended. All calls are made from one thread."""

    printed: Path
    """Where its output goes: outside of the home, which may be full."""
    starts = 0
    spawned_at = 0.0
    """Unix seconds."""
    ended_with: int | None = None
    _due = 0.0
    _ours = False

    def spawn(self) -> None:
        """Start it and return at once."""
        self.home.mkdir(parents=True, exist_ok=True)
        with self.printed.open("ab") as output:
            self.process = subprocess.Popen(
                self.command("up", "--port", "0"),
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_the_tests,
            )
        self.starts += 1
        self.spawned_at = time.time()
        self._due, self._ours = 0.0, False

    def output(self) -> str:
        """What ``up`` printed."""
        return self.printed.read_text(errors="replace")

    def is_up(self) -> bool:
        """Whether it says that it runs."""
        note = self.home / "up.json"
        if self.process_ended() or not note.is_file():
            return False
        try:
            found = json.loads(note.read_text())
        except (OSError, ValueError):  # replaced or removed at this moment
            return False
        assert self.process is not None
        return bool(found["pid"] == self.process.pid)

    def kill_supervisor(self) -> int:
        """SIGKILL to ``up`` alone; returns its process id."""
        assert self.process is not None
        self._ours = True
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        return self.process.pid

    def kill_everything(self) -> list[int]:
        """SIGKILL to all of it; returns the process ids."""
        self._ours = True
        pids = [process.pid for process in self.family()]
        self.kill()
        return pids

    def keep_up(self) -> str | None:
        """Start it again if it has ended. Returns what there is to tell: that it ended by itself."""
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
