"""One supervised child process: started, watched, started again with growing waits, stopped by its own id.

Must not go here: which processes there are (``supervisor.py``).
"""

import ctypes
import logging
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil

from meeting_pipeline.domain.backoff import backoff_s
from meeting_pipeline.foundation.private_files import UMASK

_log = logging.getLogger(__name__)
_RESTART_FIRST_S = 1.0
_RESTART_MAX_S = 30.0
_STABLE_S = 60.0
"""A child that ran this long starts again at once, and its waits start over."""
_BEREFT_S = 2.0
"""A front without a process behind it for this long is started again; a reload of the code has both for a moment."""
_UNBACKED_S = 30.0
"""A front that has had no process behind it since it was started this long ago never gets one: it died before it was seen."""
_PR_SET_PDEATHSIG = 1
"""From ``linux/prctl.h``: the signal that the kernel sends to a child when its parent dies."""


def _die_with_parent() -> None:
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """A process of the system.

    ``log``: the file in which its output ends; it is written by whoever reads ``output``, a descriptor, if one is given.
    ``front``: it only hands on what a process of its own does, and does not notice when that one dies.
    ``lock``: a locked file that it inherits, and into which its process id is written. ``inherits``: further descriptors.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        *,
        output: int | None = None,
        front: bool = False,
        lock: int | None = None,
        inherits: Sequence[int] = (),
    ) -> None:
        self.name = name
        self._output = output
        self._inherits = tuple(inherits)
        self._lock = lock
        self._front = front
        self._backed: float | None = None
        self._command = list(command)
        self._environment = dict(environment)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._restarts = 0
        self._due = 0.0
        self._behind: dict[int, psutil.Process] = {}
        self.exits = 0
        """How often in a row it ended by itself; ``works`` starts it over. An end by a signal is somebody else's doing."""

    @property
    def age(self) -> float:
        """Seconds since it was last started."""
        return time.monotonic() - self._started

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def last_pid(self) -> int | None:
        """The process id since it was started last, also when it has ended."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start it. Ctrl-C in the terminal reaches only the supervisor, which stops the children in order."""
        with self._open_output() as output:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,
                umask=UMASK,
                pass_fds=self._inherits if self._lock is None else (*self._inherits, self._lock),
            )
        if self._lock is not None:
            with suppress(OSError):  # a full disk: the lock is what counts, the id is for people
                os.ftruncate(self._lock, 0)
                os.pwrite(self._lock, str(self._process.pid).encode(), 0)
        self._started = time.monotonic()
        self._backed = None

    def _open_output(self) -> IO[bytes]:
        if self._output is not None:
            return open(self._output, "wb", closefd=False)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        return self._log.open("ab")

    def watch(self) -> None:
        """Start it again if it has died, after a wait that grows while it keeps dying."""
        if self.pid is not None:
            if self._front:
                self._watch_behind(self.pid)
            return
        now = time.monotonic()
        if self._due == 0.0:
            code = self._process.returncode if self._process is not None else None
            self.exits += code is not None and code >= 0
            self._end_behind()
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
            except (OSError, subprocess.SubprocessError) as error:  # no memory, no process to be had, a full disk
                wait = self._wait_s()
                self._due = now + wait
                _log.warning("%s cannot be started (%s); trying again in %.0f s", self.name, error, wait)

    def _wait_s(self) -> float:
        return backoff_s(self._restarts, _RESTART_FIRST_S, _RESTART_MAX_S)

    def _watch_behind(self, pid: int) -> None:
        """End a front that has lost the process behind it, or was never seen with one."""
        now = time.monotonic()
        try:
            found = {child.pid: child for child in psutil.Process(pid).children()}
            behind = any(child.status() != psutil.STATUS_ZOMBIE for child in found.values())
        except psutil.NoSuchProcess:
            return
        if behind:
            self._backed, self._behind = now, found
        elif now - (self._backed or self._started) > (_BEREFT_S if self._backed else _UNBACKED_S):
            _log.warning("%s has lost its process", self.name)
            self._backed = None
            self.stop(signal.SIGKILL)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end."""
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)

    def kill(self) -> None:
        """End it, and see to it that nothing of it is left."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def restart(self, reason: str) -> None:
        """End it for good, however it is, and what is behind it; ``watch`` starts it again."""
        _log.warning("%s is restarted: %s", self.name, reason)
        if self._front and self.pid is not None:
            with suppress(psutil.Error):
                self._behind = {child.pid: child for child in psutil.Process(self.pid).children()}
        self.kill()
        self._end_behind()
        self._restarts = 0

    def _end_behind(self) -> None:
        """End what a front that is gone left behind: nobody reaches it any more, and it holds memory and sockets."""
        for process in self._behind.values():
            with suppress(psutil.Error):
                process.kill()  # psutil compares start times: never a stranger with the same id
        self._behind = {}

    def works(self) -> None:
        """It was seen to work: what was before is forgotten."""
        self.exits = 0

    def is_stopped(self) -> bool:
        """Whether somebody stopped the process, or one behind it, with a signal, so that it does nothing."""
        found = [self.pid] if self.pid is not None else []
        for pid in [*found, *self._behind]:
            with suppress(psutil.Error):
                if psutil.Process(pid).status() == psutil.STATUS_STOPPED:
                    return True
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
