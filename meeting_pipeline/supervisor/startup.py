"""Waiting while ``up`` starts: temporary failures are retried for as long as necessary, permanent ones end the start.

Must not go here: which processes there are and in which order they start (``supervisor.py``).
"""

import logging
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.foundation.forked_call import call_in_fork
from meeting_pipeline.foundation.own_services import ask
from meeting_pipeline.settings import Settings
from meeting_pipeline.supervisor import policies
from meeting_pipeline.supervisor.preparation import database_answers
from meeting_pipeline.supervisor.processes import Child

_log = logging.getLogger(__name__)
_CODE: Final = "meeting_pipeline.definitions"
_IMPORT_S: Final = 60.0
"""If it takes longer, the machine is busy; the code loads in 3 s on an idle one."""
_TAIL_BYTES: Final = 4096
"""Of a log that are searched for its last line: more than a line of it has."""
_SHOWN: Final = 300
"""Characters of a line of another program in a message."""
_SOCKET_S: Final = 0.5
"""Timeout of connecting to a socket of this machine."""
_HTTP_S: Final = 2.0
"""Both services are on this machine, and are asked again at the next look."""
_CPU_S: Final = 0.05
"""Less CPU than this between two checks is not progress: even a waiting process uses some for its timers."""


class StartupMonitor:
    """Monitors one wait: reports each minute what it waits for, and restarts a process that hangs.

    ``clock`` gives seconds that never go back.
    """

    def __init__(self, child: Child, clock: Callable[[], float] = time.monotonic) -> None:
        self._child = child
        self._clock = clock
        self._began = self._said = self._moved = clock()
        self._cpu = child.cpu_seconds()

    def check(self) -> None:
        """Check once on a process that is not ready yet."""
        now, child = self._clock(), self._child
        used = child.cpu_seconds()
        if child.pid is None or used < self._cpu or used - self._cpu > _CPU_S:
            self._cpu, self._moved = used, now
        if now - self._moved > policies.START_STUCK_SECONDS:
            self._moved = now
            child.restart(f"it has been starting for {now - self._began:.0f} s without progress")
        if now - self._said >= policies.START_REPORT_SECONDS:
            self._said = now
            _log.warning(
                "Still starting: waiting for the %s for %.0f s. Ctrl-C gives up.", child.name, now - self._began
            )


def accepts(path: Path) -> bool:
    """Whether something listens on the socket: a killed process leaves its socket file behind."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(_SOCKET_S)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def answers(url: str) -> bool:
    """Whether a service of this system responds."""
    try:
        return ask(url, seconds=_HTTP_S).status == 200
    except OSError:
        return False


def require_startable(child: Child, settings: Settings, log: Path) -> None:
    """Check whether it makes sense to restart this child, which keeps exiting. Does not wait.

    Raises: OperatorError ``start_failed`` with the reason, if it would exit again.
    """
    if child.exits == 0:
        return
    if child.name == "code-server" and child.exits == 1:
        require_importable()
    if child.exits < policies.START_TRIES:
        return
    if not _database_answers(settings):  # whatever needs it reports it; the start waits for it
        child.works()
        return
    raise _failed(child.name, f"It ended {child.exits} times. Its last line of output: {_last_line(log)}", log)


def require_importable(environment: Mapping[str, str] | None = None, command: Sequence[str] | None = None) -> None:
    """Import the code location in a separate process. Raises: OperatorError ``start_failed`` if that cannot work."""
    words = list(command or [sys.executable, "-c", f"import {_CODE}"])
    try:
        done = subprocess.run(
            words, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_IMPORT_S
        )
    except (OSError, subprocess.SubprocessError):  # no memory, or a machine that is too busy: proves nothing
        return
    if done.returncode > 0:  # below zero: a signal ended it
        lines = done.stderr.strip().splitlines() or ["no words"]
        raise OperatorError(
            "start_failed",
            f"The code cannot be imported: {one_line(lines[-1])[:_SHOWN]}",
            f"`{sys.executable} -c 'import {_CODE}'` shows the whole traceback. After an upgrade: make setup.",
        )


def _database_answers(settings: Settings) -> bool:
    try:
        return call_in_fork(lambda: database_answers(settings), has_threads=settings.broker_url is not None)
    except OSError:  # no memory or no process: proves nothing
        return True


def _last_line(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            lines = file.read().decode(errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return one_line(lines[-1])[:_SHOWN] if lines else "none"


def _failed(name: str, words: str, log: Path) -> OperatorError:
    return OperatorError(
        "start_failed",
        f"The {name} did not start. {words}",
        f"Read {log}; `meeting-pipeline doctor` checks the settings.",
    )
