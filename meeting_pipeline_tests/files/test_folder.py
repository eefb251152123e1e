"""A folder of recordings: what is put into it replaces nothing that belongs to somebody else."""

import errno
from pathlib import Path

import pytest

from meeting_pipeline.files.folder import FolderFiles
from meeting_pipeline.files.port import PlaceTaken


def staged(tmp_path: Path, content: str = "ours", name: str = "original.vtt") -> Path:
    folder = tmp_path / "staged"
    folder.mkdir()
    (folder / name).write_text(content)
    return folder


@pytest.fixture
def files(tmp_path: Path) -> FolderFiles:
    (tmp_path / "recordings").mkdir()
    return FolderFiles(tmp_path / "recordings")


def placed(tmp_path: Path, name: str, content: str) -> Path:
    """A file that is at the place already."""
    path = tmp_path / "recordings" / "2026-11-28-weekly" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    return path


def test_another_recording_at_the_place_is_not_replaced(tmp_path: Path, files: FolderFiles) -> None:
    theirs = placed(tmp_path, "original.vtt", "theirs")
    with pytest.raises(PlaceTaken):
        files.put_folder("2026-11-28-weekly", staged(tmp_path))
    assert theirs.read_text() == "theirs"
    assert (tmp_path / "staged" / "original.vtt").is_file()


def test_a_recording_at_the_place_that_has_more_than_the_new_one_is_not_replaced(
    tmp_path: Path, files: FolderFiles
) -> None:
    """Another installation has the same transcript, and its recording too, whose original is gone from its drop folder."""
    placed(tmp_path, "original.vtt", "ours")
    theirs = placed(tmp_path, "original.mp4", "theirs")
    with pytest.raises(PlaceTaken):
        files.put_folder("2026-11-28-weekly", staged(tmp_path))
    assert theirs.read_text() == "theirs"


@pytest.mark.parametrize(
    ("name", "content"),
    [("original.vtt", "ours"), ("prepared.flac", "made of it"), ("original.srt", "ours"), ("minutes.md", "old")],
)
def test_what_a_crash_left_of_the_same_recording_is_replaced(
    tmp_path: Path, files: FolderFiles, name: str, content: str
) -> None:
    placed(tmp_path, name, content)
    files.put_folder("2026-11-28-weekly", staged(tmp_path))
    assert [one.name for one in files.list("2026-11-28-weekly")] == ["original.vtt"]


@pytest.mark.parametrize("number", [errno.ENOTEMPTY, errno.EEXIST])
def test_a_recording_that_another_machine_puts_there_in_the_same_moment_is_not_replaced(
    tmp_path: Path, files: FolderFiles, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def taken(_self: Path, target: Path) -> Path:
        raise OSError(number, "Directory not empty", str(target))

    folder = staged(tmp_path)
    monkeypatch.setattr(Path, "rename", taken)
    with pytest.raises(PlaceTaken):
        files.put_folder("2026-11-28-weekly", folder)
