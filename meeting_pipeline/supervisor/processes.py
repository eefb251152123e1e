"""One supervised child process: started, watched, restarted with back-off, and stopped by its own id.

Must not go here: which processes there are (``supervisor.py``).
"""

import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil

from meeting_pipeline.domain.backoff import backoff_s
from meeting_pipeline.foundation.parent_death import end_with_parent
from meeting_pipeline.foundation.private_files import UMASK
from meeting_pipeline.supervisor.prefork import Forked

_log = logging.getLogger(__name__)
_RESTART_FIRST_S = 1.0
"""Wait before the first restart of a process that ended soon. It doubles with each."""
_RESTART_MAX_S = 30.0
"""Longest wait: what keeps it from starting may be repaired at any time."""
_STABLE_S = 60.0
"""A child that ran this long is restarted at once, and its back-off starts over."""
Fork = Callable[[Sequence[str], Mapping[str, str], Sequence[int]], Forked | None]
"""Starts a command with an environment and descriptors, the first for its output, if it can."""


class Child:
    """A process of the running system.

    ``log``: the file for its output. If ``output``, a descriptor, is given, whatever reads from it writes the file.
    ``lock``: an inherited locked file, into which its process id is written. ``inherits``: further descriptors.
    ``fork``: tried before the command is started as a program.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        *,
        output: int | None = None,
        lock: int | None = None,
        inherits: Sequence[int] = (),
        fork: Fork | None = None,
    ) -> None:
        self.name = name
        self._output = output
        self._inherits = tuple(inherits)
        self._fork = fork
        self._lock = lock
        self._command = list(command)
        self._environment = dict(environment)
        self._log = log
        self._process: subprocess.Popen[bytes] | Forked | None = None
        self._started = 0.0
        self._restarts = 0
        self._due = 0.0
        self._seen: psutil.Process | None = None
        self.exits = 0
        """How often in a row it exited without a signal; ``works`` resets it. Ends by a signal do not count: they have another
        cause."""

    @property
    def age(self) -> float:
        """Seconds since its last start."""
        return time.monotonic() - self._started

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def last_pid(self) -> int | None:
        """The process id of its last start, even if it has ended."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start it. Ctrl-C in the terminal reaches only the supervisor, which stops the children in order."""
        kept = self._inherits if self._lock is None else (*self._inherits, self._lock)
        with self._open_output() as output:
            forked = self._fork(self._command, self._environment, (output.fileno(), *kept)) if self._fork else None
            self._process = forked or subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent,
                umask=UMASK,
                pass_fds=kept,
            )
        if self._lock is not None:
            with suppress(OSError):  # a full disk: the lock matters, the id is only for people
                os.ftruncate(self._lock, 0)
                os.pwrite(self._lock, str(self._process.pid).encode(), 0)
        self._started = time.monotonic()

    def _open_output(self) -> IO[bytes]:
        if self._output is not None:
            return open(self._output, "wb", closefd=False)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        return self._log.open("ab")

    def watch(self) -> None:
        """Restart it if it has died, with back-off while it keeps dying."""
        if self.pid is not None:
            return
        now = time.monotonic()
        if self._due == 0.0:
            code = self._process.returncode if self._process is not None else None
            self.exits += code is not None and code >= 0
            if now - self._started > _STABLE_S:
                self._restarts = 0
            wait = self._wait_s()
            self._due = now + wait
            _log.warning("%s ended with %s; starting it again in %.0f s (log: %s)", self.name, code, wait, self._log)
            self._restarts += 1
        if now >= self._due:
            self._due = 0.0
            try:
                self.start()
            except (OSError, subprocess.SubprocessError) as error:  # no memory, no free process, a full disk
                wait = self._wait_s()
                self._due = now + wait
                _log.warning("%s cannot be started (%s); trying again in %.0f s", self.name, error, wait)

    def _wait_s(self) -> float:
        return backoff_s(self._restarts, _RESTART_FIRST_S, _RESTART_MAX_S)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send it a signal to end."""
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)

    def kill(self) -> None:
        """Kill it, and wait until it is gone."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def restart(self, reason: str) -> None:
        """Kill it, whatever its state; ``watch`` restarts it."""
        _log.warning("%s is restarted: %s", self.name, reason)
        self.kill()
        self._restarts = 0

    def works(self) -> None:
        """It was seen working: forget earlier failures."""
        self.exits = 0

    def is_stopped(self) -> bool:
        """Whether a signal stopped the process, so that it does nothing."""
        pid = self.pid
        if pid is None:
            return False
        with suppress(psutil.Error, OSError):  # no descriptor is left on the machine: the next look tells
            if self._seen is None or self._seen.pid != pid:  # opening it costs more than looking: kept for all looks
                self._seen = psutil.Process(pid)
            return self._seen.status() == psutil.STATUS_STOPPED
        return False

    def cpu_seconds(self) -> float:
        """CPU time that it and its children have used so far."""
        total = 0.0
        with suppress(psutil.Error):
            process = psutil.Process(self.pid) if self.pid is not None else None
            for one in [process, *process.children(recursive=True)] if process is not None else []:
                with suppress(psutil.Error):
                    times = one.cpu_times()
                    total += times.user + times.system
        return total

    def ended(self) -> bool:
        """Whether it is gone."""
        return self._process is None or self._process.poll() is not None
