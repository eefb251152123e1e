"""The health file in which ``up`` records its findings."""

import time
from pathlib import Path

import pytest

from meeting_pipeline.supervisor import policies
from meeting_pipeline.supervisor.health import Fault, Health, forget_health, note_health, noted_health

FOUND = Health((Fault("daemon", "no sensor has ticked for 50 s", 50.0),), {"daemon": 2}, {"daemon": False})


def test_what_is_noted_is_found_by_others(tmp_path: Path) -> None:
    note_health(tmp_path, FOUND)
    assert noted_health(tmp_path) == FOUND
    assert [path.name for path in tmp_path.iterdir()] == ["up.health.json"]
    forget_health(tmp_path)
    assert noted_health(tmp_path) is None


def test_a_note_that_is_too_old_is_a_fault_of_up_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note_health(tmp_path, Health())
    later = time.monotonic() + policies.HEALTH_STALE_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    found = noted_health(tmp_path)
    assert found is not None
    assert [fault.part for fault in found.faults] == ["up"]


@pytest.mark.parametrize("content", ["", "{", "{}", "[]", "null", "\0\0\0", '{"faults": [{}], "at": 1}'])
def test_a_note_that_cannot_be_read_says_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "up.health.json").write_text(content)
    assert noted_health(tmp_path) is None


def test_a_note_from_before_the_machine_was_started_again_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note_health(tmp_path, FOUND)
    monkeypatch.setattr(time, "monotonic", lambda: 1.0)  # the clock begins again with the machine
    assert noted_health(tmp_path) is None
