"""Opening an installation."""

from pathlib import Path

from meeting_pipeline.settings import Settings
from meeting_pipeline.steps.opening import open_installation, results_url


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
