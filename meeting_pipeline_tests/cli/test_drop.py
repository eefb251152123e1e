"""A submission appears in the drop folder atomically, under a unique name."""

import json
import os
import stat
from pathlib import Path

import pytest

from meeting_pipeline.cli import drop
from meeting_pipeline.cli.drop import drop_file
from meeting_pipeline.domain.errors import IntakeRefused, OperatorError
from meeting_pipeline.domain.keys import hash_file
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.foundation.atomic_files import copy_durably
from meeting_pipeline.steps.intake.inbox import find_candidates

OPTIONS = SidecarOptions(title="Weekly", webhook_url="https://cms.example/hook", webhook_secret="canary-secret")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "weekly.wav"
    path.write_bytes(b"sound")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    path = tmp_path / "inbox"
    path.mkdir()
    return path


def test_intake_finds_the_recording_with_its_sidecar(source: Path, inbox: Path) -> None:
    handed = drop_file(source, OPTIONS, inbox)
    (candidate,) = find_candidates(inbox)
    assert candidate.main == handed.path == inbox / handed.folder / "weekly.wav"
    assert candidate.sidecar is not None
    assert SidecarOptions.model_validate_json(candidate.sidecar.read_text()) == OPTIONS
    assert handed.sha256 == hash_file(source) == hash_file(handed.path)


def test_a_file_that_changes_while_it_is_copied_is_not_handed_in(
    source: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copied(original: Path, target: Path) -> tuple[str, int]:
        done = copy_durably(original, target)
        with original.open("ab") as writer:
            writer.write(b"more")
        return done

    monkeypatch.setattr(drop, "copy_durably", copied)
    with pytest.raises(OperatorError, match="changed") as caught:
        drop_file(source, OPTIONS, inbox)
    assert caught.value.code == "drop_failed"
    assert list(inbox.iterdir()) == []


def test_without_options_there_is_no_sidecar(source: Path, inbox: Path) -> None:
    handed = drop_file(source, SidecarOptions(), inbox)
    assert [path.name for path in handed.path.parent.iterdir()] == ["weekly.wav"]


def test_the_sidecar_is_in_place_before_the_recording(
    source: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    rename = Path.rename

    def watched(path: Path, target: Path) -> Path:
        seen.append(
            (list(find_candidates(inbox)), json.loads((target.parent / "weekly.wav.json").read_text())["title"])
        )
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", watched)
    drop_file(source, OPTIONS, inbox)
    assert seen == [([], "Weekly")]


def test_the_same_name_twice_does_not_collide(source: Path, inbox: Path) -> None:
    assert drop_file(source, OPTIONS, inbox).path != drop_file(source, OPTIONS, inbox).path
    assert len(list(find_candidates(inbox))) == 2


def test_the_date_of_the_file_is_kept_because_it_dates_the_meeting(source: Path, inbox: Path) -> None:
    assert drop_file(source, OPTIONS, inbox).path.stat().st_mtime == 1_700_000_000


def test_nobody_else_can_read_the_secret(source: Path, inbox: Path) -> None:
    handed = drop_file(source, OPTIONS, inbox)
    assert stat.S_IMODE(handed.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", [".hidden.wav", "...wav", "x" * 250 + ".wav", "\u00e4" * 125 + ".wav", "a b\n%.wav"])
def test_any_file_name_is_found_by_intake(source: Path, inbox: Path, name: str) -> None:
    odd = source.rename(source.with_name(name))
    drop_file(odd, OPTIONS, inbox)
    (candidate,) = find_candidates(inbox)
    assert candidate.sidecar is not None


def test_a_link_is_followed_because_a_person_named_it(source: Path, inbox: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.wav"
    link.symlink_to(source)
    assert drop_file(link, OPTIONS, inbox).path.read_bytes() == b"sound"


def test_what_is_no_file_leaves_nothing_behind(tmp_path: Path, inbox: Path) -> None:
    with pytest.raises(IntakeRefused):
        drop_file(tmp_path, OPTIONS, inbox)
    assert list(inbox.iterdir()) == []


def test_a_drop_folder_that_cannot_be_written_is_named(source: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OperatorError, match="could not be copied into the drop folder"):
        drop_file(source, OPTIONS, tmp_path / "file" / "inbox")


def test_old_empty_folders_of_earlier_submissions_are_tidied_away(source: Path, inbox: Path) -> None:
    for name in ("cli-old", "cli-full", "other"):
        (inbox / name).mkdir()
    (inbox / "cli-full" / "kept.wav").write_text("x")
    (inbox / "cli-new").mkdir()
    for name in ("cli-old", "cli-full", "other"):
        os.utime(inbox / name, (1_700_000_000, 1_700_000_000))
    drop_file(source, OPTIONS, inbox)
    assert not (inbox / "cli-old").exists()
    assert all((inbox / name).exists() for name in ("cli-full", "cli-new", "other"))
