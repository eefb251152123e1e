"""``up``'s side of the log files: a pipe for each process, and one process that reads them all.

``up`` holds both ends of every pipe, so a restarted process keeps its pipe, and so does the reader.
Must not go here: reading and writing (``log_writer.py``).
"""

import fcntl
import os
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from meeting_pipeline.supervisor.processes import Child

_STDERR: Final = 2
"""The descriptor of the standard error."""
_END_S: Final = 3.0
"""After the last writer has ended, only what is in the pipes is left to write."""
_LOOK_S: Final = 0.02
"""Between two looks whether it has ended: stopping waits for it."""
_FULL_BYTES: Final = 60 * 1024
"""A pipe on Linux holds 64 kB; a process that prints one more page has to wait."""


class LogPipes:
    """The pipes of a running system. ``names``: the processes; each has ``NAME.log`` in ``folder``."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self._folder = folder
        self._names = tuple(names)
        self._pipes: dict[str, tuple[int, int]] = {}
        self._writer: Child | None = None

    def open(self) -> None:
        """Create the pipes and start the reader."""
        self._pipes = {name: os.pipe() for name in self._names}
        pairs = [f"{ours}={self.path(name)}" for name, (ours, _) in self._pipes.items()]
        command = [sys.executable, "-m", "meeting_pipeline.supervisor.log_writer", *pairs]
        readers = [ours for ours, _ in self._pipes.values()]
        # Its own messages go where those of `up` go.
        self._writer = Child("log-writer", command, os.environ, self._folder, output=_STDERR, inherits=readers)
        self._writer.start()

    def path(self, name: str) -> Path:
        """The log file of a process."""
        return self._folder / f"{name}.log"

    def input_of(self, name: str) -> int:
        """The descriptor that a process prints to."""
        return self._pipes[name][1]

    def watch(self) -> None:
        """Keep the reader alive."""
        if self._writer is not None:
            self._writer.watch()

    @property
    def pid(self) -> int | None:
        """The reader's process id."""
        return self._writer.last_pid if self._writer is not None else None

    def problem(self) -> str:
        """What is wrong with the reader; empty if it reads. While it does not, processes block on full pipes."""
        full = [name for name, (ours, _) in self._pipes.items() if _waiting(ours) >= _FULL_BYTES]
        return f"nobody reads what {', '.join(full)} prints" if full else ""

    def is_stopped(self) -> bool:
        """Whether a signal stopped the reader."""
        return self._writer is not None and self._writer.is_stopped()

    def restart(self, reason: str) -> None:
        """Replace the reader. The next one reads what is in the pipes."""
        if self._writer is not None:
            self._writer.restart(reason)

    def close(self) -> None:
        """Let the reader write the rest, and end."""
        for descriptors in self._pipes.values():
            for descriptor in descriptors:
                os.close(descriptor)
        self._pipes = {}
        if self._writer is None:
            return
        deadline = time.monotonic() + _END_S
        while not self._writer.ended() and time.monotonic() < deadline:
            time.sleep(_LOOK_S)
        self._writer.kill()
        self._writer = None


def _waiting(descriptor: int) -> int:
    """Unread bytes in a pipe."""
    return int.from_bytes(fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4)), sys.byteorder)
