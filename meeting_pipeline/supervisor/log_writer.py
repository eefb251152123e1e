"""The process between the others and their log files: reads what they print, and writes one JSON object per line.

Each process that ``up`` starts prints into a pipe; this one reads them all. It ends when no writer is left. It outlives a
killed ``up``, so that workers can continue. If it dies, ``up`` restarts it on the same pipes; processes that print
meanwhile wait.
Must not go here: what a line means (``log_lines.py``).
"""

import os
import selectors
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from meeting_pipeline.foundation.private_files import write_privately
from meeting_pipeline.supervisor import policies
from meeting_pipeline.supervisor.log_lines import MAX_CHARACTERS, Lines


class LogFile:
    """A log file. It is opened for each write, so that it can be moved away at any time.

    A full disk loses lines but stops no process. The number of lost lines is reported when there is space again.
    """

    def __init__(self, path: Path, lines: Lines) -> None:
        self._path = path
        self._lines = lines
        self._lost = 0
        self._why = ""

    def write(self, records: Sequence[str]) -> None:
        """Append the records."""
        if not records:
            return
        kept = list(records)
        if self._lost:
            kept.insert(0, self._lines.note(f"{self._lost} lines were lost: {self._why}.", datetime.now(UTC)))
        try:
            self._append("".join(f"{record}\n" for record in kept).encode())
        except OSError as error:
            self._lost += len(records)
            self._why = error.strerror or "the disk was full"
        else:
            self._lost = 0

    def _append(self, content: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # moved away meanwhile
            if self._path.stat().st_size + len(content) > policies.LOG_FILE_BYTES:
                self._path.replace(self._path.with_name(f"{self._path.name}.1"))
        with self._opened() as file:
            start = file.tell()
            if file.write(content) != len(content):
                file.truncate(start)  # half a line is not JSON
                raise OSError("no room")

    def _opened(self) -> FileIO:
        try:
            return self._path.open("ab", buffering=0)
        except PermissionError:  # of another user, who ran the system once: it makes room for one of ours
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
            return self._path.open("ab", buffering=0)


class Stream:
    """One pipe's output, and the file it goes to."""

    def __init__(self, path: Path) -> None:
        self._lines = Lines(path.stem)
        self._file = LogFile(path, self._lines)
        self._rest = b""
        self._fed = 0.0

    def take(self, data: bytes) -> None:
        """Process what was read. An unfinished line waits for its end."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_CHARACTERS:
            whole, self._rest = [*whole, self._rest], b""
        now = datetime.now(UTC)
        records = [
            record for line in whole for record in self._lines.feed(line.decode(errors="replace").rstrip("\r"), now)
        ]
        self._fed = time.monotonic()
        self._file.write(records)

    @property
    def holds(self) -> bool:
        """Whether a record is held back."""
        return self._lines.holds

    def settle(self, *, over: bool = False) -> None:
        """Write the record that was held back if nothing has followed for a short time."""
        if over and self._rest:
            self.take(b"\n")
        if self._lines.holds and (over or time.monotonic() - self._fed >= policies.LOG_SETTLE_SECONDS):
            self._file.write(self._lines.flush())


def run(streams: dict[int, Stream]) -> None:
    """Relay until all pipes are closed at the other end. Keys are the descriptors to read."""
    with selectors.DefaultSelector() as selector:
        for descriptor, stream in streams.items():
            selector.register(descriptor, selectors.EVENT_READ, stream)
        while selector.get_map():
            waiting = any(stream.holds for stream in streams.values())
            for key, _ in selector.select(policies.LOG_SETTLE_SECONDS if waiting else None):
                data = os.read(key.fd, policies.LOG_READ_BYTES)
                if data:
                    key.data.take(data)
                else:
                    selector.unregister(key.fd)
                    key.data.settle(over=True)
            for stream in streams.values():
                stream.settle()


def main(arguments: Sequence[str]) -> None:
    """Each argument is ``DESCRIPTOR=PATH``."""
    write_privately()
    for number in (signal.SIGTERM, signal.SIGINT):  # it ends when there is nothing left to read
        signal.signal(number, signal.SIG_IGN)
    pairs = (argument.partition("=") for argument in arguments)
    run({int(descriptor): Stream(Path(path)) for descriptor, _, path in pairs})


if __name__ == "__main__":
    main(sys.argv[1:])
