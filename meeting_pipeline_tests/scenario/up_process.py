"""The process that has imported once what a system imports, and is forked for each ``up`` that a scenario starts.

``up`` imports for two seconds of a processor, and what it starts for four more. No scenario but those of starting is about that.
The fork is a process as if its command had been started, with its own command, environment, session, output and file mask. It
forks its import process (``supervisor/prefork_process.py``) before `up` runs: that fork takes the place of the program that `up`
would start.
It has one thread, beside one of an allocator that survives forks. Must not go here: the side of the scenarios (``forked_up.py``).
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import sqlite3
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from meeting_pipeline.foundation import quick_start
from meeting_pipeline.foundation.fork_memory import prepare_for_forks
from meeting_pipeline.foundation.parent_death import end_with_parent
from meeting_pipeline.foundation.private_files import UMASK
from meeting_pipeline.foundation.process_title import show_as
from meeting_pipeline.providers.preloading import load_before_forks
from meeting_pipeline.supervisor import prefork, prefork_process
from meeting_pipeline_tests import prepared_store
from meeting_pipeline_tests.scenario.command_process import PROGRAM, Forks, become

IMPORTED: Final = (
    "meeting_pipeline.cli.up",
    "meeting_pipeline.installation",
    "meeting_pipeline.supervisor.ui_access",
    "meeting_pipeline.supervisor.waiting",
    "dateparser",
    "docx",
    "matplotlib.backends.backend_svg",
    "matplotlib.figure",
    "numpy",
    "pandas",
    "pyarrow.parquet",
)
"""What `up` and its preparation import beside what its processes do, and libraries that runs import when they need them: writing
the tables of all meetings takes a second for that, each time."""
_DESCRIPTORS: Final = 3


class Ups(Forks):
    """The systems that run, and the connections of those who started them. Each is told the process id first."""

    def _began(self, pid: int, channel: socket.socket) -> None:
        channel.sendall(pid.to_bytes(8, "big"))


def main(address: str) -> None:
    """Start systems that arrive over the socket at this address, until the standard input ends."""
    quick_start.collect_rarely()
    from meeting_pipeline.cli import main as command_line

    prefork_process.import_all()
    load_before_forks()
    for module in IMPORTED:
        importlib.import_module(module)
    _prepare_store()
    assert [threading.main_thread()] == threading.enumerate(), "importing started threads, which a fork would lose"
    prepare_for_forks()
    parent = os.getpid()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{address}.new")
        listener.listen()
        Path(f"{address}.new").rename(address)  # whoever sees it can connect
        typed = Ups(listener).serve()
    if typed is None:
        return
    program = os.fsdecode(typed.environment.pop(PROGRAM.encode()))
    become(typed)
    os.setsid()
    end_with_parent()
    if os.getppid() != parent:  # it has died meanwhile
        return
    imports = _Imports()
    if imports.order is not None:
        prefork_process.main(imports.order)
        return
    prefork.Prefork._begun = imports.begun  # type: ignore[assignment]
    sys.argv[0] = program
    sys.orig_argv[:] = [sys.executable, *sys.argv]
    show_as(sys.orig_argv, dict(os.environ))
    command_line()


def _prepare_store() -> None:
    """Migrate a database once, of which those of new homes are copies."""
    from sqlalchemy import create_engine

    from meeting_pipeline.store.engine import schema

    prepared_store.copy_from_now_on()
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(":memory:"))
    with engine.connect() as connection:
        schema._upgrade(connection)
    engine.dispose()
    gc.collect()


class _Imports:
    """A fork that waits until `up` starts its import process, and becomes that one.

    ``order``: in the fork, the arguments with which it was started; nothing in `up`.
    """

    def __init__(self) -> None:
        self.order: list[str] | None = None
        self._channel, theirs = socket.socketpair()
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid:
            theirs.close()
            return
        self._channel.close()
        end_with_parent()
        if os.getppid() != parent:
            os._exit(1)
        with theirs:
            self.order = self._awaited(theirs)

    def begun(
        self, command: Sequence[str], environment: Mapping[str, str], descriptors: Sequence[int], output: int
    ) -> prefork.Forked:
        """Takes the place of ``Prefork._begun``."""
        message = json.dumps([list(command), dict(environment)]).encode()
        socket.send_fds(self._channel, [len(message).to_bytes(8, "big")], [output, *descriptors])
        self._channel.sendall(message)
        self._channel.close()
        return prefork.Forked(self._pid)

    def _awaited(self, channel: socket.socket) -> list[str]:
        head, received, _, _ = socket.recv_fds(channel, 8, _DESCRIPTORS)
        if not received:  # `up` has ended before
            os._exit(0)
        output, *descriptors = received
        parts, left = [], int.from_bytes(head, "big")
        while left > 0 and (part := channel.recv(left)):
            parts.append(part)
            left -= len(part)
        command, environment = _parsed(b"".join(parts))
        os.setsid()
        os.umask(UMASK)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        show_as(command, environment)
        return [str(descriptor) for descriptor in descriptors]


def _parsed(message: bytes) -> tuple[list[str], dict[str, str]]:
    found: Any = json.loads(message)
    return found[0], found[1]


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main(sys.argv[1])
