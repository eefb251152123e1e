"""Starts the Dagster UI, the daemon, one code server that both share, and the HTTP service; keeps them running; stops them.

Must not go here: Dagster's configuration (``instance.py``), who may run (``foundation/ownership.py``).
"""

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from meeting_pipeline.dagster_internals import DAEMON_MODULE
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation.http_environment import trusting_nobody
from meeting_pipeline.foundation.logs import PROCESS_VARIABLE
from meeting_pipeline.foundation.ownership import is_noted, note_owner
from meeting_pipeline.foundation.ui_token import read_ui_token, remove_ui_token, write_ui_token
from meeting_pipeline.settings import VARIABLES, Settings
from meeting_pipeline.supervisor import policies
from meeting_pipeline.supervisor.bind_address import address_of, listen, port_in_use
from meeting_pipeline.supervisor.healing import Healing
from meeting_pipeline.supervisor.instance import (
    inherited_environment,
    remove_old_sockets,
    storage_environment,
    write_instance,
    write_workspace,
)
from meeting_pipeline.supervisor.log_pipes import LogPipes
from meeting_pipeline.supervisor.prober import Targets
from meeting_pipeline.supervisor.processes import Child
from meeting_pipeline.supervisor.socket_folder import SocketFolder
from meeting_pipeline.supervisor.startup import StartupMonitor, require_importable, require_startable
from meeting_pipeline.supervisor.strays import adopt_orphans, collect_ends, end_left_services, of_home
from meeting_pipeline.supervisor.ui_access import own_ui

_log = logging.getLogger(__name__)
_HOST = "127.0.0.1"
UI_SERVER = "meeting_pipeline.ui.server"
LOGGED = ("code-server", "daemon", "webserver", "http-service", "reconcile")
"""Processes with a log file of their own."""
_TURN_S = 0.5
_STOP_S = 7.0
"""Time for processes to end after the first signal, runs included ..."""
_KILL_S = 3.0
"""... then this long after a second, stronger signal. In total below 15 s."""


class Supervisor:
    """The processes of a running system."""

    def __init__(self, settings: Settings, port: int | None = None, daemon_lock: int | None = None) -> None:
        self._settings = settings
        self._daemon_lock = daemon_lock
        self.port = port if port is not None else settings.ui_port
        if self.port == 0:
            self.port = _free_port(_HOST)
        self.api_port = settings.api_port or _free_port(settings.api_host, not_this=self.port)
        self._sockets = SocketFolder(settings.home)
        self._children: list[Child] = []
        self._healing: Healing | None = None
        self._token: str | None = None
        self._tasks: list[Child] = []
        """Processes that end when their work is done and are not restarted."""
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

    def start(self, progress: Callable[[str], None] = lambda _line: None) -> None:
        """Start everything and wait until the UI and the HTTP service respond. ``progress`` receives each step.

        Raises: OperatorError ``port_in_use``, ``bad_address``, ``start_failed``.
        """
        _require_free(self.port)
        listen(self._settings.api_host, self.api_port).close()
        adopt_orphans()
        end_left_services(self._settings.dagster_home)
        remove_old_sockets(self._settings)
        self._sockets.make()
        write_instance(self._settings, self._sockets.folder)
        code_socket = self._sockets.code_socket
        workspace = write_workspace(self._settings, code_socket)
        self._logs.open()
        timeout = str(policies.START_SERVER_SECONDS)
        code = ["-m", "dagster", "code-server", "start", "--socket", str(code_socket)]
        code += ["-m", "meeting_pipeline.definitions", "--location-name", "meeting_pipeline"]
        code += ["--use-python-environment-entry-point", "--startup-timeout", timeout, "--heartbeat-ttl", timeout]
        # Dagster's own server behind it creates its socket there too.
        progress("Loading the pipeline's code ...")
        self._launch("code-server", code, front=True, more={"TMPDIR": str(self._sockets.folder)})
        self._wait_for(lambda: _accepts(code_socket), "code-server")
        progress("Starting the Dagster daemon, the Dagster UI and the HTTP service ...")
        self._launch("daemon", ["-m", DAEMON_MODULE, "run", "-w", str(workspace)], lock=self._daemon_lock)
        self._token = write_ui_token(self._settings.home)
        self._launch("webserver", ["-m", UI_SERVER, "--port", str(self.port), "--workspace", str(workspace)])
        service = {VARIABLES["api_port"]: str(self.api_port)}
        self._launch("http-service", ["-m", "meeting_pipeline.api.server"], more=service)
        self._wait_for(lambda: _answers(f"{self.url}/server_info"), "webserver")
        progress("The Dagster UI answers; waiting for the HTTP service ...")
        self._wait_for(lambda: _answers(f"{self.api_url}/healthz"), "http-service")
        self._require_loaded()
        targets = Targets(str(self._settings.home), str(code_socket), self.url, self.api_url)
        self._healing = Healing(self._settings, self._children, self._sockets, self._logs, targets)
        self._healing.start()

    def _require_loaded(self) -> None:
        """Raises: OperatorError ``start_failed`` if the code cannot be imported: waiting does not fix that."""
        with contextlib.suppress(OperatorError):  # briefly silent: the watchdog handles it
            if all(own_ui(self._settings.home, self.url).state().locations.values()):
                return
        require_importable(inherited_environment(os.environ))

    def _launch(
        self,
        name: str,
        arguments: list[str],
        *,
        front: bool = False,
        lock: int | None = None,
        more: Mapping[str, str] | None = None,
        once: bool = False,
    ) -> None:
        environment = {**inherited_environment(os.environ), **storage_environment(self._settings), **(more or {})}
        environment[PROCESS_VARIABLE] = name
        # Matplotlib keeps its font list below the user's home folder, which a service user may not have. Without the
        # list, each process would rebuild it, which takes seconds of CPU time.
        environment.setdefault("MPLCONFIGDIR", str(self._settings.home / "cache" / "matplotlib"))
        command, log, output = [sys.executable, *arguments], self._logs.path(name), self._logs.input_of(name)
        child = Child(name, command, environment, log, output=output, front=front, lock=lock)
        child.start()
        (self._tasks if once else self._children).append(child)

    def reconcile(self) -> None:
        """Reconcile Dagster's records with the store, in a low-priority process beside the running system."""
        command = ["-m", "meeting_pipeline", "reconcile", "--quick"]
        try:
            self._launch("reconcile", command, once=True)
        except (OSError, subprocess.SubprocessError) as error:  # no memory, no process: the next start does it
            _log.warning("Dagster's records were not compared with the store (%s)", error)

    def _wait_for(self, ready: Callable[[], bool], name: str) -> None:
        """Wait until it is ready, however long a busy machine takes. Raises: OperatorError for a permanent failure."""
        child = next(child for child in self._children if child.name == name)
        monitor = StartupMonitor(child)
        exits: dict[str, int] = {}
        while not ready():
            if self.stopping:
                return
            monitor.look()
            self._watch_all()
            for one in self._children:
                if one.exits > exits.get(one.name, 0):
                    self._require_startable(one)
                exits[one.name] = one.exits
            time.sleep(_TURN_S / 2)
        child.works()

    def _require_startable(self, child: Child) -> None:
        if child.pid is None and child.name == "webserver":
            _require_free(self.port)
        if child.pid is None and child.name == "http-service":
            listen(self._settings.api_host, self.api_port).close()
        require_startable(child, self._settings, self._logs.path(child.name))

    def watch(self) -> None:
        """Keep the system working until ``stopping`` is set."""
        while not self.stopping:
            self._watch_all()
            if self._healing is not None:
                self._healing.look()
            self.keep_notes()
            time.sleep(_TURN_S)

    def keep_notes(self) -> None:
        """Rewrite notes that somebody removed: commands need them to find this system and to call its UI."""
        home = self._settings.home
        with contextlib.suppress(OSError):  # a full disk: retried next time
            if self._token is not None and read_ui_token(home) is None:
                write_ui_token(home, self._token)
            if not is_noted(home):
                note_owner(home, self.url, self.api_url)

    def _watch_all(self) -> None:
        self._logs.watch()
        for child in self._children:
            child.watch()
        collect_ends(self._pids())

    def _pids(self) -> set[int]:
        """Processes that are reaped by their starters."""
        helpers = self._healing.pids() if self._healing is not None else []
        started = [self._logs.pid, *(child.last_pid for child in self._children), *helpers]
        return {pid for pid in started if pid is not None}

    def stop(self) -> None:
        """Stop everything: first what starts work, then the work itself. Interrupted work resumes at the next start."""
        if self._healing is not None:
            self._healing.close()
        family = self._family()
        for child in reversed([*self._children, *self._tasks]):
            child.stop()
        _, left = psutil.wait_procs(family, timeout=_STOP_S)
        for process in left:
            _signal(process, signal.SIGINT)
        _, left = psutil.wait_procs(left, timeout=_KILL_S)
        for process in left:
            _log.warning("process %d did not end and was killed; its work resumes at the next start", process.pid)
            _signal(process, signal.SIGKILL)
        psutil.wait_procs(left, timeout=_KILL_S)
        self._logs.close()
        remove_ui_token(self._settings.home)
        self._sockets.remove()

    def _family(self) -> list[psutil.Process]:
        """The children, everything they started, and their orphans, such as a worker of a killed daemon.

        A process left running would continue work that another run takes over at the next start. Other children of this
        process are not ours to stop.
        """
        found: list[psutil.Process] = []
        for child in [*self._children, *self._tasks]:
            if child.pid is None:
                continue
            with contextlib.suppress(psutil.NoSuchProcess):  # it ended in between
                process = psutil.Process(child.pid)
                found += [process, *process.children(recursive=True)]
        if found:
            known = {process.pid for process in found}
            found += [process for process in of_home(self._settings.dagster_home) if process.pid not in known]
        return found


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):  # it ended in between
        process.send_signal(number)


def _accepts(path: Path) -> bool:
    """Whether something listens on the socket: a killed process leaves its socket file behind."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(_TURN_S)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _answers(url: str) -> bool:
    import httpx

    try:  # on this machine, over plain HTTP: proxies and certificates from the environment do not apply
        return httpx.get(url, timeout=2, trust_env=False, verify=trusting_nobody()).status_code == 200
    except httpx.HTTPError:
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
