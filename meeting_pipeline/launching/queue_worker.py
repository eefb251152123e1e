"""Keeps one Celery worker running for ``meeting-pipeline worker``: starts it again when it ends unasked, and stops it.

Celery's process can die when its broker disappears at the wrong moment, and a system without workers silently stops working.
Must not go here: what the worker executes (``queue_app.py``).
"""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import IO, Any, Final

from sqlalchemy.exc import DBAPIError

from meeting_pipeline.domain.errors import PipelineError
from meeting_pipeline.installation import open_installation
from meeting_pipeline.launching import policies
from meeting_pipeline.settings import Settings
from meeting_pipeline.store.machines import RESTARTING, SHUTTING_DOWN, WORKING
from meeting_pipeline.store.recordings.leases import WORKER_NAME_VARIABLE

_APP: Final = "meeting_pipeline.launching.queue_app:app"
_log = logging.getLogger(__name__)


class QueueWorker:
    """A supervised Celery worker.

    ``queue``: the full name at the broker. ``environment``: for its processes. ``relay``: takes what they print, until its end.
    ``told``: is called with each new state (``store/machines.py``).
    """

    def __init__(
        self,
        settings: Settings,
        queue: str,
        slots: int,
        environment: Mapping[str, str],
        relay: Callable[[IO[bytes]], None],
        told: Callable[[str], None] = lambda _state: None,
    ) -> None:
        self._relay = relay
        self._told = told
        self._settings = settings
        self.name = this_name()
        self._command = command(queue, slots, self.name)
        self._environment = {**environment, WORKER_NAME_VARIABLE: self.name}
        self._stop = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def stop(self) -> None:
        """Ask the worker to finish its runs and end. Safe in a signal handler."""
        self._stop.set()
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)

    def run(self) -> None:
        """Keep the worker running until ``stop`` is called."""
        shortest, longest = policies.QUEUE_RESTART_SECONDS
        wait = shortest
        while not self._stop.is_set():
            began = time.monotonic()
            code = self._run_once()
            if self._stop.is_set():
                break
            self._told(RESTARTING)
            wait = shortest if time.monotonic() - began > policies.QUEUE_STEADY_SECONDS else min(wait * 2, longest)
            _log.warning("the queue worker ended with code %s: it is restarted in %.0f s", code, wait)
            self._stop.wait(wait)
            self._told(WORKING)

    def _run_once(self) -> int | None:
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
        self._process = subprocess.Popen(self._command, env=self._environment, start_new_session=True, **pipes)
        reader = threading.Thread(target=self._relay, args=(self._process.stdout,), name="relay", daemon=True)
        reader.start()
        if self._stop.is_set():  # the signal came before there was a process
            self.stop()
        deadline: float | None = None
        try:
            while self._process.poll() is None and (deadline is None or time.monotonic() < deadline):
                if self._stop.is_set() and deadline is None:
                    deadline = time.monotonic() + policies.QUEUE_DRAIN_SECONDS
                    self._told(SHUTTING_DOWN)
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(policies.LAUNCH_REAP_SECONDS)
        finally:
            with suppress(ProcessLookupError, PermissionError):  # runs in progress, if it died without them
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            reader.join(policies.WORKER_END_SECONDS)
            self._give_up_leases()
        return self._process.returncode

    def _give_up_leases(self) -> None:
        """All processes are gone: their work goes to other workers at once, and does not count as an attempt."""
        try:
            opened = open_installation(self._settings, migrate=False)
            try:
                opened.store.leases.stopped(self.name)
            finally:
                opened.store.close()
        except (PipelineError, DBAPIError) as error:
            _log.warning("the work in progress could not be recorded: its leases expire: %s", type(error).__name__)


def this_name() -> str:
    """The name of this process's worker: in its leases, and among the machines."""
    return f"{socket.gethostname()}-{os.getpid()}"


def command(queue: str, slots: int, name: str) -> Sequence[str]:
    """How Celery's worker is called."""
    worker = ("worker", "--queues", queue, "--concurrency", str(slots), "--hostname", f"{name}@%h", "--pool", "prefork")
    return (
        sys.executable,
        "-m",
        "celery",
        "--quiet",  # no banner among the JSON lines
        "--app",
        _APP,
        *worker,
        "--without-gossip",
        "--without-mingle",
        "--loglevel",
        "INFO",
    )
