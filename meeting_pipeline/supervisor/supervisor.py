"""Starts the Dagster UI, the daemon, one code server that both share, and the HTTP service; keeps them running; stops them.

Must not go here: Dagster's configuration (``instance.py``), who may run (``foundation/ownership.py``), how a
process is called (``commands.py``), when it is ready or will never be (``startup.py``), how it is ended (``shutdown.py``).
"""

import contextlib
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation.forked_call import call_in_fork
from meeting_pipeline.foundation.ownership import is_noted, note_owner
from meeting_pipeline.foundation.ui_token import read_ui_token, remove_ui_token, write_ui_token
from meeting_pipeline.settings import VARIABLES, Settings
from meeting_pipeline.supervisor import commands
from meeting_pipeline.supervisor.bind_address import address_of, free_port, listen, require_free
from meeting_pipeline.supervisor.healing import Healing
from meeting_pipeline.supervisor.health import forget_health
from meeting_pipeline.supervisor.instance import (
    convert_storage,
    inherited_environment,
    must_convert_storage,
    remove_old_sockets,
    write_instance,
    write_workspace,
)
from meeting_pipeline.supervisor.log_pipes import LogPipes
from meeting_pipeline.supervisor.orphans import adopt_orphans, collect_ends, end_left_services
from meeting_pipeline.supervisor.prefork import Prefork
from meeting_pipeline.supervisor.processes import Child
from meeting_pipeline.supervisor.reports import Targets
from meeting_pipeline.supervisor.shutdown import end_all
from meeting_pipeline.supervisor.socket_folder import SocketFolder
from meeting_pipeline.supervisor.startup import (
    StartupMonitor,
    accepts,
    answers,
    require_importable,
    require_startable,
)

_log = logging.getLogger(__name__)
_HOST = "127.0.0.1"
LOGGED = ("code-server", "daemon", "webserver", "http-service", "reconcile")
"""Processes with a log file of their own."""
_TURN_S = 0.5
"""Between two looks at the processes: how late the end of one is noticed."""


class Supervisor:
    """The processes of a running system."""

    def __init__(self, settings: Settings, port: int | None = None, daemon_lock: int | None = None) -> None:
        self._settings = settings
        self._daemon_lock = daemon_lock
        self.port = port if port is not None else settings.ui_port
        if self.port == 0:
            self.port = free_port(_HOST)
        self.api_port = settings.api_port or free_port(settings.api_host, not_this=self.port)
        self._sockets = SocketFolder(settings.home)
        self._children: list[Child] = []
        self._healing: Healing | None = None
        self._prefork: Prefork | None = None
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

    def start(self, progress: Callable[[str], None] = lambda _line: None, *, reconciles: bool = False) -> None:
        """Start everything and wait until the UI and the HTTP service respond. ``progress`` receives each step.

        ``reconciles``: also compare Dagster's records with the store, once the services respond.
        Once ``stopping`` is set, nothing more is started and nothing is waited for.
        Raises: OperatorError ``port_in_use``, ``bad_address``, ``start_failed``.
        """
        require_free(_HOST, self.port)
        listen(self._settings.api_host, self.api_port).close()
        forget_health(self._settings.home)  # of a system that was killed
        adopts = adopt_orphans()
        end_left_services(self._settings.dagster_home, workers_too=must_convert_storage(self._settings))
        convert_storage(self._settings)
        remove_old_sockets(self._settings)
        self._sockets.make()
        write_instance(self._settings, self._sockets.folder)
        code_socket = self._sockets.code_socket
        workspace = write_workspace(self._settings, code_socket)
        self._logs.open()
        progress("Loading the pipeline's code ...")
        code = commands.code_server(code_socket)
        if adopts:
            self._import_once([sys.executable, *code])
        self._launch("code-server", code)
        self._wait_for(lambda: accepts(code_socket), "code-server")
        progress("Starting the Dagster daemon, the Dagster UI and the HTTP service ...")
        self._launch("daemon", commands.daemon(workspace), lock=self._daemon_lock, launches_runs=True)
        self._token = write_ui_token(self._settings.home)
        self._launch("webserver", commands.webserver(self.port, workspace))
        service = {VARIABLES["api_port"]: str(self.api_port)}
        self._launch("http-service", commands.HTTP_SERVICE, more=service)
        self._wait_for(lambda: answers(f"{self.url}/server_info"), "webserver")
        progress("The Dagster UI answers; waiting for the HTTP service ...")
        self._wait_for(lambda: answers(f"{self.api_url}/healthz"), "http-service")
        if reconciles:
            self._reconcile()
        if self._prefork is not None:
            self._prefork.close()
        if self.stopping:
            return
        self._require_loaded()
        targets = Targets(str(self._settings.home), str(code_socket), self.url, self.api_url)
        self._healing = Healing(self._settings, self._children, self._sockets, self._logs, targets)
        self._healing.start()

    def _require_loaded(self) -> None:
        """Raises: OperatorError ``start_failed`` if the code cannot be imported: waiting does not fix that."""
        with contextlib.suppress(OperatorError, OSError):  # briefly silent: the watchdog handles it
            home, announced = self._settings.home, self._settings.broker_url is not None
            if call_in_fork(lambda: all(_locations(home, self.url).values()), has_threads=announced):
                return
        require_importable(inherited_environment(os.environ))

    def _import_once(self, longest: Sequence[str]) -> None:
        """Start the process that imports for all, and wait for it. ``longest``: the longest command."""
        environment = commands.environment_of("daemon", self._settings, {})
        with contextlib.suppress(OSError, subprocess.SubprocessError):  # no memory, no process: each imports for itself
            self._prefork = Prefork(environment, longest, self._logs.input_of("daemon"))
            self._prefork.wait_until_ready(lambda: self.stopping)

    def _launch(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        lock: int | None = None,
        more: Mapping[str, str] | None = None,
        once: bool = False,
        launches_runs: bool = False,
    ) -> None:
        if self.stopping:
            return
        environment = commands.environment_of(name, self._settings, more or {})
        command, log, output = [sys.executable, *arguments], self._logs.path(name), self._logs.input_of(name)
        fork = partial(self._prefork.fork, launches_runs=launches_runs) if self._prefork is not None else None
        child = Child(name, command, environment, log, output=output, lock=lock, fork=fork)
        child.start()
        (self._tasks if once else self._children).append(child)

    def _reconcile(self) -> None:
        """Reconcile Dagster's records with the store, in a low-priority process while the system runs."""
        try:
            self._launch("reconcile", commands.RECONCILE, once=True)
        except (OSError, subprocess.SubprocessError) as error:  # no memory, no process: the next start does it
            _log.warning("Dagster's records were not compared with the store (%s)", error)

    def _wait_for(self, ready: Callable[[], bool], name: str) -> None:
        """Wait until it is ready, however long a busy machine takes. Raises: OperatorError for a permanent failure."""
        child = next((child for child in self._children if child.name == name), None)
        if child is None:  # not started, because everything is to end
            return
        monitor = StartupMonitor(child)
        exits: dict[str, int] = {}
        while not ready():
            if self.stopping:
                return
            monitor.check()
            self._watch_all()
            for one in self._children:
                if one.exits > exits.get(one.name, 0):
                    self._require_startable(one)
                exits[one.name] = one.exits
            time.sleep(_TURN_S / 2)
        child.works()

    def _require_startable(self, child: Child) -> None:
        if child.pid is None and child.name == "webserver":
            require_free(_HOST, self.port)
        if child.pid is None and child.name == "http-service":
            listen(self._settings.api_host, self.api_port).close()
        require_startable(child, self._settings, self._logs.path(child.name))

    def watch(self) -> None:
        """Keep the system working until ``stopping`` is set."""
        while not self.stopping:
            self._watch_all()
            if self._healing is not None:
                self._healing.check()
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

    def end(self) -> None:
        """Have ``start`` and ``watch`` return soon. Callable from any thread and from signal handlers."""
        self.stopping = True

    def stop(self) -> None:
        """Stop everything: first what starts work, then the work itself. Interrupted work resumes at the next start."""
        if self._healing is not None:
            self._healing.close()
        end_all([*self._children, *self._tasks], self._settings.dagster_home)
        if self._prefork is not None:
            self._prefork.kill()
        self._logs.close()
        remove_ui_token(self._settings.home)
        self._sockets.remove()


def _locations(home: Path, url: str) -> dict[str, bool]:
    """Whether each code location could be loaded, as the UI says."""
    from meeting_pipeline.supervisor.ui_access import own_ui  # not at the top: it would stay loaded

    return own_ui(home, url).state().locations
