"""The children of a process are found, whichever of its threads started them."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from meeting_pipeline.foundation.child_processes import children_of

WAITING = [sys.executable, "-c", "import sys; sys.stdin.read()"]


@pytest.fixture
def started() -> Iterator[list["subprocess.Popen[bytes]"]]:
    found: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        found.append(subprocess.Popen(WAITING, stdin=subprocess.PIPE))

    start()
    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    yield found
    for process in found:
        process.communicate()


def test_children_of_every_thread_are_found(started: list["subprocess.Popen[bytes]"]) -> None:
    assert {process.pid for process in started} <= {child.pid for child in children_of(os.getpid())}


def test_they_are_found_where_the_system_does_not_list_them(
    started: list["subprocess.Popen[bytes]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_list(_: Path) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", no_list)
    assert {process.pid for process in started} <= {child.pid for child in children_of(os.getpid())}


def test_a_process_that_has_ended_is_told_apart_from_one_without_children(
    started: list["subprocess.Popen[bytes]"],
) -> None:
    assert children_of(started[0].pid) == []
    started[0].communicate()
    with pytest.raises(psutil.NoSuchProcess):
        children_of(started[0].pid)
