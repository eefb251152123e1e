"""Old rejected files, log lines and captured output are removed; what is young or belongs to somebody else stays."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.steps.intake.inbox import Candidate
from meeting_pipeline.steps.intake.quarantine import move_to_rejected
from meeting_pipeline.steps.operations.old_files import prune_logs, prune_output, prune_rejected

NOW = datetime.now(UTC)
BEFORE = NOW - timedelta(days=90)
OLD = NOW - timedelta(days=91)
RUN = "a42aacea-4916-4c1d-894b-a7e948454005"


def line(at: datetime, message: str = "x") -> str:
    return json.dumps({"time": at.isoformat(), "message": message}) + "\n"


def aged(path: Path, at: datetime = OLD) -> Path:
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def test_a_rejected_file_goes_with_its_note_by_the_time_of_its_rejection(tmp_path: Path) -> None:
    dropped = tmp_path / "talk.wav"
    dropped.write_bytes(b"12345")
    note = move_to_rejected(Candidate(dropped), PermanentError("too_short", "It is too short."), tmp_path / "rejected")
    assert prune_rejected(tmp_path / "rejected", BEFORE, dry=False).files == 0
    old = note.parent.rename(note.parent.with_name(f"{OLD:%Y%m%dT%H%M%S}-0a1b2c3d"))
    counted = prune_rejected(tmp_path / "rejected", BEFORE, dry=True)
    assert counted.files == 2
    assert old.is_dir()
    assert prune_rejected(tmp_path / "rejected", BEFORE, dry=False) == counted
    assert not old.exists()


def test_what_others_put_beside_rejected_files_stays(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    rejected = tmp_path / "rejected"
    for name in ("mine", "20990231T000000-0a1b2c3d", "20200101T000000-zzzzzzzz"):
        (rejected / name).mkdir(parents=True)
        aged(rejected / name)
    (rejected / "20200101T000000-0a1b2c3d").symlink_to(elsewhere)
    (rejected / "20200101T000000-0a1b2c3e").write_text("a file")
    before = sorted(rejected.iterdir())
    assert prune_rejected(rejected, BEFORE, dry=False).files == 0
    assert sorted(rejected.iterdir()) == before
    assert elsewhere.is_dir()


def test_a_log_line_goes_after_once_to_twice_the_time(tmp_path: Path) -> None:
    log, previous = tmp_path / "daemon.log", tmp_path / "daemon.log.1"
    log.write_text(line(OLD) + line(NOW))
    assert prune_logs(tmp_path, BEFORE, dry=False).files == 0
    assert previous.read_text() == line(OLD) + line(NOW)
    assert not log.exists()
    log.write_text(line(OLD, "next"))
    prune_logs(tmp_path, BEFORE, dry=False)
    assert log.exists()
    aged(previous)
    assert prune_logs(tmp_path, BEFORE, dry=False).files == 1
    assert previous.read_text() == line(OLD, "next")


def test_young_logs_and_files_that_are_not_logs_stay(tmp_path: Path) -> None:
    (tmp_path / "young.log").write_text(line(NOW))
    (tmp_path / "odd.log").write_text("not JSON\n")
    (tmp_path / "empty.log").write_text("")
    (tmp_path / "young.log.1").write_text(line(OLD))
    aged(tmp_path / "young.log")
    (tmp_path / "other.txt").write_text(line(OLD))
    aged(tmp_path / "other.txt")
    before = sorted(tmp_path.iterdir())
    assert prune_logs(tmp_path, BEFORE, dry=False).files == 0
    assert sorted(tmp_path.iterdir()) == before


def test_a_dry_run_moves_no_log(tmp_path: Path) -> None:
    (tmp_path / "daemon.log").write_text(line(OLD))
    aged(tmp_path / "web.log.1" if (tmp_path / "web.log.1").write_text(line(OLD)) else tmp_path)
    assert prune_logs(tmp_path, BEFORE, dry=True).files == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["daemon.log", "web.log.1"]


def test_captured_output_of_old_runs_goes_and_databases_stay(tmp_path: Path) -> None:
    for name in (RUN, RUN.replace("a", "b"), "history", "schedules"):
        folder = tmp_path / name / "compute_logs"
        folder.mkdir(parents=True)
        (folder / "step.err").write_text("printed")
        aged(tmp_path / name)
    aged(tmp_path / RUN.replace("a", "b"), NOW)
    removed = prune_output(tmp_path, BEFORE, dry=False)
    assert (removed.files, removed.bytes) == (1, len("printed"))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([RUN.replace("a", "b"), "history", "schedules"])


def test_folders_that_do_not_exist_are_no_error(tmp_path: Path) -> None:
    for work in (prune_rejected, prune_logs, prune_output):
        assert work(tmp_path / "missing", BEFORE, dry=False).files == 0


def test_a_long_first_line_has_its_age_too(tmp_path: Path) -> None:
    log = tmp_path / "daemon.log"
    log.write_text(line(OLD, "x" * 200_000))
    prune_logs(tmp_path, BEFORE, dry=False)
    assert (tmp_path / "daemon.log.1").exists()


def test_a_previous_log_that_its_writer_has_just_made_is_not_replaced(tmp_path: Path) -> None:
    log, previous = tmp_path / "daemon.log", tmp_path / "daemon.log.1"
    log.write_text(line(OLD))
    previous.write_text(line(NOW, "young"))
    prune_logs(tmp_path, BEFORE, dry=False)
    assert previous.read_text() == line(NOW, "young")
    assert log.read_text() == line(OLD)
