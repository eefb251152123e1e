"""Only its user can access the home: new files, existing files, and nothing outside it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from meeting_pipeline.foundation.private_files import (
    exposed,
    make_home_private,
    make_private_at_start,
    of_others,
    take_over,
    write_privately,
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """The default umask of most machines."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home as an earlier version left it."""
    made = tmp_path / "home"
    (made / "recordings" / "one").mkdir(parents=True)
    (made / "recordings" / "one" / "original.wav").write_bytes(b"sound")
    (made / "meetings.sqlite3").write_bytes(b"")
    (made / "inbox").mkdir()
    return made


def test_an_existing_home_is_closed_to_its_last_file(home: Path) -> None:
    assert len(list(exposed(home))) == 6
    assert make_home_private(home) == []
    assert mode(home) == mode(home / "recordings" / "one") == 0o700
    assert mode(home / "recordings" / "one" / "original.wav") == mode(home / "meetings.sqlite3") == 0o600
    assert list(exposed(home)) == []


def test_what_is_linked_to_stays_as_it_is(home: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_bytes(b"")
    (home / "folder").symlink_to(outside)
    (home / "file").symlink_to(outside / "file")
    os.link(outside / "file", home / "second-name")
    assert [kept.path.name for kept in make_home_private(home)] == ["second-name"]
    assert mode(outside) == 0o755
    assert mode(outside / "file") == 0o644


def test_a_home_that_is_a_link_is_closed_where_it_is(home: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(home)
    assert make_home_private(link) == []
    assert mode(home) == 0o700


@pytest.mark.parametrize("place", ["drop", "home/inbox"])
def test_a_drop_folder_that_was_opened_to_others_stays_so(home: Path, tmp_path: Path, place: str) -> None:
    opened = tmp_path / place
    opened.mkdir(exist_ok=True)
    opened.chmod(0o2770)
    (opened / "meeting.wav").write_bytes(b"")
    assert make_home_private(home, opened) == []
    assert mode(opened) == 0o2770
    assert mode(opened / "meeting.wav") == 0o644


def test_files_of_another_user_are_named_and_stop_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    make_private_at_start(home)
    assert "home can be read by others" in caplog.text
    assert "another user" in caplog.text
    assert mode(home) == 0o755


def test_a_file_that_cannot_be_changed_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = Path.chmod

    def refusing(self: Path, *arguments: int) -> None:
        if self.name == "original.wav":
            raise OSError(30, "Read-only file system")
        ours(self, *arguments)

    monkeypatch.setattr(Path, "chmod", refusing)
    assert [(kept.path.name, kept.why_kept) for kept in make_home_private(home)] == [
        ("original.wav", "Read-only file system")
    ]


def test_whatever_a_process_writes_after_it_said_so_is_private(tmp_path: Path) -> None:
    write_privately()
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")
    assert (mode(tmp_path / "folder"), mode(tmp_path / "file")) == (0o700, 0o600)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file of another user")
def test_a_file_of_another_user_becomes_ours(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.wav"
    theirs.write_bytes(b"sound")
    os.chown(theirs, 65534, 65534)
    take_over(theirs)
    assert (theirs.stat().st_uid, mode(theirs), theirs.read_bytes()) == (os.geteuid(), 0o600, b"sound")
    assert list(tmp_path.iterdir()) == [theirs]


def test_what_another_user_owns_and_this_one_cannot_use_is_found_but_not_in_folders_for_others(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = home / "inbox"
    inbox.mkdir(exist_ok=True)
    (inbox / "of-a-guest.wav").touch()
    assert list(of_others(home, inbox)) == []
    monkeypatch.setattr(os, "geteuid", lambda: home.stat().st_uid + 1)
    assert list(of_others(home, inbox)) == [], "whoever may use a file needs no other owner"
    monkeypatch.setattr(os, "access", lambda *_: False)
    found = set(of_others(home, inbox))
    assert found == {path for path in home.rglob("*") if not path.is_symlink() and inbox not in (path, *path.parents)}
    assert found
