"""A drop folder that belongs to a group of people: it keeps its mode and owner, and files taken from it become private."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import Outside, System

pytestmark = pytest.mark.scenario

GROUP = 4242
"""A group that this user is not in; only root may give a folder away."""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder to a group that it is not in")
def test_a_folder_of_another_group_stays_as_it_is_and_what_is_taken_from_it_becomes_private(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    os.chown(inbox, -1, GROUP)
    inbox.chmod(0o2770)
    before = inbox.stat()
    with Outside() as outside:
        system = System(tmp_path / "home", outside, MEETING_PIPELINE_INBOX=str(inbox))
        system.inbox = inbox
        try:
            system.start()
            dropped = system.drop("weekly.wav", media.wav("shared folder", 2.0))
            assert (inbox / "weekly.wav").stat().st_gid == GROUP
            system.wait_for(lambda: system.recording(dropped).get("status") == "completed", "the outcome")
        except BaseException:
            system.kill()
            raise
        system.stop()
    after = inbox.stat()
    assert (stat.S_IMODE(after.st_mode), after.st_uid, after.st_gid) == (0o2770, before.st_uid, GROUP)
    assert list(inbox.iterdir()) == []
    files = [path for path in system.home.rglob("*") if path.is_file()]
    assert any(path.parent.parent == system.home / "recordings" for path in files)
    # The test opened the file for the output of `up` before the home became private.
    opened = {path for path in files if path != system.printed and stat.S_IMODE(path.stat().st_mode) & 0o077}
    assert opened == set()
