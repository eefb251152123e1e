"""The launcher's client of the fork server: starts it, requests workers, and detects that it is dead or stale.

Belongs here: the life cycle of one server, as seen by its parent. Must not go here: Dagster's launcher interface, or what
the server does.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import psutil

import meeting_pipeline
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation.private_files import UMASK
from meeting_pipeline.foundation.process_state import cpu_seconds, is_running
from meeting_pipeline.foundation.quick_start import quickly
from meeting_pipeline.launching.policies import (
    LAUNCH_CODE_CHECK_SECONDS,
    LAUNCH_REPLY_SECONDS,
    LAUNCH_START_MAX_SECONDS,
)
from meeting_pipeline.launching.sources import fingerprint

FORK_SERVER_VARIABLE: Final = "MEETING_PIPELINE_FORK_SERVER"
"""Set by `up` for the daemon: the descriptor of a socket and, after a colon, the process id of a fork server that waits there."""
_ADVICE: Final = (
    "Correct the cause, or remove `run_launcher` from dagster.yaml to go back to Dagster's default launcher."
)


class WarmServer:
    """A running fork server for one code location.

    Args:
        python: the interpreter of the code location.
        origin: the serialized ``RepositoryPythonOrigin`` whose definitions it loads.
        instance: the serialized ``InstanceRef``.
        preload_modules: modules that runs import inside functions.
        start_seconds: the minimum time limit for loading; a server that uses the CPU gets more.
        waiting: a fork server that was started before and has imported most of it already.
        keep_leases: whether a separate process renews the workers' leases (``keeper.py``).

    Raises: OperatorError ``fork_server_failed`` if the server does not start.
    """

    def __init__(
        self,
        python: str,
        origin: str,
        instance: str,
        preload_modules: Sequence[str],
        start_seconds: float,
        *,
        keep_leases: bool = False,
        waiting: "WaitingServer | None" = None,
    ) -> None:
        self._process: subprocess.Popen[bytes] | psutil.Process
        if waiting is None:
            self._process, self._channel = _started(python)
        else:
            self._process, self._channel = waiting.process, waiting.channel
        order = {
            "origin": origin,
            "instance": instance,
            "preload_modules": list(preload_modules),
            "keep_leases": keep_leases,
        }
        try:
            answer = self._request(order, start_seconds, LAUNCH_START_MAX_SECONDS)
        except OperatorError:
            self.stop()
            raise
        self._roots = [Path(root) for root in answer["roots"]]
        self._fingerprint: str = answer["fingerprint"]
        self._checked = time.monotonic()

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process is still running."""
        if isinstance(self._process, psutil.Process):
            return is_running(self._process)
        return self._process.poll() is None

    def is_stale(self) -> bool:
        """Whether the code has changed since it was loaded. Checks the files at most every few seconds."""
        if time.monotonic() - self._checked < LAUNCH_CODE_CHECK_SECONDS:
            return False
        self._checked = time.monotonic()
        return fingerprint(self._roots) != self._fingerprint

    def fork(self, run_id: str, instance: str, environment: Mapping[str, str]) -> int:
        """Start a worker for a run and return its pid.

        Raises: OperatorError ``fork_server_failed`` if there is no worker, or if that is unknown.
        """
        order = {"run_id": run_id, "instance": instance, "environment": dict(environment)}
        pid: int = self._request(order, LAUNCH_REPLY_SECONDS)["pid"]
        return pid

    def stop(self) -> None:
        """End the server. Its workers continue."""
        self._channel.close()
        try:
            self._process.wait(timeout=LAUNCH_REPLY_SECONDS)
        except (subprocess.TimeoutExpired, psutil.TimeoutExpired):
            # One that `up` started stays a zombie until `up` collects it, which may take time, and must not hold up a launch.
            with suppress(psutil.NoSuchProcess, subprocess.TimeoutExpired, psutil.TimeoutExpired):
                self._process.kill()
                self._process.wait(timeout=LAUNCH_REPLY_SECONDS)

    def _request(self, order: dict[str, Any], seconds: float, most_seconds: float = 0.0) -> dict[str, Any]:
        """Send an order and return the answer. ``most_seconds``: the limit for a server that is slow but uses CPU time."""
        try:
            self._channel.send_bytes(json.dumps(order).encode())
            deadline, used = time.monotonic() + most_seconds, -1.0
            while not (answered := self._channel.poll(seconds)) and time.monotonic() < deadline:
                before, used = used, cpu_seconds(self.pid)
                if used <= before:
                    break
            if not answered:
                raise OperatorError(
                    "fork_server_failed", f"The fork server did not respond within {seconds:g} s.", _ADVICE
                )
            answer: dict[str, Any] = json.loads(self._channel.recv_bytes())
        except (EOFError, OSError) as error:
            raise OperatorError("fork_server_failed", "The fork server ended before it responded.", _ADVICE) from error
        if "error" in answer:
            raise OperatorError("fork_server_failed", f"The fork server cannot start runs:\n{answer['error']}", _ADVICE)
        return answer


@dataclass(frozen=True)
class WaitingServer:
    """A fork server that another process has started for this one."""

    process: psutil.Process
    channel: Connection

    @classmethod
    def handed_over(cls) -> "WaitingServer | None":
        """The one that `up` left for this process, if it is alive. It can be had once."""
        descriptor, _, pid = os.environ.pop(FORK_SERVER_VARIABLE, "").partition(":")
        if not pid:
            return None
        channel = Connection(int(descriptor))
        with suppress(psutil.Error):
            process = psutil.Process(int(pid))
            if is_running(process):
                return cls(process, channel)
        channel.close()
        return None


def _started(python: str) -> tuple[subprocess.Popen[bytes], Connection]:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            quickly(python, "meeting_pipeline.launching.server", str(theirs.fileno())),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env=_environment_with_this_package(os.environ),
            umask=UMASK,
        )
    return process, Connection(ours.detach())


def _environment_with_this_package(environment: Mapping[str, str]) -> dict[str, str]:
    """Add this package to ``PYTHONPATH``: a new interpreter may lack the path by which it is importable here."""
    here = str(Path(meeting_pipeline.__file__ or sys.path[0]).parent.parent)
    paths = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    return {**environment, "PYTHONPATH": os.pathsep.join([*paths, here])}
