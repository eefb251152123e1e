"""The process that has imported the command line once, and is forked for each command that a scenario types.

A command is a process of its own, with the arguments, environment, folder, file mask, input and output of whoever typed it. Only
importing is shared: it is most of what a short command costs, and no scenario is about it.
It has one thread. Must not go here: the side of the scenarios (``commands.py``).
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import selectors
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

IMPORTED: Final = (
    "meeting_pipeline.installation",
    "meeting_pipeline.cli.list",
    "meeting_pipeline.cli.reprocess",
    "meeting_pipeline.cli.doctor",
    "meeting_pipeline.supervisor.ui_access",
)
"""What most commands import. The others' own modules are small."""
PROGRAM: Final = "PROGRAM"
"""A variable of the message that starts a system, and not of that system: the path of the program whose command is shown."""
INTERRUPTED: Final = 128
"""A shell's exit code of a command that a signal ended is this plus the signal's number."""


@dataclass(frozen=True)
class Typed:
    """A command as it was typed. ``streams``: its input, output and errors."""

    folder: bytes
    umask: int
    arguments: list[str]
    environment: dict[bytes, bytes]
    streams: list[int]


def main(address: str) -> None:
    """Run commands that arrive over the socket at this address, until the standard input ends."""
    from meeting_pipeline.cli import main as command_line

    for module in IMPORTED:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # the collector does not touch these objects again, so their pages stay shared
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{address}.new")
        listener.listen()
        Path(f"{address}.new").rename(address)  # whoever sees it can connect
        typed = Forks(listener).serve()
    if typed is not None:
        become(typed)
        command_line()


class _Ended(Exception):
    """The standard input has ended: there is nobody left who could type a command."""


class Forks:
    """The commands that run, and the connections of those who wait for them."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._running: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._woken, wakes = socket.socketpair()
        wakes.setblocking(False)
        self._wakes = wakes
        signal.signal(signal.SIGCHLD, lambda *_: None)  # without a handler, nothing is woken
        signal.set_wakeup_fd(wakes.fileno())
        self._selector.register(listener, selectors.EVENT_READ, self._fork)
        self._selector.register(self._woken, selectors.EVENT_READ, self._tell_ends)
        self._selector.register(sys.stdin, selectors.EVENT_READ, self._end)

    def serve(self) -> Typed | None:
        """Fork for each command. Returns the command in a fork, and nothing in this process, at its end."""
        with contextlib.suppress(_Ended):
            while True:
                for key, _ in self._selector.select():
                    if typed := key.data():
                        return cast("Typed", typed)
        return None

    def _end(self) -> None:
        raise _Ended

    def _fork(self) -> Typed | None:
        channel, _ = self._listener.accept()
        typed = _received(channel)
        if typed is None:
            channel.close()
            return None
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._selector.close()
            for one in (self._woken, self._wakes, channel, *self._running.values()):
                one.close()
            return typed
        for stream in typed.streams:
            os.close(stream)
        self._began(pid, channel)
        self._running[pid] = channel
        self._selector.register(channel, selectors.EVENT_READ, lambda: self._let_go(pid))
        return None

    def _began(self, pid: int, channel: socket.socket) -> None:
        """Called when a command was forked."""

    def _let_go(self, pid: int) -> None:
        """Whoever typed the command does not wait any more."""
        channel = self._running.get(pid)
        if channel is not None:
            self._selector.unregister(channel)
            os.kill(pid, signal.SIGKILL)

    def _tell_ends(self) -> None:
        """Tell the exit codes of ended commands to those that wait for them."""
        self._woken.recv(4096)
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            code = os.waitstatus_to_exitcode(status)
            with self._running.pop(pid) as channel:
                with contextlib.suppress(KeyError):
                    self._selector.unregister(channel)
                with contextlib.suppress(OSError):  # nobody waits for it any more
                    channel.sendall(bytes([code if code >= 0 else INTERRUPTED - code]))


def _received(channel: socket.socket) -> Typed | None:
    """Read a command. Nothing if whoever typed it was ended before it was sent."""
    head, streams, _, _ = socket.recv_fds(channel, 8, 3)
    left, parts = int.from_bytes(head), []
    while left > 0 and (part := channel.recv(left)):
        parts.append(part)
        left -= len(part)
    if left or not streams:
        for stream in streams:
            os.close(stream)
        return None
    folder, umask, count, *words = b"".join(parts).split(b"\0")
    arguments, variables = words[: int(count)], words[int(count) :]
    environment = dict(variable.split(b"=", 1) for variable in variables)
    return Typed(folder, int(umask), [os.fsdecode(word) for word in arguments], environment, list(streams))


def become(typed: Typed) -> None:
    """Make this fork the process of the command."""
    for descriptor, stream in enumerate(typed.streams):
        os.dup2(stream, descriptor)
        os.close(stream)
    os.environ.clear()
    os.environb.update(typed.environment)
    time.tzset()
    os.chdir(typed.folder)
    os.umask(typed.umask)
    sys.argv = ["meeting-pipeline", *typed.arguments]
    sys.modules["__main__"].__package__ = None  # its usage is that of a program, not of `python -m`


if __name__ == "__main__":
    main(sys.argv[1])
