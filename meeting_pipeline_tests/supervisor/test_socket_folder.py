"""The private folder of the code server's sockets."""

import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from meeting_pipeline.supervisor.instance import SOCKET_PREFIX
from meeting_pipeline.supervisor.socket_folder import SocketFolder


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Use a temporary directory with a short path, as in reality, and no runtime directory."""
    assert tmp_path.is_dir()  # make pytest create its folder before the location changes
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        monkeypatch.setattr("tempfile.tempdir", place)
        yield Path(place)


def listen(folder: SocketFolder) -> socket.socket:
    found = socket.socket(socket.AF_UNIX)
    found.bind(str(folder.code_socket))
    return found


@pytest.fixture
def home(elsewhere: Path) -> Iterator[Path]:
    """A home with a short path, as outside of tests."""
    place = Path("/tmp") / f"home-{os.getpid()}-{os.urandom(3).hex()}"
    place.mkdir()
    yield place
    shutil.rmtree(place)


def test_it_is_below_the_home_and_open_to_nobody_else(home: Path) -> None:
    folder = SocketFolder(home)
    folder.make()
    assert folder.folder == home / "run"
    assert stat.S_IMODE(folder.folder.stat().st_mode) == 0o700
    folder.remove()
    assert list(home.iterdir()) == []


def test_what_a_killed_system_left_there_is_cleared_away(home: Path) -> None:
    left = home / "run"
    left.mkdir(mode=0o755)
    (left / "code.sock").touch()
    (left / "pymp-left").mkdir()
    folder = SocketFolder(home)
    folder.make()
    assert list(left.iterdir()) == []
    assert stat.S_IMODE(left.stat().st_mode) == 0o700


@pytest.mark.parametrize("deep", ["x" * 100, "ü" * 50])
def test_a_home_that_is_too_deep_gets_a_temporary_folder(elsewhere: Path, tmp_path: Path, deep: str) -> None:
    home = tmp_path / deep
    home.mkdir()
    folder = SocketFolder(home)
    folder.make()
    assert folder.folder.parent == elsewhere
    assert folder.folder.name.startswith(SOCKET_PREFIX)
    folder.remove()


def test_a_disk_that_takes_no_sockets_gets_a_temporary_folder(
    home: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.socket.bind

    def refuse(self: socket.socket, address: str) -> None:
        if str(home) in address:
            raise OSError(95, "Operation not supported")
        monkeypatch.setattr(socket.socket, "bind", real)
        self.bind(address)

    monkeypatch.setattr(socket.socket, "bind", refuse)
    folder = SocketFolder(home)
    folder.make()
    assert elsewhere in folder.folder.parents
    assert not (home / "run").exists()


def test_a_link_in_its_place_is_not_followed(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "someone's"
    target.mkdir()
    (target / "kept").touch()
    (home / "run").symlink_to(target)
    folder = SocketFolder(home)
    folder.make()
    assert folder.folder != home / "run"
    assert (target / "kept").exists()


def test_a_folder_and_a_socket_that_are_gone_are_noticed_and_made_again(home: Path) -> None:
    folder = SocketFolder(home)
    assert folder.problem() == ""
    folder.make()
    with listen(folder):
        assert folder.problem() == ""
        folder.code_socket.unlink()
        assert "the socket " in folder.problem()
    shutil.rmtree(folder.folder)
    assert "the socket folder " in folder.problem()
    folder.make_again()
    assert stat.S_IMODE(folder.folder.stat().st_mode) == 0o700
    folder.remove()


def test_a_folder_that_was_opened_to_others_is_noticed_and_closed(home: Path) -> None:
    folder = SocketFolder(home)
    folder.make()
    with listen(folder):
        folder.folder.chmod(0o777)
        assert "private" in folder.problem()
    folder.make_again()
    assert stat.S_IMODE(folder.folder.stat().st_mode) == 0o700


def test_a_file_in_the_place_of_the_folder_is_replaced(home: Path) -> None:
    folder = SocketFolder(home)
    folder.make()
    shutil.rmtree(folder.folder)
    folder.folder.touch()
    assert folder.problem()
    folder.make_again()
    assert folder.folder.is_dir()
