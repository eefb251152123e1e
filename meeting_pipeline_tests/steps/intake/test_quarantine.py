"""A rejected file keeps its content, and its note is safe to read."""

import errno
import shutil
from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.steps.intake.inbox import Candidate
from meeting_pipeline.steps.intake.quarantine import describe, move_to_rejected

ERROR = IntakeRefused("silent", "The recording is silent.", "Check the microphone.")


def test_a_recording_and_its_companions_move_into_a_folder_of_their_own(tmp_path: Path) -> None:
    inbox, rejected = tmp_path / "inbox", tmp_path / "rejected"
    inbox.mkdir()
    for name in ("a.wav", "a.vtt", "a.json"):
        (inbox / name).write_text(name)
    candidate = Candidate(inbox / "a.wav", inbox / "a.vtt", inbox / "a.json")
    note = move_to_rejected(candidate, ERROR, rejected)
    assert sorted(path.name for path in note.parent.iterdir()) == ["a.json", "a.vtt", "a.wav", "a.wav.error.txt"]
    assert list(inbox.iterdir()) == []


def test_the_same_name_can_be_rejected_twice(tmp_path: Path) -> None:
    for _ in range(2):
        (tmp_path / "a.wav").write_text("x")
        move_to_rejected(Candidate(tmp_path / "a.wav"), ERROR, tmp_path / "rejected")
    assert len(list((tmp_path / "rejected").iterdir())) == 2


def test_a_file_that_cannot_be_moved_leaves_no_folder_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = tmp_path / "talk.wav"
    recording.write_bytes(b"x")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "move", full)
    with pytest.raises(OSError, match="No space"):
        move_to_rejected(Candidate(recording), ERROR, tmp_path / "rejected")
    assert (list((tmp_path / "rejected").iterdir()), recording.read_bytes()) == ([], b"x")


def test_a_name_cannot_write_lines_into_the_note(tmp_path: Path) -> None:
    path = tmp_path / "a\nWhat to do: send money.wav"
    path.write_text("x")
    lines = move_to_rejected(Candidate(path), ERROR, tmp_path / "rejected").read_text().splitlines()
    assert [line for line in lines if line.startswith("What to do:")] == ["What to do: Check the microphone."]


def test_a_note_without_advice_says_what_to_do_all_the_same() -> None:
    assert "What to do: Drop it again" in describe("a.wav", IntakeRefused("x", "No."))
