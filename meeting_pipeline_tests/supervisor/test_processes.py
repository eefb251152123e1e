"""A supervised child."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from meeting_pipeline.supervisor import processes
from meeting_pipeline.supervisor.processes import Child

pytestmark = pytest.mark.processes

PATIENCE_S = 300.0


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def child(tmp_path: Path, code: str) -> Child:
    return Child("worker", [sys.executable, "-c", code], {"PYTHONUNBUFFERED": "1"}, tmp_path / "logs" / "worker.log")


def runs(worker: Child) -> bool:
    return worker.pid is not None


def test_a_child_writes_to_its_log_and_stops_when_asked(tmp_path: Path) -> None:
    worker = child(tmp_path, "import time; print('up'); time.sleep(600)")
    assert not runs(worker)
    worker.start()
    log = tmp_path / "logs" / "worker.log"
    until(lambda: log.exists() and log.read_text() == "up\n")
    assert runs(worker)
    worker.stop()
    until(worker.ended)
    assert not runs(worker)
    worker.stop()  # stopping twice is no error


def test_a_child_that_dies_is_started_again_after_a_wait_that_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(processes, "_RESTART_FIRST_S", 0.05)
    worker = child(tmp_path, "print('up')")
    worker.start()
    log = tmp_path / "logs" / "worker.log"

    def seen(times: int) -> bool:
        worker.watch()
        return log.read_text().count("up") >= times

    until(lambda: seen(3))
    until(worker.ended)
    assert caplog.text.count("worker ended with 0; starting it again") >= 2
    assert worker._wait_s() >= 0.2


def test_a_child_that_runs_is_left_alone(tmp_path: Path) -> None:
    worker = child(tmp_path, "import time; time.sleep(600)")
    worker.start()
    first = worker.pid
    worker.watch()
    assert worker.pid == first
    worker.stop()
    until(worker.ended)
