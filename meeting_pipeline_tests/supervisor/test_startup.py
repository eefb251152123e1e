"""What a start waits for, and what aborts it."""

import logging
import os
import sys
from pathlib import Path
from typing import cast

import pytest

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.settings import Settings
from meeting_pipeline.supervisor import policies
from meeting_pipeline.supervisor.processes import Child
from meeting_pipeline.supervisor.startup import StartupMonitor, require_importable, require_startable


class Starting:
    """A child that starts as the test determines, and a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.name = "code-server"
        self.pid: int | None = 7
        self.cpu = 1.0
        self.restarted: list[str] = []
        self.monitor = StartupMonitor(cast(Child, self), lambda: self.now)

    def cpu_seconds(self) -> float:
        return self.cpu

    def restart(self, reason: str) -> None:
        self.restarted.append(reason)

    def looks(self, seconds: int, *, cpu_per_second: float) -> None:
        for _ in range(seconds):
            self.now += 1
            self.cpu += cpu_per_second
            self.monitor.check()


def test_a_process_that_gets_on_is_waited_for_however_long_it_takes(caplog: pytest.LogCaptureFixture) -> None:
    child = Starting()
    with caplog.at_level(logging.WARNING):
        child.looks(1800, cpu_per_second=0.01)
    assert child.restarted == []
    said = [record for record in caplog.messages if "waiting for the code-server" in record]
    assert len(said) == 1800 / policies.START_REPORT_SECONDS


def test_a_process_that_hangs_while_it_starts_is_started_again() -> None:
    child = Starting()
    child.looks(int(policies.START_STUCK_SECONDS) - 1, cpu_per_second=0)
    assert child.restarted == []
    child.looks(5, cpu_per_second=0)
    assert len(child.restarted) == 1
    assert "without progress" in child.restarted[0]


def ended(times: int, name: str = "daemon") -> Child:
    found = Child(name, ["true"], {}, Path("x.log"))
    found.exits = times
    return found


def test_a_process_that_ended_is_tried_again(tmp_path: Path) -> None:
    require_startable(ended(policies.START_TRIES - 1), Settings(home=tmp_path), tmp_path / "daemon.log")


@pytest.mark.processes
def test_a_process_that_always_ends_ends_the_start_and_its_last_words_are_shown(tmp_path: Path) -> None:
    log = tmp_path / "daemon.log"
    log.write_text("first\nValueError: no such option\n")
    with pytest.raises(OperatorError, match="ValueError: no such option") as caught:
        require_startable(ended(policies.START_TRIES), Settings(home=tmp_path), log)
    assert caught.value.code == "start_failed"


@pytest.mark.processes
def test_a_process_that_ends_for_want_of_the_database_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_settings: Settings) -> None:
        raise OperatorError("database_unreachable", "Away.")

    monkeypatch.setattr("meeting_pipeline.installation.open_installation", away)
    child = ended(policies.START_TRIES)
    require_startable(child, Settings(home=tmp_path), tmp_path / "daemon.log")
    assert child.exits == 0


@pytest.mark.processes
@pytest.mark.parametrize("code", ["import no_such_module", "raise SyntaxError('bad')"])
def test_code_that_cannot_be_imported_is_named_with_the_reason(code: str) -> None:
    with pytest.raises(OperatorError, match=r"The code cannot be imported: (ModuleNotFound|Syntax)Error"):
        require_importable(os.environ, [sys.executable, "-c", code])


@pytest.mark.processes
@pytest.mark.parametrize("code", ["pass", "import os; os.kill(os.getpid(), 9)"])
def test_code_that_can_be_imported_and_an_import_that_was_killed_end_nothing(code: str) -> None:
    require_importable(os.environ, [sys.executable, "-c", code])


def test_a_machine_without_memory_for_the_import_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr("subprocess.run", refuse)
    require_importable()
