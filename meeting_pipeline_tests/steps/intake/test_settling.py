"""When a file is settled: it is compared with its earlier state, never with a clock."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from meeting_pipeline.steps.intake import policies
from meeting_pipeline.steps.intake.settling import Looks, looks_of

AT_REST = policies.SETTLE_SECONDS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.wav"
    path.write_bytes(b"x")
    return path


def settled(looks: Looks, path: Path, now_s: float) -> bool:
    looks.check([path], now_s)
    return looks.is_settled(path)


def test_a_file_settles_when_it_looked_the_same_for_some_seconds(path: Path) -> None:
    looks = Looks()
    assert not settled(looks, path, 100.0)
    assert not settled(looks, path, 100.0 + AT_REST - 0.1)
    assert settled(looks, path, 100.0 + AT_REST)


@pytest.mark.parametrize("moment", [1, 4_000_000_000])
def test_time_stamps_say_nothing_about_when_it_was_written(path: Path, moment: int) -> None:
    os.utime(path, (moment, moment))
    looks = Looks()
    assert not settled(looks, path, 100.0)
    assert settled(looks, path, 100.0 + AT_REST)


def test_a_file_that_changed_between_two_looks_begins_anew(path: Path) -> None:
    looks = Looks()
    looks.check([path], 100.0)
    path.write_bytes(b"more")
    assert not settled(looks, path, 110.0)
    assert settled(looks, path, 110.0 + AT_REST)


def test_a_file_that_changed_since_the_last_look_has_not_settled(path: Path) -> None:
    looks = Looks()
    looks.check([path], 100.0)
    looks.check([path], 110.0)
    path.write_bytes(b"more")
    assert not looks.is_settled(path)


def test_a_file_that_is_open_for_writing_has_not_settled(path: Path) -> None:
    looks = Looks()
    looks.check([path], 100.0)
    with path.open("ab"):
        assert not settled(looks, path, 110.0)
    assert settled(looks, path, 110.0)


def test_a_file_that_is_gone_again_has_not_settled(path: Path) -> None:
    looks = Looks()
    looks.check([path], 100.0)
    looks.check([path], 110.0)
    path.unlink()
    assert not looks.is_settled(path)
    assert not settled(looks, path, 120.0)


def test_a_named_pipe_is_looked_at_without_being_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    os.mkfifo(path)
    looks = Looks()
    looks.check([path], 100.0)
    assert settled(looks, path, 110.0)


def test_looks_are_shared_by_the_processes_of_a_home(path: Path, tmp_path: Path) -> None:
    looks_of(tmp_path).check([path], 100.0)
    assert settled(looks_of(tmp_path), path, 100.0 + AT_REST)


@pytest.mark.parametrize("note", ["", "{}", '{"boot": "another", "files": {}}', '{"boot": 1, "files": 3}'])
def test_a_note_of_another_boot_or_half_a_note_is_none(path: Path, tmp_path: Path, note: str) -> None:
    looks_of(tmp_path).check([path], 100.0)
    (tmp_path / "drop-folder-looks.json").write_text(note)
    assert not settled(looks_of(tmp_path), path, 110.0)


def test_a_clock_that_was_set_back_takes_no_file_too_early(path: Path) -> None:
    looks = Looks()
    looks.check([path], 100.0)
    assert not settled(looks, path, 50.0)
    assert settled(looks, path, 50.0 + AT_REST)


_OPENED_WHILE_LOOKED_AT = """
import fcntl, os, sys, threading, time
from pathlib import Path
from meeting_pipeline.steps.intake import settling
path = Path(sys.argv[1])
real = fcntl.fcntl
def slow(descriptor, command, argument):
    answer = real(descriptor, command, argument)
    if command == fcntl.F_SETLEASE and argument == fcntl.F_RDLCK:
        threading.Thread(target=lambda: os.close(os.open(path, os.O_WRONLY))).start()
        time.sleep(0.3)
    return answer
fcntl.fcntl = slow
settling.is_being_written(path)
print("alive")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="file leases are Linux's")
def test_somebody_who_begins_to_write_while_we_look_does_not_end_our_process(path: Path) -> None:
    command = [sys.executable, "-c", _OPENED_WHILE_LOOKED_AT, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stdout) == (0, "alive\n")
