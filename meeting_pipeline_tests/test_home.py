"""Creating the home: the error for a drop folder that cannot be created says so."""

from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.home import make_home
from meeting_pipeline.settings import Settings


def test_a_drop_folder_that_cannot_be_made_is_told_from_a_bad_home(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = Settings(home=tmp_path / "home", drop_folder=tmp_path / "file" / "inbox")
    with pytest.raises(OperatorError, match="Not a directory") as failed:
        make_home(settings)
    assert failed.value.code == "drop_folder_unusable"
    assert "MEETING_PIPELINE_INBOX" in failed.value.advice


def test_a_home_that_cannot_be_made_is_told_from_a_bad_drop_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OperatorError) as failed:
        make_home(Settings(home=tmp_path / "file" / "home", drop_folder=tmp_path / "inbox"))
    assert failed.value.code == "home_unusable"


def test_a_drop_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    inbox.chmod(0o2770)
    make_home(Settings(home=tmp_path / "home", drop_folder=inbox))
    assert inbox.stat().st_mode & 0o7777 == 0o2770
