"""Opening an installation."""

import shutil
from pathlib import Path

import pytest
from pydantic import SecretStr

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.home import require_stored_copies
from meeting_pipeline.installation import open_installation, results_url
from meeting_pipeline.settings import Settings
from meeting_pipeline_tests.installations import TALK, accepted


def test_opening_makes_the_folders_and_the_database(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    for _ in range(2):
        installation = open_installation(settings)
        assert installation.store.recordings.list() == []
        installation.store.close()
    assert all(p.is_dir() for p in (settings.inbox, settings.rejected, settings.recordings, settings.exports))
    assert (settings.home / "meetings.sqlite3").is_file()


def test_the_results_of_a_recording_have_an_address() -> None:
    settings = Settings(public_url="https://meetings.example/")
    key = "2025-03-14-weekly-0badcafe"
    assert results_url(settings, key) == f"https://meetings.example/assets/minutes?partition={key}&view=partitions"


@pytest.mark.parametrize("left", ["nothing", "an empty folder"])
def test_a_home_whose_disk_is_not_mounted_is_refused_and_nothing_is_made_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    """As with PostgreSQL, where the database is not below the home."""
    monkeypatch.setattr(Settings, "store_url", property(lambda _: f"sqlite:///{tmp_path / 'elsewhere.sqlite3'}"))
    settings = Settings(home=tmp_path / "home", database_url=SecretStr("postgresql://127.0.0.1/meetings"))
    installation = open_installation(settings)
    row = accepted(installation, "weekly.vtt", TALK)
    installation.store.close()
    away = settings.home.rename(tmp_path / "away")
    if left == "an empty folder":
        settings.recordings.mkdir(parents=True)
    with pytest.raises(OperatorError, match="may not be mounted") as told:
        require_stored_copies(settings)
    assert told.value.code == "home_unusable"
    assert not settings.inbox.exists()
    open_installation(settings).store.close()  # opening it is not refused
    shutil.rmtree(settings.home, ignore_errors=True)
    away.rename(settings.home)
    require_stored_copies(settings)
    installation = open_installation(settings)
    assert [found.key for found in installation.store.recordings.list()] == [row.key]
    installation.store.close()
