"""A system whose home, environment and drop folder are unusual.

Home and environment are in folders with names that are special to templates, URLs and shells. The drop folder belongs to a
group of people: it keeps its mode and owner, and files taken from it become private.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import Outside, System

pytestmark = pytest.mark.scenario

ODD = "-a b%2F?x=1#y&'\"$HOME{z}\\;:@é😀"
GROUP = 4242
"""A group that this user is not in; only root may give a folder away."""
IS_ROOT = os.geteuid() == 0


class OddSystem(System):
    """A system that is started through another path to the same Python."""

    python = Path(sys.executable)

    def command(self, *arguments: str) -> list[str]:
        words = "import sys; from meeting_pipeline.cli import main; sys.argv[0] = 'meeting-pipeline'; main()"
        return [str(self.python), "-c", words, *arguments]


@dataclass(frozen=True)
class Story:
    """A system that has processed one recording and is stopped. ``runs``: the statuses of the recording's runs."""

    folder: Path
    system: System
    runs: list[str]
    group_of_file: int
    """The group of the file in the drop folder."""
    inbox_before: os.stat_result


@pytest.fixture(scope="module")
def story(others_at_work: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A symlink leads to the environment, so Python and Dagster see the odd path. A colon would split the search path."""
    folder = tmp_path_factory.mktemp("odd")
    environment = folder / ODD.replace(":", "") / "environment"
    environment.parent.mkdir()
    environment.symlink_to(Path(sys.executable).parent.parent)
    inbox = folder / ODD / "inbox"
    inbox.mkdir(parents=True)
    if IS_ROOT:
        os.chown(inbox, -1, GROUP)
        inbox.chmod(0o2770)
    before = inbox.stat()
    with Outside() as outside:
        system = OddSystem(folder / ODD / "home", outside, MEETING_PIPELINE_INBOX=str(inbox))
        system.python, system.inbox = environment / "bin/python", inbox
        try:
            system.start()
            dropped = system.drop("weekly?%41#1.wav", media.wav("odd places", 2.0), hook="odd", date="2026-11-20")
            group = (inbox / dropped.name).stat().st_gid
            system.wait_for(lambda: system.recording(dropped).get("status") == "completed", "the outcome")
            system.wait_until_told("odd")
            system.wait_until_idle()
            runs = [run["status"] for run in system.ui.runs_of(system.key(dropped))]
        except BaseException:
            system.kill()
            raise
        system.stop()
    yield Story(folder, system, runs, group, before)
    shutil.rmtree(folder)


def test_a_recording_is_processed_in_a_home_and_an_environment_with_odd_names(story: Story) -> None:
    assert story.runs
    assert set(story.runs) == {"SUCCESS"}
    left = sorted(path.name for path in story.folder.iterdir())
    assert left == sorted({ODD, ODD.replace(":", "")}), "nothing is written beside the home"
    assert sorted(path.name for path in (story.folder / ODD).iterdir()) == ["home", "inbox"]
    assert list((story.system.home / "dagster/storage").rglob("*.db"))


@pytest.mark.skipif(not IS_ROOT, reason="only root may give a folder to a group that it is not in")
def test_a_folder_of_another_group_stays_as_it_is_and_what_is_taken_from_it_becomes_private(story: Story) -> None:
    system, before, after = story.system, story.inbox_before, story.system.inbox.stat()
    assert story.group_of_file == GROUP
    assert (stat.S_IMODE(after.st_mode), after.st_uid, after.st_gid) == (0o2770, before.st_uid, GROUP)
    assert list(system.inbox.iterdir()) == []
    files = [path for path in system.home.rglob("*") if path.is_file()]
    assert any(path.parent.parent == system.home / "recordings" for path in files)
    # The test opened the file for the output of `up` before the home became private.
    opened = {path for path in files if path != system.printed and stat.S_IMODE(path.stat().st_mode) & 0o077}
    assert opened == set()
