"""One owner per home."""

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation import ownership
from meeting_pipeline.foundation.ownership import Owner, daemon_lock, note_owner, owning, running_owner
from meeting_pipeline.foundation.ui_token import remove_ui_token, write_ui_token
from meeting_pipeline.supervisor.health import Health, forget_health, note_health
from meeting_pipeline.supervisor.processes import Child

_HOLD = """
import sys
from pathlib import Path
from meeting_pipeline.foundation.ownership import note_owner, owning
with owning(Path(sys.argv[1])):
    note_owner(Path(sys.argv[1]), "http://127.0.0.1:3000")
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(home: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that owns the home until it is stopped."""
    command = [sys.executable, "-c", _HOLD, str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_system_is_refused_and_told_who_holds_the_home(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        assert running_owner(tmp_path) == Owner(process.pid, "http://127.0.0.1:3000")
        with pytest.raises(OperatorError) as caught, owning(tmp_path):
            pytest.fail("two owners")
        assert caught.value.code == "already_running"
        assert str(process.pid) in caught.value.message
        assert "http://127.0.0.1:3000" in caught.value.message
        assert (tmp_path / "up.json").exists()


def test_a_holder_that_is_killed_gives_the_home_back(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait(120)
        assert running_owner(tmp_path) is None
        with owning(tmp_path):
            assert not (tmp_path / "up.json").exists()  # the dead owner's note would name the wrong process
            note_owner(tmp_path, "http://127.0.0.1:1")
            assert json.loads((tmp_path / "up.json").read_text())["pid"] == os.getpid()


def test_after_the_end_nobody_holds_the_home(tmp_path: Path) -> None:
    with owning(tmp_path):
        note_owner(tmp_path, "http://127.0.0.1:1")
    assert running_owner(tmp_path) is None
    with owning(tmp_path):
        pass


def test_a_home_that_never_ran_has_no_owner(tmp_path: Path) -> None:
    assert running_owner(tmp_path / "nowhere") is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "\0\0\0\0", '{"pid": null, "url": "x"}'])
def test_a_damaged_note_of_a_running_system_names_nobody(tmp_path: Path, content: str) -> None:
    with holder(tmp_path):
        (tmp_path / "up.json").write_text(content)
        assert running_owner(tmp_path) is None
        with pytest.raises(OperatorError, match="it is starting"), owning(tmp_path):
            pytest.fail("two owners")


def test_a_note_that_is_removed_while_it_is_read_names_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system removes its note before it releases the home."""
    with holder(tmp_path):
        (tmp_path / "up.json").unlink()
        monkeypatch.setattr(Path, "is_file", lambda _: True)
        assert running_owner(tmp_path) is None


def test_a_disk_that_has_become_read_only_keeps_nobody_from_giving_the_home_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    with owning(tmp_path):
        note_owner(tmp_path, "http://127.0.0.1:1")
        write_ui_token(tmp_path)
        note_health(tmp_path, Health())
        monkeypatch.setattr(Path, "unlink", refuse)
        remove_ui_token(tmp_path)
        forget_health(tmp_path)
    assert running_owner(tmp_path) is None


@pytest.mark.slow
def test_while_a_system_starts_the_holder_is_not_named_yet(tmp_path: Path) -> None:
    with owning(tmp_path), pytest.raises(OperatorError, match="is starting"), owning(tmp_path):
        pytest.fail("two owners")


def test_a_command_that_looks_at_the_same_instant_refuses_no_start(tmp_path: Path) -> None:
    with owning(tmp_path):
        pass
    looking = os.open(tmp_path / "up.lock", os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH | fcntl.LOCK_NB)
    done = threading.Timer(0.2, os.close, [looking])
    done.start()
    with owning(tmp_path):
        assert running_owner(tmp_path) is None, "it has not said yet where it is"
    done.join()


@pytest.fixture
def lasting_daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Child]:
    """A daemon that outlives its `up`."""
    monkeypatch.setattr(ownership, "_DAEMON_ENDS_S", 0.1)
    with daemon_lock(tmp_path) as lock:
        command = [sys.executable, "-c", "import time; time.sleep(600)"]
        daemon = Child("daemon", command, dict(os.environ), tmp_path / "daemon.log", lock=lock)
        daemon.start()
    yield daemon
    daemon.stop(signal.SIGKILL)
    while not daemon.ended():
        pass


@pytest.mark.processes
def test_a_daemon_that_outlives_its_up_is_ended_by_the_next_one(tmp_path: Path, lasting_daemon: Child) -> None:
    with daemon_lock(tmp_path):
        while not lasting_daemon.ended():
            pass


def test_nobody_but_who_holds_the_lock_is_ended(tmp_path: Path, lasting_daemon: Child) -> None:
    with holder(tmp_path / "another home") as stranger:
        (tmp_path / "daemon.lock").write_text(str(stranger.pid), encoding="ascii")
        with pytest.raises(OperatorError, match=f"process {stranger.pid}") as caught, daemon_lock(tmp_path):
            pytest.fail("two daemons")
        assert stranger.poll() is None
    assert caught.value.code == "already_running"
    assert not lasting_daemon.ended()


@pytest.mark.processes
def test_a_daemon_that_is_about_to_end_is_waited_for(tmp_path: Path) -> None:
    with daemon_lock(tmp_path) as lock:
        daemon = Child("daemon", ["sleep", "0.5"], dict(os.environ), tmp_path / "daemon.log", lock=lock)
        daemon.start()
    with daemon_lock(tmp_path):
        while not daemon.ended():
            pass
