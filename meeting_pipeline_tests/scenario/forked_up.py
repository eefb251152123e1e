"""Systems whose ``up`` does not import everything anew: for scenarios that are not about its start, see ``up_process.py``.

After the start they differ in nothing: parts that are restarted, commands and workers are programs as always.
Must not go here: what a system can do (``system.py``).
"""

from __future__ import annotations

import atexit
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Final

from meeting_pipeline.supervisor.commands import code_server
from meeting_pipeline_tests.scenario.command_process import INTERRUPTED, PROGRAM
from meeting_pipeline_tests.scenario.system import USUAL_UMASK, System, without_settings

START_SECONDS: Final = 600.0
"""It takes some seconds; a busy machine gets more."""
_SPARE: Final = 256
"""Characters by which the longest command may be longer here than the one below."""
_ENVIRONMENT: Final = 64 * 1024
"""More characters than the environment of any system: a process shows its environment where the first one had its own."""


class QuickSystem(System):
    """``meeting-pipeline up`` on a separate home, forked from a process that has imported everything."""

    def _run(self, output: IO[bytes]) -> subprocess.Popen[bytes] | ForkedUp:
        if self.dagsters_launcher:
            return super()._run(output)
        assert "PYTHONPATH" not in self.settings, "a fork has imported everything already: use `System`"
        return ForkedUp(self.command("up", "--port", "0"), self.environment(), output.fileno())


class ForkedUp:
    """A running ``up``: the part of ``subprocess.Popen`` that scenarios use."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], output: int) -> None:
        program, *words = command
        variables = [os.fsencode(f"{name}={value}") for name, value in {**environment, PROGRAM: program}.items()]
        given = [os.fsencode(word) for word in words]
        head = [os.fsencode(Path.cwd()), b"%d" % USUAL_UMASK, b"%d" % len(given)]
        message = b"\0".join([*head, *given, *variables])
        self.returncode: int | None = None
        self._channel = socket.socket(socket.AF_UNIX)
        self._channel.connect(_address())
        nothing = os.open(os.devnull, os.O_RDONLY)
        try:
            socket.send_fds(self._channel, [len(message).to_bytes(8, "big")], [nothing, output, output])
        finally:
            os.close(nothing)
        self._channel.sendall(message)
        self.pid = int.from_bytes(self._channel.recv(8, socket.MSG_WAITALL), "big")
        assert self.pid, "the process that is forked has ended"

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; nothing while it runs."""
        return self._wait(0.0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises: subprocess.TimeoutExpired."""
        code = self._wait(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("up", timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _wait(self, seconds: float | None) -> int | None:
        if self.returncode is None:
            poller = select.poll()
            poller.register(self._channel, select.POLLIN)
            if poller.poll(None if seconds is None else seconds * 1000):
                code = self._channel.recv(1)
                self._channel.close()
                # Nothing: the process that was its parent has ended, and the kernel ends it.
                found = code[0] if code else INTERRUPTED + signal.SIGTERM
                self.returncode = found if found <= INTERRUPTED else INTERRUPTED - found
        return self.returncode


@cache
def _address() -> str:
    """The address of the process that is forked. The first call starts it; it ends with this one."""
    folder = Path(tempfile.mkdtemp(prefix="mpt-"))
    address = folder / "socket"
    longest = [sys.executable, *code_server(Path("." * 108))]
    padding = "." * (sum(map(len, longest)) + len(longest) + _SPARE)
    process = subprocess.Popen(
        [sys.executable, "-m", "meeting_pipeline_tests.scenario.up_process", str(address), padding],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True,
        env={
            **without_settings(), "MALLOC_ARENA_MAX": "2", "MPLCONFIGDIR": str(folder), "OPENBLAS_NUM_THREADS": "1",
            "PADDING": "." * _ENVIRONMENT,
        },
    )  # fmt: skip

    def end() -> None:
        process.kill()
        process.communicate()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    ends = time.monotonic() + START_SECONDS
    while not address.is_socket():
        assert process.poll() is None, "the process that is forked has ended"
        assert time.monotonic() < ends, "the process that is forked does not start"
        time.sleep(0.02)
    return str(address)
