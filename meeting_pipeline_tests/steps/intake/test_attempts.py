"""Attempts at a file: an attempt counts only if the process that handled the file died, and only for that file."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.steps.intake import attempts as module
from meeting_pipeline.steps.intake import policies as intake_policies
from meeting_pipeline.steps.intake.attempts import Attempts
from meeting_pipeline.steps.intake.inbox import Candidate

_DIES = """
import os, signal, sys
from pathlib import Path
from meeting_pipeline.steps.intake.attempts import Attempts
from meeting_pipeline.steps.intake.inbox import Candidate
with Attempts(Path(sys.argv[1])).trying(Candidate(Path(sys.argv[2]))):
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def candidate(tmp_path: Path) -> Candidate:
    path = tmp_path / "inbox" / "a.wav"
    path.parent.mkdir()
    path.write_bytes(b"x")
    return Candidate(path)


def die_over(home: Path, candidate: Candidate) -> None:
    done = subprocess.run([sys.executable, "-c", _DIES, str(home), str(candidate.main)], timeout=300, check=False)
    assert done.returncode == -signal.SIGKILL


def test_a_process_that_is_killed_over_a_file_leaves_its_try(tmp_path: Path, candidate: Candidate) -> None:
    die_over(tmp_path, candidate)
    assert Attempts(tmp_path).died(candidate) == 1
    die_over(tmp_path, candidate)
    assert Attempts(tmp_path).died(candidate) == 2


def test_an_error_is_no_try(tmp_path: Path, candidate: Candidate) -> None:
    attempts = Attempts(tmp_path)
    with pytest.raises(OSError, match="full"), attempts.trying(candidate):
        raise OSError("full")
    assert attempts.died(candidate) == 0


def test_a_note_that_cannot_be_written_is_no_try_and_nothing_is_read(
    tmp_path: Path, candidate: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_durably", full)
    with pytest.raises(OSError, match="No space"), Attempts(tmp_path).trying(candidate):
        pytest.fail("it was begun")
    assert Attempts(tmp_path).died(candidate) == 0


def test_after_the_last_try_there_is_none_until_the_file_was_rejected(tmp_path: Path, candidate: Candidate) -> None:
    attempts = Attempts(tmp_path)
    for _ in range(intake_policies.INTAKE_TRIES):
        die_over(tmp_path, candidate)
    for _ in range(2):
        with attempts.trying(candidate) as attempt, pytest.raises(PermanentError) as refused:
            attempt.require_one()
        assert refused.value.code == "intake_gave_up"
    with attempts.trying(candidate) as attempt:
        attempt.settle()
    assert attempts.died(candidate) == 0


@pytest.mark.parametrize("change", ["content", "time", "replaced", "companion"])
def test_a_file_that_was_changed_or_replaced_has_new_tries(tmp_path: Path, candidate: Candidate, change: str) -> None:
    die_over(tmp_path, candidate)
    sidecar = None
    if change == "content":
        candidate.main.write_bytes(b"xy")
    elif change == "time":
        os.utime(candidate.main, (1, 1))
    elif change == "replaced":
        status = candidate.main.stat()
        other = tmp_path / "other"
        other.write_bytes(b"x")
        os.utime(other, ns=(status.st_mtime_ns, status.st_mtime_ns))
        other.replace(candidate.main)
    else:
        sidecar = candidate.main.with_suffix(".json")
        sidecar.write_text("{}")
    assert Attempts(tmp_path).died(Candidate(candidate.main, sidecar=sidecar)) == 0


def test_a_file_that_cannot_be_moved_is_looked_at_later_and_later(tmp_path: Path, candidate: Candidate) -> None:
    attempts, now = Attempts(tmp_path), time.time()
    waits = []
    for _ in range(8):
        with attempts.trying(candidate) as attempt:
            attempt.defer("Operation not permitted", now)
        assert attempts.deferral_reason(candidate, now) == "Operation not permitted"
        waits.append(next(s for s in range(5, 1200, 5) if attempts.deferral_reason(candidate, now + s) is None))
    assert waits[0] == policies.INTAKE_RETRY_FIRST_SECONDS
    assert waits == sorted(waits)
    assert waits[-1] == policies.INTAKE_RETRY_MAX_SECONDS
    with attempts.trying(candidate) as attempt:
        attempt.settle()
    assert attempts.stuck_because(candidate) is None


def test_notes_of_files_that_are_gone_for_long_are_removed(tmp_path: Path, candidate: Candidate) -> None:
    die_over(tmp_path, candidate)
    [note] = (tmp_path / "intake").glob("*.json")
    Attempts(tmp_path).tidy()
    assert note.exists()
    os.utime(note, (1, 1))
    Attempts(tmp_path).tidy()
    assert not note.exists()
