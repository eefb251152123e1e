"""Sandbox: a child process that reads untrusted bytes, with limits on time, memory and output.

A malicious file may make a decoder or parser crash, loop, exhaust memory or print endlessly. The caller is not affected: it
gets an answer, or an ``Ended`` that says why there is none. One question at a time; a question is cheap (a fork), starting
the process is not. Must not go here: the process itself (``sandbox_process.py``), the available questions
(``untrusted.py``), what an end means (``question.py``), how many may run at once (``steps/intake/inspections.py``).
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Final

import psutil

from meeting_pipeline.steps.sandbox import sandbox_process
from meeting_pipeline.steps.sandbox.question import Ended, Limits, encoded

_LOOK_SECONDS: Final = 0.2
"""Between two looks whether the caller still wants the answer."""
_GRACE_SECONDS: Final = 15.0
"""The process enforces the time limit itself; if it is silent for this much longer, it is killed."""
_OUTCOME_BYTES: Final = 4096
"""Of the words that say how it ended, which come before the answer."""
_COMMAND: Final = (sys.executable, "-m", sandbox_process.__name__)
_DESCRIPTORS: Final = 65536
"""Our processes have fewer open descriptors; a fork closes those that it inherited."""
_PROBE_LIMITS: Final = Limits(30, 300.0)
"""Importing the libraries takes a second or two of processor time."""


class Sandbox:
    """One sandbox process. Not thread-safe: one owner at a time."""

    def __init__(self) -> None:
        self._pid: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Connection | None = None
        self._asking: Limits | None = None
        self._deadline = 0.0

    def begin(
        self,
        name: str,
        given: dict[str, Any],
        limits: Limits,
        *,
        preload: Sequence[str] = (),
        demoted: bool = False,
    ) -> None:
        """Ask a question. ``preload``: trusted modules, imported once for all questions. ``demoted``: run at low priority.

        Raises: OSError (no process can be started).
        """
        data = encoded(name, given, limits, preload=preload, demoted=demoted)
        try:
            self._open().send_bytes(data)
        except (BrokenPipeError, ConnectionResetError):  # it has died since the last question
            self.close()
            self._open().send_bytes(data)
        self._asking = limits
        self._deadline = time.monotonic() + limits.seconds + _GRACE_SECONDS

    def wait(self, seconds: float, is_over: Callable[[], bool] = lambda: False) -> Ended | None:
        """How the question ended; ``None`` if it has not within ``seconds``, or once ``is_over`` returns true."""
        until = time.monotonic() + seconds
        while True:
            ended = self._poll(min(_LOOK_SECONDS, max(until - time.monotonic(), 0.0)))
            if ended is not None:
                return ended
            if time.monotonic() >= until or is_over():
                return None

    def cpu_seconds(self) -> float:
        """Processor time that the question has used so far; infinite if it cannot be read."""
        pid = self._process.pid if self._process is not None else self._pid
        try:
            used = [fork.cpu_times() for fork in psutil.Process(pid).children()] if pid is not None else []
        except psutil.Error:
            return float("inf")
        return sum(one.user + one.system for one in used)

    def demote(self) -> None:
        """Continue the question at low priority."""
        self._command(sandbox_process.DEMOTE)

    def kill(self) -> None:
        """Abort the question. The process stays for the next one, unless it does not respond."""
        if self._asking is None:
            return
        self._command(sandbox_process.KILL)
        if self.wait(_GRACE_SECONDS) is None:
            self.close()

    def works(self, modules: Sequence[str], is_over: Callable[[], bool] = lambda: False) -> bool:
        """Whether the sandbox works: it asks a question that needs no file. Aborts a question in progress."""
        self.kill()
        try:
            self.begin("probe", {"modules": list(modules)}, _PROBE_LIMITS, preload=modules)
        except OSError:
            return False
        ended = self.wait(float("inf"), is_over)
        return ended is not None and ended.answer is not None and "value" in ended.answer

    def close(self) -> None:
        """End the process and any question in progress."""
        channel, self._channel, self._asking = self._channel, None, None
        if channel is not None:
            channel.close()
        if self._process is not None:
            _end(self._process)
        elif self._pid is not None:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(self._pid, signal.SIGKILL)
                os.waitpid(self._pid, 0)
        self._process = self._pid = None

    def _command(self, command: bytes) -> None:
        if self._channel is not None:
            with suppress(OSError):
                self._channel.send_bytes(command)

    def _poll(self, seconds: float) -> Ended | None:
        limits = self._asking
        if self._channel is None or limits is None:
            return Ended("lost")
        try:
            if not self._channel.poll(seconds):
                if time.monotonic() < self._deadline:
                    return None
                self.close()
                return Ended("time")
            outcome = json.loads(self._channel.recv_bytes(_OUTCOME_BYTES))
            data = self._channel.recv_bytes(limits.answer_bytes + 1)
            self._asking = None
            if outcome["ended"] != "exit":
                return Ended(str(outcome["ended"]))
            answer = json.loads(data)
            return Ended("exit", answer if isinstance(answer, dict) else None)
        except ValueError:  # the fork exited without an answer
            self._asking = None
            return Ended("exit")
        except (EOFError, OSError):
            self.close()
            return Ended("lost")

    def _open(self) -> Connection:
        if self._channel is None:
            ready = _preforked.pop() if _preforked else None
            if ready is not None:
                self._pid, self._channel = ready
            else:
                self._process, self._channel = _spawned()
                weakref.finalize(self, _end, self._process)  # no process is left behind if nobody calls close
        return self._channel


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


_preforked: list[tuple[int, Connection]] = []
"""Sandbox processes forked while this process had one thread and all imports done."""


def prefork() -> None:
    """Fork a sandbox process from this one, which must have one thread. It costs milliseconds and repeats no imports.

    Call it only right after this process was forked itself. The next ``Sandbox`` in use takes the process.
    """
    ours, theirs = socket.socketpair()
    parent = os.getpid()
    try:
        pid = os.fork()
    except OSError:  # no process slot left now: one is started when needed
        ours.close()
        theirs.close()
        return
    if pid == 0:
        status = 1
        try:
            channel = theirs.detach()
            os.closerange(3, channel)
            os.closerange(channel + 1, _DESCRIPTORS)
            sandbox_process.serve_as_fork(channel, parent)
            status = 0
        finally:
            os._exit(status)
    theirs.close()
    _preforked[:] = [(pid, Connection(ours.detach()))]


def _spawned() -> tuple["subprocess.Popen[bytes]", Connection]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = subprocess.Popen(
            [*_COMMAND, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        return process, Connection(ours.detach())
