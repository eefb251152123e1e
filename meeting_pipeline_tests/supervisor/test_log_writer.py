"""The process that writes the log files."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline.supervisor import policies
from meeting_pipeline.supervisor.log_lines import Lines
from meeting_pipeline.supervisor.log_pipes import LogPipes
from meeting_pipeline.supervisor.log_writer import LogFile, Stream
from meeting_pipeline.supervisor.processes import Child

PATIENCE_S = 300.0


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def messages(path: Path) -> list[str]:
    return [json.loads(line)["message"] for line in path.read_text().splitlines()] if path.exists() else []


def printing(pipes: LogPipes, code: str) -> None:
    command = [sys.executable, "-c", code]
    child = Child("daemon", command, {"PYTHONUNBUFFERED": "1"}, pipes.path("daemon"), output=pipes.input_of("daemon"))
    child.start()
    until(child.ended)


@pytest.mark.processes
def test_what_a_process_prints_is_in_its_file_when_the_pipes_are_closed(tmp_path: Path) -> None:
    pipes = LogPipes(tmp_path / "logs", ["daemon", "other"])
    pipes.open()
    try:
        printing(pipes, "print('up'); raise ValueError('no\\nend')")
    finally:
        pipes.close()
    up, raised = [json.loads(line) for line in pipes.path("daemon").read_text().splitlines()]
    assert (up["message"], up["process"]) == ("up", "daemon")
    assert raised["exception"].endswith("ValueError: no\nend")
    assert not pipes.path("other").exists()


@pytest.mark.processes
def test_a_reader_that_died_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipes = LogPipes(tmp_path / "logs", ["daemon"])
    pipes.open()
    try:
        writer = pipes._writer
        assert writer is not None
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        until(writer.ended)
        printing(pipes, "print('meanwhile')")

        def written() -> bool:
            pipes.watch()
            return messages(pipes.path("daemon")) == ["meanwhile"]

        until(written)
    finally:
        pipes.close()


@pytest.mark.processes
def test_a_reader_that_reads_nothing_is_noticed_and_replaced(tmp_path: Path) -> None:
    """Processes block on their output while nobody reads it: eventually nothing works."""
    pipes = LogPipes(tmp_path / "logs", ["daemon", "other"])
    pipes.open()
    try:
        assert pipes.problem() == ""
        writer = pipes._writer
        assert writer is not None
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGSTOP)
        until(pipes.is_stopped)
        os.write(pipes.input_of("daemon"), b"waits\n" * 10_500)
        assert pipes.problem() == "nobody reads what daemon prints"
        pipes.restart(pipes.problem())

        def written() -> bool:
            pipes.watch()
            return len(messages(pipes.path("daemon"))) == 10_500 and pipes.problem() == ""

        until(written)
    finally:
        pipes.close()


def test_it_outlives_who_started_it_while_somebody_may_print(tmp_path: Path) -> None:
    """As if `up` is killed while a worker continues: the log writer is asked to end, and ends once the worker has."""
    ours, theirs = os.pipe()
    log = tmp_path / "daemon.log"
    writer = subprocess.Popen(
        [sys.executable, "-m", "meeting_pipeline.supervisor.log_writer", f"{ours}={log}"], pass_fds=[ours]
    )
    os.close(ours)
    os.write(theirs, b"first\n")
    until(lambda: messages(log) == ["first"])
    writer.send_signal(signal.SIGTERM)
    os.write(theirs, b"last, unfinished")
    os.close(theirs)
    assert writer.wait(PATIENCE_S) == 0
    assert messages(log) == ["first", "last, unfinished"]


def test_a_full_disk_costs_lines_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = LogFile(tmp_path / "daemon.log", Lines("daemon"))

    def full(_content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(file, "_append", full)
        file.write(['{"message": "lost"}', '{"message": "lost too"}'])
    file.write(['{"message": "kept"}'])
    assert messages(tmp_path / "daemon.log") == ["2 lines were lost: No space left on device.", "kept"]


def test_a_file_of_another_user_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody started the system as root once: no line could be written from then on."""
    log = tmp_path / "daemon.log"
    log.write_text('{"message": "of root"}\n')
    theirs, opened = log.stat().st_ino, Path.open

    def refuse_theirs(path: Path, *given: Any, **more: Any) -> Any:
        if path == log and log.exists() and log.stat().st_ino == theirs:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, *given, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", refuse_theirs)
        LogFile(log, Lines("daemon")).write(['{"message": "of ours"}'])
    assert messages(log) == ["of ours"]
    assert messages(tmp_path / "daemon.log.1") == ["of root"]


def test_a_file_that_grew_large_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "LOG_FILE_BYTES", 60)
    file = LogFile(tmp_path / "daemon.log", Lines("daemon"))
    for number in range(5):
        file.write([json.dumps({"message": f"number {number}"})])
    assert messages(tmp_path / "daemon.log") == ["number 4"]
    assert messages(tmp_path / "daemon.log.1") == ["number 2", "number 3"]


def test_a_line_that_comes_in_pieces_is_one_line(tmp_path: Path) -> None:
    stream = Stream(tmp_path / "daemon.log")
    for piece in (b"one ", b"line\ntwo", b" lines\n"):
        stream.take(piece)
    stream.settle(over=True)
    assert messages(tmp_path / "daemon.log") == ["one line", "two lines"]


def test_a_record_is_held_back_only_for_a_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "LOG_SETTLE_SECONDS", 0.0)
    stream = Stream(tmp_path / "daemon.log")
    stream.take(b"a line\n")
    assert stream.holds
    stream.settle()
    assert messages(tmp_path / "daemon.log") == ["a line"]
    assert json.loads((tmp_path / "daemon.log").read_text())["time"] <= datetime.now(UTC).isoformat()
