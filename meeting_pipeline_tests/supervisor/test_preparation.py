"""What `up` says about the database before it starts anything."""

from pathlib import Path

import pytest

from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline.supervisor.preparation import prepare
from meeting_pipeline_tests.installations import TALK, accepted


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return open_installation(load_settings({"MEETING_PIPELINE_HOME": str(tmp_path / "home")}))


def test_a_start_on_a_database_that_knows_nothing_of_the_recordings_says_so(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    accepted(installation, "weekly.vtt", TALK)
    installation.store.close()
    prepare(installation.settings)
    assert "the database knows none" not in caplog.text
    for file in installation.settings.home.glob("meetings.sqlite3*"):  # as if another, new database were set
        file.unlink()
    prepare(installation.settings)
    assert "the database knows none" in caplog.text
