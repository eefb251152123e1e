"""Two installations with databases of their own on one folder of recordings, by mistake: neither loses a file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline.steps.operations.delete import delete_recording
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.installations import TALK, Clock, OpenWith, accepted, close

OTHER = TALK.replace("Good morning", "Good evening")


@pytest.fixture
def ours(open_with: OpenWith, tmp_path: Path) -> Installation:
    return open_with(MEETING_PIPELINE_RECORDINGS=str(tmp_path / "shared"))


@pytest.fixture
def theirs(ours: Installation, tmp_path: Path, clock: Clock) -> Iterator[Installation]:
    variables = {
        "MEETING_PIPELINE_HOME": str(tmp_path / "theirs"),
        "MEETING_PIPELINE_RECORDINGS": str(tmp_path / "shared"),
    }
    opened = open_installation(load_settings(variables), now=clock)
    yield opened
    close(opened)


def stored(installation: Installation, row: Recording) -> str:
    return installation.folder.path(row.key, str(row.transcript_file)).read_text()


def test_recordings_of_the_same_day_and_name_do_not_replace_each_other(
    ours: Installation, theirs: Installation
) -> None:
    first = accepted(ours, "weekly.vtt", TALK)
    second = accepted(theirs, "weekly.vtt", OTHER)
    assert first.key != second.key
    assert (stored(ours, first), stored(theirs, second)) == (TALK, OTHER)


def test_a_deletion_leaves_the_recording_of_the_other(ours: Installation, theirs: Installation) -> None:
    first, second = accepted(ours, "weekly.vtt", TALK), accepted(theirs, "weekly.vtt", OTHER)
    ours.store.cancelling.cancel(first.key)
    delete_recording(ours, first.key, "a person")
    assert not (ours.settings.recordings / first.key).exists()
    assert stored(theirs, second) == OTHER
