"""Starts processes as forks of one that has imported everything (``prefork_process.py``), while `up` starts.

A failure here only costs seconds: the process is then started as a separate program.
Must not go here: which processes there are, restarts (``processes.py``).
"""

import contextlib
import json
import logging
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from typing import Final

from meeting_pipeline.foundation.parent_death import end_with_parent
from meeting_pipeline.foundation.private_files import UMASK
from meeting_pipeline.foundation.process_state import cpu_seconds
from meeting_pipeline.foundation.quick_start import PREFIX
from meeting_pipeline.supervisor import policies

_log = logging.getLogger(__name__)
_MODULE: Final = "meeting_pipeline.supervisor.prefork_process"
PADDING_VARIABLE: Final = "PADDING"
"""Makes the environment of the process that is forked longer than those of its forks, which are shown in its place."""
_SPARE: Final = 256
"""Bytes by which the command and the environment of a fork may be longer than the imports' own (``process_title.py``)."""
_LOOK_S: Final = 0.25
"""Between two looks whether `up` is to end, while the imports take their seconds."""
_REPLY_S: Final = 10.0
"""A fork takes milliseconds; on a machine that is far too busy, a second."""


class Forked:
    """A forked process that this process has adopted. The part of ``subprocess.Popen`` that ``Child`` uses."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; nothing while it runs."""
        return self._wait(os.WNOHANG)

    def wait(self) -> int | None:
        """Wait for its end."""
        return self._wait(0)

    def kill(self) -> None:
        """Send SIGKILL."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def _wait(self, options: int) -> int | None:
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, options)
            except ChildProcessError:  # somebody else has collected it
                self.returncode = -signal.SIGKILL
            else:
                if pid:
                    self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


class Prefork:
    """The process that is forked. This process must adopt orphans (``orphans.adopt_orphans``).

    ``environment``: what forks get, which may differ by a few bytes. ``output``: a descriptor for its messages.
    """

    def __init__(self, environment: Mapping[str, str], longest: Sequence[str], output: int) -> None:
        self._channel: Connection | None = None
        ours, theirs = socket.socketpair()
        self._launches, serves = socket.socketpair()
        # The kernel shows the memory with which a process's program began, so there has to be enough of it.
        padding = "." * (sum(map(len, map(os.fsencode, longest))) + len(longest) + _SPARE)
        with contextlib.ExitStack() as on_error, theirs, serves:
            on_error.callback(ours.close)
            on_error.callback(self._launches.close)
            descriptors = [theirs.fileno(), serves.fileno()]
            words = [sys.executable, "-m", _MODULE, *map(str, descriptors), padding]
            self._process = self._begun(words, {**environment, PADDING_VARIABLE: "." * _SPARE}, descriptors, output)
            on_error.pop_all()
        # An order with a large environment does not fit into the socket, and nobody may ever read it.
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(_REPLY_S), 0))
        self._channel = Connection(ours.detach())

    def _begun(
        self, command: Sequence[str], environment: Mapping[str, str], descriptors: Sequence[int], output: int
    ) -> subprocess.Popen[bytes] | Forked:
        return subprocess.Popen(
            command,
            env=environment,
            pass_fds=descriptors,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=end_with_parent,
            umask=UMASK,
        )

    def wait_until_ready(self, given_up: Callable[[], bool]) -> None:
        """Wait until everything is imported, however long a busy machine takes. Without success, nothing can be forked."""
        used, moved = -1.0, time.monotonic()
        while self._channel is not None and not given_up():
            if self._channel.poll(_LOOK_S):
                with contextlib.suppress(EOFError, OSError):
                    self._channel.recv_bytes()
                    return
                break
            if (now_used := cpu_seconds(self.pid)) > used:
                used, moved = now_used, time.monotonic()
            elif time.monotonic() - moved > policies.START_STUCK_SECONDS:
                break
        self.kill()

    def fork(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        descriptors: Sequence[int],
        *,
        launches_runs: bool = False,
    ) -> Forked | None:
        """Start a command. Returns nothing if it has to be started as a program.

        ``descriptors``: the first is its output, the others are kept open. ``launches_runs``: it gets the connection to the
        fork server.
        """
        if self._channel is None or tuple(command[1 : 1 + len(PREFIX)]) != PREFIX:
            return None
        order = {"command": list(command), "environment": dict(environment), "parent": os.getpid()}
        order["launches_by"] = self.pid if launches_runs else None
        given = [*descriptors, *([self._launches.fileno()] if launches_runs else [])]
        waits, goes = os.pipe()  # a fork that is not known here must not run: it waits for one byte, or ends
        try:
            with socket.socket(fileno=os.dup(self._channel.fileno())) as messages:
                self._channel.send_bytes(json.dumps(order).encode())
                socket.send_fds(messages, [b"."], [waits, *given])
            if not self._channel.poll(_REPLY_S):
                raise TimeoutError(f"no reply within {_REPLY_S:g} s")
            answer = json.loads(self._channel.recv_bytes())
            if "pid" in answer:
                os.write(goes, b".")
                return Forked(answer["pid"])
            _log.warning("a process could not be forked: %s", answer["error"])
        except (EOFError, OSError) as error:
            _log.warning("a process could not be forked: %s", error)
            self.kill()
        finally:
            os.close(waits)
            os.close(goes)
        return None

    def close(self) -> None:
        """Fork nothing more. It becomes the fork server of what was forked to launch runs; if nothing was, it ends."""
        self._launches.close()
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def kill(self) -> None:
        """End it. Its forks stay."""
        self.close()
        self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid
