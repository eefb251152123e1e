"""What ``up`` does about parts that do not work: restarts and reports them.

The watchdog decides which parts do not work. Must not go here: verdicts (``watchdog.py``), probes (``prober.py``).
"""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Final

from meeting_pipeline.settings import Settings
from meeting_pipeline.supervisor import policies
from meeting_pipeline.supervisor.health import Fault, forget_health, note_health
from meeting_pipeline.supervisor.instance import inherited_environment, storage_environment, write_instance
from meeting_pipeline.supervisor.log_pipes import LogPipes
from meeting_pipeline.supervisor.probing import Probing
from meeting_pipeline.supervisor.processes import Child
from meeting_pipeline.supervisor.reports import Report, Targets
from meeting_pipeline.supervisor.socket_folder import SocketFolder
from meeting_pipeline.supervisor.watchdog import CODE, Watchdog

_log = logging.getLogger(__name__)
_LOG_WRITER: Final = "log-writer"
_SENSORS: Final = "sensors"
_AHEAD_S: Final = 30.0
"""Ticks further in the future than this were made before the clock was set back."""


class Healing:
    """Watches over one running system and restarts parts that do not work."""

    def __init__(
        self,
        settings: Settings,
        children: Sequence[Child],
        sockets: SocketFolder,
        logs: LogPipes,
        targets: Targets,
    ) -> None:
        self._settings = settings
        self._children = {child.name: child for child in children}
        self._sockets = sockets
        self._logs = logs
        self._probing = Probing(targets, settings.home / "logs")
        self._watchdog = Watchdog(time.monotonic)
        self._pids: dict[str, int | None] = {}
        self._noted = float("-inf")
        self._said: dict[str, float] = {}
        self._resetting: subprocess.Popen[bytes] | None = None

    def pids(self) -> list[int]:
        """The processes started here."""
        resetting = self._resetting.pid if self._resetting is not None else None
        return [pid for pid in (self._probing.pid, resetting) if pid is not None]

    def start(self) -> None:
        """Start watching."""
        self._probing.start()

    def close(self) -> None:
        """Stop watching."""
        self._probing.close()
        if self._resetting is not None:
            self._resetting.kill()
            self._resetting.wait()
        forget_health(self._settings.home)

    def check(self) -> None:
        """Check once. Takes microseconds unless something needs to be done."""
        self._see_processes()
        for report in self._probing.reports():
            self._watchdog.note_report(report)
            self._see_clock(report)
        self._see_folder()
        self._see_pipes()
        for name, why in self._watchdog.to_restart().items():
            if name == _LOG_WRITER:
                self._logs.restart(why)
            elif name in self._children:
                self._restart(name, why)
        self._report()

    def _see_processes(self) -> None:
        for name, child in self._children.items():
            pid = child.last_pid
            if self._pids.get(name) != pid:
                self._pids[name] = pid
                self._watchdog.started(name)
            self._watchdog.stopped(name, child.is_stopped())

    def _see_folder(self) -> None:
        """Without its socket the code server is unreachable even if it works. It creates a new one when it starts."""
        words = self._sockets.problem()
        starting = self._children[CODE].pid is None or self._children[CODE].age < policies.PART_GRACE_SECONDS
        if words and not (starting and "folder" not in words) and self._watchdog.at_once(CODE):
            self._restart(CODE, words)

    def _see_pipes(self) -> None:
        if self._pids.get(_LOG_WRITER) != self._logs.pid:
            self._pids[_LOG_WRITER] = self._logs.pid
            self._watchdog.started(_LOG_WRITER)
        self._watchdog.stopped(_LOG_WRITER, self._logs.is_stopped())
        self._watchdog.saw(_LOG_WRITER, self._logs.problem())

    def _restart(self, name: str, why: str) -> None:
        if name == CODE:
            self._children[CODE].restart(why)
            try:
                self._sockets.make_again()
                write_instance(self._settings, self._sockets.folder)  # a link to the storage may have been there
            except OSError as error:
                _log.error("the socket folder %s cannot be made again: %s", self._sockets.folder, error.strerror)
        else:
            self._children[name].restart(why)

    def _see_clock(self, report: Report) -> None:
        """After the clock was set back, Dagster would run no sensor until the time of its last tick is reached again."""
        if self._resetting is not None and self._resetting.poll() is not None:
            self._resetting = None
        if report.ahead > _AHEAD_S and self._resetting is None and self._watchdog.at_once(_SENSORS):
            _log.warning("the clock was set back by %.0f s; the sensors continue at once", report.ahead)
            environment = {**inherited_environment(os.environ), **storage_environment(self._settings)}
            command = [sys.executable, "-m", "meeting_pipeline.supervisor.reset_ticks"]
            try:
                self._resetting = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
            except (OSError, subprocess.SubprocessError) as error:  # no memory, no process: the next report asks again
                _log.warning("the sensors cannot be reset (%s)", error)

    def _report(self) -> None:
        """Report what is wrong when it begins, each minute, and when it is over; write all of it down for other processes."""
        now = time.monotonic()
        if now - self._noted < policies.HEALTH_NOTE_SECONDS:
            return
        health = self._watchdog.health()
        wrong: dict[str, Fault] = {fault.part: fault for fault in health.faults}
        for part, fault in wrong.items():
            if now - self._said.get(part, float("-inf")) >= policies.START_REPORT_SECONDS:
                self._said[part] = now
                _log.warning("does not work: %s", fault)
        for part in [part for part in self._said if part not in wrong]:
            del self._said[part]
            _log.info("works again: %s", part)
        try:
            note_health(self._settings.home, health)
        except OSError as error:  # a full disk: already reported; the note becomes stale
            if self._noted == float("-inf") or not self._said:
                _log.warning("the state of the system cannot be noted: %s", error.strerror)
        self._noted = now
