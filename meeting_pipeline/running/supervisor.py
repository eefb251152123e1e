"""Starts the Dagster UI, the daemon, one code server that both share, and the HTTP service; keeps them alive; stops them.

Must not go here: what Dagster is told (``instance.py``), who may run (``ownership.py``).
"""

import contextlib
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.running.exposure import address_of, listen, port_in_use
from meeting_pipeline.running.instance import (
    SOCKET_PREFIX,
    remove_old_sockets,
    storage_environment,
    write_instance,
    write_workspace,
)
from meeting_pipeline.running.log_pipes import LogPipes
from meeting_pipeline.running.logs import PROCESS_VARIABLE
from meeting_pipeline.running.processes import Child
from meeting_pipeline.running.ui_token import remove_ui_token, write_ui_token
from meeting_pipeline.settings import VARIABLES, Settings

_log = logging.getLogger(__name__)
_HOST = "127.0.0.1"
UI_SERVER = "meeting_pipeline.ui.server"
LOGGED = ("code-server", "daemon", "webserver", "http-service")
"""Processes with a log file of their own."""
_START_S = 120.0
"""How long the system may take until its UI answers; a cold disk and two slow cores took 20 s."""
_TURN_S = 0.5
_STOP_S = 7.0
"""Time for processes to end by themselves, runs included ..."""
_KILL_S = 3.0
"""... then this long after a second, sharper request. In all below 15 s."""


class Supervisor:
    """The processes of a running system."""

    def __init__(self, settings: Settings, port: int | None = None, daemon_lock: int | None = None) -> None:
        self._settings = settings
        self._daemon_lock = daemon_lock
        self.port = port if port is not None else settings.ui_port
        if self.port == 0:
            self.port = _free_port(_HOST)
        self.api_port = settings.api_port or _free_port(settings.api_host, not_this=self.port)
        # A folder of its own, open to nobody else: whoever reaches the socket can run code. Homes can be too deep for it.
        self._sockets = Path(tempfile.mkdtemp(prefix=SOCKET_PREFIX))
        self._children: list[Child] = []
        self._logs = LogPipes(settings.home / "logs", LOGGED)
        self.stopping = False

    @property
    def url(self) -> str:
        """Address of the UI."""
        return f"http://{_HOST}:{self.port}"

    @property
    def api_url(self) -> str:
        """Address of the HTTP service and its page."""
        return address_of(self._settings.api_host, self.api_port)

    def start(self) -> None:
        """Start everything and wait until the UI and the HTTP service answer.

        Raises: OperatorError ``port_in_use``, ``bad_address``, ``start_failed``.
        """
        _require_free(self.port)
        listen(self._settings.api_host, self.api_port).close()
        write_instance(self._settings)
        remove_old_sockets(self._settings)
        code_socket = self._sockets / "code.sock"
        workspace = write_workspace(self._settings, code_socket)
        self._logs.open()
        code = ["-m", "dagster", "code-server", "start", "--socket", str(code_socket)]
        code += ["-m", "meeting_pipeline.definitions", "--location-name", "meeting_pipeline"]
        code += ["--use-python-environment-entry-point"]
        self._launch("code-server", code, front=True)
        self._wait_for(code_socket.exists, "code-server")
        self._launch("daemon", ["-m", "dagster._daemon", "run", "-w", str(workspace)], lock=self._daemon_lock)
        write_ui_token(self._settings.home)
        self._launch("webserver", ["-m", UI_SERVER, "--port", str(self.port), "--workspace", str(workspace)])
        service = {VARIABLES["api_port"]: str(self.api_port)}
        self._launch("http-service", ["-m", "meeting_pipeline.api.server"], more=service)
        self._wait_for(lambda: _answers(f"{self.url}/server_info"), "webserver")
        self._wait_for(lambda: _answers(f"{self.api_url}/healthz"), "http-service")

    def _launch(
        self,
        name: str,
        arguments: list[str],
        *,
        front: bool = False,
        lock: int | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        environment = {**os.environ, **storage_environment(self._settings), "PYTHONUNBUFFERED": "1", **(more or {})}
        environment[PROCESS_VARIABLE] = name
        # Matplotlib keeps its list of fonts below the user's home folder, which a service user may not have: without
        # the list each process would make it anew, in seconds of processor time.
        environment.setdefault("MPLCONFIGDIR", str(self._settings.home / "cache" / "matplotlib"))
        command, log, output = [sys.executable, *arguments], self._logs.path(name), self._logs.input_of(name)
        child = Child(name, command, environment, log, output=output, front=front, lock=lock)
        child.start()
        self._children.append(child)

    def _wait_for(self, ready: Callable[[], bool], name: str) -> None:
        deadline = time.monotonic() + _START_S
        child = next(child for child in self._children if child.name == name)
        while not ready():
            if self.stopping:
                return
            if child.gave_up() or time.monotonic() > deadline:
                raise OperatorError(
                    "start_failed",
                    f"The {name} did not come up.",
                    f"Read {self._logs.path(name)}; `meeting-pipeline doctor` checks the settings.",
                )
            self._watch_all()
            time.sleep(_TURN_S / 2)

    def watch(self) -> None:
        """Keep the children alive until ``stopping`` is set."""
        while not self.stopping:
            self._watch_all()
            time.sleep(_TURN_S)

    def _watch_all(self) -> None:
        self._logs.watch()
        for child in self._children:
            child.watch()

    def stop(self) -> None:
        """Stop everything: first who starts work, then the work. What is cut off goes on at the next start."""
        family = self._family()
        for child in reversed(self._children):
            child.stop()
        _, left = psutil.wait_procs(family, timeout=_STOP_S)
        for process in left:
            _signal(process, signal.SIGINT)
        _, left = psutil.wait_procs(left, timeout=_KILL_S)
        for process in left:
            _log.warning("process %d did not end and was killed; its work goes on at the next start", process.pid)
            _signal(process, signal.SIGKILL)
        psutil.wait_procs(left, timeout=_KILL_S)
        self._logs.close()
        remove_ui_token(self._settings.home)
        shutil.rmtree(self._sockets, ignore_errors=True)

    def _family(self) -> list[psutil.Process]:
        """The children and all that they started. Other children of this process are not ours to stop."""
        found: list[psutil.Process] = []
        for child in self._children:
            if child.pid is None:
                continue
            with contextlib.suppress(psutil.NoSuchProcess):  # it ended by itself in between
                process = psutil.Process(child.pid)
                found += [process, *process.children(recursive=True)]
        return found


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):  # it ended by itself in between
        process.send_signal(number)


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _free_port(host: str, not_this: int = 0) -> int:
    """Raises: OperatorError ``bad_address``."""
    while True:
        with listen(host, 0) as probe:
            port = int(probe.getsockname()[1])
        if port != not_this:
            return port


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as error:
            raise port_in_use(_HOST, port, "ui_port") from error
