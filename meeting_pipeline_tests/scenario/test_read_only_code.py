"""The system as an ordinary service user: it may read the code and write to its home, nothing else, and has no home folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

import meeting_pipeline
from meeting_pipeline_tests.postgres import UNPRIVILEGED
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import Dropped, Outside, System

pytestmark = pytest.mark.scenario
CODE = Path(meeting_pipeline.__file__).parents[1]
AS_NOBODY = ["setpriv", f"--reuid={UNPRIVILEGED}", f"--regid={UNPRIVILEGED}", "--clear-groups"]


TRIED = f"""
import os, subprocess, sys, meeting_pipeline
assert not os.access({str(CODE)!r}, os.W_OK)
subprocess.run([sys.executable, "-c", "import meeting_pipeline"], check=True)
"""
VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"


def interpreter() -> tuple[str, dict[str, str]]:
    """A Python that another user may run, with its environment: ours, or the system's Python of the same version."""
    packages = os.pathsep.join([str(CODE), *(path for path in sys.path if path.endswith("site-packages"))])
    for program, environment in ((sys.executable, {}), (f"/usr/bin/{VERSION}", {"PYTHONPATH": packages})):
        command = [*AS_NOBODY, program, "-c", TRIED]
        if subprocess.run(command, cwd="/", env=environment, capture_output=True, check=False).returncode == 0:
            return program, environment
    pytest.skip(f"another user cannot run this Python, nor /usr/bin/{VERSION}, with this checkout, or can write it")


class Unprivileged(System):
    """A system of a user who owns only its home."""

    program = ""

    def command(self, *arguments: str) -> list[str]:
        return [*AS_NOBODY, self.program, "-m", "meeting_pipeline", *arguments]

    def _place(self, path: Path, content: bytes) -> None:
        """As that user would: the system may take the file as soon as it is there."""
        draft = self.inbox / f".{os.urandom(8).hex()}"
        draft.write_bytes(content)
        os.chown(draft, UNPRIVILEGED, UNPRIVILEGED)
        draft.rename(path)


@pytest.fixture(scope="module")
def system(others_at_work: None) -> Iterator[System]:
    if os.geteuid() != 0:
        pytest.skip("only root can start programs as another user")
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv (Debian: package util-linux) is not installed")
    program, environment = interpreter()
    # Not below pytest's own folder, which is closed to other users.
    with Outside() as outside, tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        (home / "inbox").mkdir()
        for path in (Path(folder), home, home / "inbox"):
            os.chown(path, UNPRIVILEGED, UNPRIVILEGED)
        system = Unprivileged(home, outside, HOME="/nonexistent", TMPDIR=folder, **environment)
        system.program = program
        try:
            yield system.start()
        except BaseException:
            system.kill()
            raise
        system.stop()


@pytest.fixture(scope="module")
def dropped(system: System) -> Dropped:
    one = system.drop("one.wav", media.wav("nobody"), hook="nobody", title="Weekly")
    system.wait_until_told("nobody")
    return one


def test_a_recording_is_completed_and_delivered(system: System, dropped: Dropped) -> None:
    assert system.recording(dropped)["status"] == "completed"
    assert "Weekly" in system.minutes(system.key(dropped))


def test_every_process_belongs_to_that_user(system: System, dropped: Dropped) -> None:
    owners = set()
    for process in system.family():
        with suppress(psutil.NoSuchProcess):  # a run that ended
            owners.add(process.uids().effective)
    assert owners == {UNPRIVILEGED}


def owner_of(path: Path) -> int | None:
    """Nobody's, if it is gone: other tests write caches there."""
    with suppress(FileNotFoundError):
        return path.lstat().st_uid
    return None


def test_nothing_is_written_beside_the_code(system: System, dropped: Dropped) -> None:
    paths = [Path(folder, name) for folder, folders, names in os.walk(CODE) for name in (*folders, *names)]
    theirs = [path for path in paths if owner_of(path) == UNPRIVILEGED]
    assert theirs == []


def test_nobody_complains_of_what_may_not_be_written(system: System, dropped: Dropped) -> None:
    words = ("Permission denied", "Read-only file system", "PermissionError", "nonexistent")
    found = [
        line[:300] for _, text in system.logs() for line in text.splitlines() if any(word in line for word in words)
    ]
    assert found == []
