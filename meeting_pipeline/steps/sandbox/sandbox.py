"""Sandbox: a child process that reads untrusted bytes for us, with limits on time, memory and output.

A decoder or parser may crash, loop, eat memory or print without end over a file that was made for it. Whoever asks here
keeps working: it gets an answer, or an ``Ended`` that says why there is none. One question at a time; questions are
cheap (a fork), starting the process is not. Must not go here: the process itself (``sandbox_process.py``), what can be
asked (``untrusted.py``), how many may run at once (``steps/intake/inspections.py``).
"""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Final

import psutil

from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.steps.sandbox import policies, sandbox_process

_log = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 0.2
_GRACE_SECONDS: Final = 15.0
"""The process keeps the time limit itself; it is given up when it is silent for so much longer."""
_STOPPED: Final = tuple(f"signal {int(number)}" for number in (signal.SIGINT, signal.SIGTERM))
"""How a fork ends that was stopped together with the whole service; a hostile file ends it in other ways."""
_KILLED: Final = f"signal {int(signal.SIGKILL)}"
_OUTCOME_BYTES: Final = 4096
_COMMAND: Final = (sys.executable, "-m", sandbox_process.__name__)
_DESCRIPTORS: Final = 65536
"""A process of ours has fewer open; a fork closes what it inherited."""


@dataclass(frozen=True)
class Limits:
    """What one question may use. ``seconds`` is by the clock; ``answer_bytes`` is what is read of its answer at most."""

    cpu_seconds: int
    seconds: float
    memory_bytes: int = policies.INSPECTION_MEMORY_BYTES
    answer_bytes: int = policies.SANDBOX_ANSWER_BYTES


@dataclass(frozen=True)
class Ended:
    """How a question ended: ``answer`` is ``None`` unless ``how`` is ``exit``.

    ``how`` otherwise: ``time``, ``output``, ``signal N``, ``killed`` (by us), ``lost`` (the sandbox itself went away) or
    ``not begun`` (the machine had nothing left to begin with).
    """

    how: str
    answer: dict[str, Any] | None = None

    @property
    def was_stopped(self) -> bool:
        """Whether somebody stopped it together with everything else: it says nothing about the file."""
        return self.how in _STOPPED

    @property
    def was_killed(self) -> bool:
        """Whether somebody else killed it, mostly the kernel for lack of memory: because of the file, or of others."""
        return self.how in (_KILLED, "lost")

    @property
    def says_nothing(self) -> bool:
        """Whether there is neither an answer nor a limit that was met: the file may be at fault, or the environment."""
        if self.answer is None:
            return self.how not in ("time", "output")
        return "failed" in self.answer or "broken" in self.answer

    @property
    def is_broken(self) -> bool:
        """Whether it is certain that the environment is at fault."""
        return self.how == sandbox_process.NOT_BEGUN or (self.answer is not None and "broken" in self.answer)


_PROBE_LIMITS: Final = Limits(30, 300.0)
"""Importing the libraries takes a second or two of processor time."""


def broken(how: str) -> StoreUnavailable:
    """Nothing can be read in a sandbox at present; it says nothing about any file. ``how``: a few words for logs."""
    _log.error("files cannot be read: the sandbox does not work (%s)", how)
    return StoreUnavailable(
        "sandbox_broken",
        f"The process that reads files does not work ({how}).",
        "Look at the log, the limits of memory, processes and open files, and whether the program is installed completely; "
        "then restart `up`. The files wait.",
    )


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
        """Ask. ``preload``: trusted modules that the process imports once for all questions. ``demoted``: at low priority.

        Raises: OSError (no process can be started).
        """
        question = {
            "name": name,
            "given": given,
            "preload": list(preload),
            "limits": {
                "cpu_seconds": limits.cpu_seconds,
                "seconds": limits.seconds,
                "memory_bytes": limits.memory_bytes,
                "answer_bytes": limits.answer_bytes,
                "nice": policies.INSPECTION_NICE,
                "demoted": demoted,
            },
        }
        data = json.dumps(question).encode()
        try:
            self._open().send_bytes(data)
        except (BrokenPipeError, ConnectionResetError):  # it died since the last question
            self.close()
            self._open().send_bytes(data)
        self._asking = limits
        self._deadline = time.monotonic() + limits.seconds + _GRACE_SECONDS

    def wait(self, seconds: float, is_over: Callable[[], bool] = lambda: False) -> Ended | None:
        """How the question ended; ``None`` if it has not after ``seconds``, or ``is_over`` says so before."""
        until = time.monotonic() + seconds
        while True:
            ended = self._poll(min(_LOOK_SECONDS, max(until - time.monotonic(), 0.0)))
            if ended is not None:
                return ended
            if time.monotonic() >= until or is_over():
                return None

    def cpu_seconds(self) -> float:
        """Processor time that the question has used so far; endless where that cannot be known."""
        pid = self._process.pid if self._process is not None else self._pid
        try:
            used = [fork.cpu_times() for fork in psutil.Process(pid).children()] if pid is not None else []
        except psutil.Error:
            return float("inf")
        return sum(one.user + one.system for one in used)

    def demote(self) -> None:
        """Let the question go on at a low priority."""
        self._command(sandbox_process.DEMOTE)

    def kill(self) -> None:
        """End the question. The process stays for the next one, unless it does not obey."""
        if self._asking is None:
            return
        self._command(sandbox_process.KILL)
        if self.wait(_GRACE_SECONDS) is None:
            self.close()

    def works(self, modules: Sequence[str], is_over: Callable[[], bool] = lambda: False) -> bool:
        """Whether questions are answered at all, shown by one that has no file. Ends the one under way."""
        self.kill()
        try:
            self.begin("probe", {"modules": list(modules)}, _PROBE_LIMITS, preload=modules)
        except OSError:
            return False
        ended = self.wait(float("inf"), is_over)
        return ended is not None and ended.answer is not None and "value" in ended.answer

    def close(self) -> None:
        """End the process, and with it what it works on."""
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
        except ValueError:  # a fork that ended without its answer: it says so by its exit
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
                weakref.finalize(self, _end, self._process)  # whoever forgets to close it leaves no process behind
        return self._channel


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


_preforked: list[tuple[int, Connection]] = []
"""Sandbox processes that this process made while it had one thread and everything imported."""


def prefork() -> None:
    """Fork a sandbox process off this one, which has one thread: it costs milliseconds, and imports nothing again.

    Only right after the process itself was forked. The next ``Sandbox`` that is used takes it.
    """
    ours, theirs = socket.socketpair()
    parent = os.getpid()
    try:
        pid = os.fork()
    except OSError:  # no process left at present: one is started when it is needed
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
