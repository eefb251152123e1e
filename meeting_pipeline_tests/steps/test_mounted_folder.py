"""While the disk of the stored recordings is not mounted, nothing on it counts as gone, whatever else lies in its place."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import update

from meeting_pipeline.api.routes.media import get_media
from meeting_pipeline.api.schemas.problems import status_of
from meeting_pipeline.cli.checkup.storage import recordings as check_of_recordings
from meeting_pipeline.domain.errors import OperatorError, PipelineError, StoreUnavailable
from meeting_pipeline.files.folder import STAGING
from meeting_pipeline.foundation.folder_identity import IDENTITY_FILE
from meeting_pipeline.home import has_no_copies, require_stored_copies
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake.staging import staging_folder
from meeting_pipeline.steps.operations.delete import clear_deleted, delete_recording
from meeting_pipeline.steps.processing.attempts import Attempt
from meeting_pipeline.steps.processing.stages import transcribe
from meeting_pipeline.store.policies import FORGET_MAX_SECONDS
from meeting_pipeline.store.tables import DeletedRecording, Recording
from meeting_pipeline_tests.installations import TALK, Clock, OpenWith, accepted, drop, take_all


def nothing(_place: Path) -> None:
    """The empty folder that the disk is mounted on."""


def of_a_desktop(place: Path) -> None:
    (place / ".DS_Store").write_bytes(b"Bud1")
    (place / ".Trash-1000" / "files").mkdir(parents=True)


def of_a_file_system(place: Path) -> None:
    (place / "lost+found").mkdir()


def a_note_of_the_operator(place: Path) -> None:
    (place / "NOT MOUNTED.txt").touch()


def left_by_an_earlier_version(place: Path) -> None:
    (place / ".incoming").mkdir()
    (place / "2026-11-20-weekly").mkdir()
    (place / "2026-11-20-weekly" / "minutes.md").touch()


LITTER = [nothing, of_a_desktop, of_a_file_system, a_note_of_the_operator, left_by_an_earlier_version]
litter = pytest.mark.parametrize("left", LITTER, ids=lambda left: left.__name__)


@pytest.fixture
def installation(open_with: OpenWith) -> Installation:
    return open_with()


def unmount(installation: Installation, left: Callable[[Path], None] = nothing) -> Path:
    """Take the disk away; returns where it is now."""
    away = installation.settings.home.parent / "away"
    installation.settings.recordings.rename(away)
    installation.settings.recordings.mkdir()
    left(installation.settings.recordings)
    return away


def mount(installation: Installation, away: Path) -> None:
    shutil.rmtree(installation.settings.recordings)
    away.rename(installation.settings.recordings)


@litter
def test_a_run_waits_for_the_disk_and_fails_no_recording(
    installation: Installation, left: Callable[[Path], None]
) -> None:
    row = accepted(installation, "weekly.vtt", TALK)
    away = unmount(installation, left)
    installation.store.lifecycle.request_run(row.key)
    installation.store.lifecycle.begin(row.key, "here", collecting=True)
    with pytest.raises(StoreUnavailable) as found:
        transcribe(installation, Attempt(row.key, "here"))
    assert found.value.code == "disk_error"
    mount(installation, away)
    transcribe(installation, Attempt(row.key, "here"))
    assert installation.store.due_work.has_transcript(row.key)


@litter
def test_a_start_is_refused(installation: Installation, left: Callable[[Path], None]) -> None:
    accepted(installation, "weekly.vtt", TALK)
    away = unmount(installation, left)
    with pytest.raises(OperatorError, match="may not be mounted"):
        require_stored_copies(installation.settings)
    mount(installation, away)
    require_stored_copies(installation.settings)


@litter
def test_nothing_is_put_into_the_empty_place(installation: Installation, left: Callable[[Path], None]) -> None:
    accepted(installation, "weekly.vtt", TALK)
    away = unmount(installation, left)
    with pytest.raises(StoreUnavailable, match="may not be mounted"), staging_folder(installation):
        pytest.fail("it would look like the folder from then on")
    assert has_no_copies(installation.settings.recordings)
    mount(installation, away)
    accepted(installation, "other.vtt", TALK + "\n")


def test_a_deletion_is_not_over_while_the_files_may_be_on_the_disk(installation: Installation) -> None:
    row = accepted(installation, "weekly.vtt", TALK)
    installation.store.cancelling.cancel(row.key)
    away = unmount(installation)
    delete_recording(installation, row.key, "a person")
    assert files_left(installation, row.key) == "files_elsewhere"
    mount(installation, away)
    [deleted] = installation.store.deletions.due(5)
    clear_deleted(installation, deleted, lambda _key: None)
    assert not (installation.settings.recordings / row.key).exists()


def test_a_deletion_is_not_over_while_the_disk_of_an_unknown_folder_is_away(
    installation: Installation, clock: Clock
) -> None:
    row = accepted(installation, "weekly.vtt", TALK)
    installation.store.cancelling.cancel(row.key)
    with installation.store.database.write() as session:
        session.execute(update(Recording).values(stored_in=None))  # as an early version, or an earlier restore, left it
    away = unmount(installation)
    delete_recording(installation, row.key, "a person")
    for _ in range(2):
        assert files_left(installation, row.key) == "files_elsewhere"
        [deleted] = installation.store.deletions.due(5)
        clear_deleted(installation, deleted, lambda _key: None)
        clock.advance(FORGET_MAX_SECONDS)
    mount(installation, away)
    [deleted] = installation.store.deletions.due(5)
    clear_deleted(installation, deleted, lambda _key: None)
    assert not (installation.settings.recordings / row.key).exists()
    assert installation.store.deleted_recordings.latest(5, unfinished=True) == []


def test_a_deletion_in_object_storage_needs_no_folder(installation: Installation) -> None:
    row = accepted(installation, "weekly.vtt", TALK)
    installation.store.cancelling.cancel(row.key)
    with installation.store.database.write() as session:
        session.execute(update(Recording).values(stored_in="a-bucket", object_prefix="recordings/1"))
    unmount(installation)  # or removed by a person, once all recordings were moved
    delete_recording(installation, row.key, "a person")
    assert files_left(installation, row.key) != "files_elsewhere"


def test_what_is_no_folder_has_no_files_that_could_be_deleted(installation: Installation) -> None:
    row = accepted(installation, "weekly.vtt", TALK)
    installation.store.cancelling.cancel(row.key)
    installation.settings.recordings.rename(installation.settings.home.parent / "away")
    installation.settings.recordings.touch()
    delete_recording(installation, row.key, "a person")
    assert files_left(installation, row.key) == "files_elsewhere"


def test_the_folder_is_recognised_once_its_last_recording_is_deleted(installation: Installation) -> None:
    row = accepted(installation, "weekly.vtt", TALK)
    installation.store.cancelling.cancel(row.key)
    (installation.settings.recordings / IDENTITY_FILE).unlink()  # of an earlier version, or a copy without hidden files
    delete_recording(installation, row.key, "a person")
    [deleted] = installation.store.deletions.due(5)
    clear_deleted(installation, deleted, lambda _key: None)
    assert installation.store.deleted_recordings.latest(5, unfinished=True) == [], "it would stay open for ever"


def test_the_player_is_asked_to_come_again(installation: Installation) -> None:
    row = accepted(installation, "weekly.wav")
    away = unmount(installation)
    with pytest.raises(StoreUnavailable) as found:
        get_media(installation, cast("Any", None), row.key)
    assert status_of(found.value) == 503
    mount(installation, away)
    assert get_media(installation, cast("Any", None), row.key).status_code == 200


def test_a_folder_without_identity_is_recognised_by_its_recordings_and_gets_one_at_the_start(
    installation: Installation,
) -> None:
    accepted(installation, "weekly.vtt", TALK)
    identity = installation.settings.recordings / IDENTITY_FILE
    identity.unlink()  # of an earlier version, or a copy without hidden files
    require_stored_copies(installation.settings)
    assert identity.is_file()


def test_a_folder_in_the_place_of_the_identity_leaves_the_file_where_it_is_and_says_what_to_do(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    in_the_way = installation.settings.recordings / IDENTITY_FILE
    (in_the_way / "something").mkdir(parents=True)
    dropped = drop(installation, "weekly.vtt", TALK)
    assert take_all(installation).taken == []
    assert "is a folder" in caplog.text
    assert dropped.is_file()
    left = [path.name for path in installation.settings.recordings.iterdir() if path.name != STAGING]
    assert left == [IDENTITY_FILE]
    (in_the_way / "something").rmdir()
    assert len(take_all(installation).taken) == 1


def test_an_operator_who_lost_the_recordings_can_say_so(installation: Installation) -> None:
    accepted(installation, "weekly.vtt", TALK)
    unmount(installation)
    (installation.settings.recordings / IDENTITY_FILE).touch()
    require_stored_copies(installation.settings)
    accepted(installation, "other.vtt", TALK + "\n")


# --- another disk in its place --------------------------------------------------------------------------------------------


def another_disk(place: Path) -> None:
    """The recordings of another home, with its identity."""
    (place / IDENTITY_FILE).write_text(f"{'0' * 32}\n")
    (place / "2026-11-20-other").mkdir()
    (place / "2026-11-20-other" / "recording.wav").touch()


@pytest.fixture
def alone(open_with: OpenWith) -> Installation:
    """An installation whose rows do not say on which machine a file is: with PostgreSQL, each recording waits for its folder."""
    found = open_with()
    if not found.store.database.sqlite:
        pytest.skip("with PostgreSQL, the rows say which folder they mean")
    return found


def test_no_recording_fails_while_another_disk_is_in_the_place_of_its_own(alone: Installation) -> None:
    row = accepted(alone, "weekly.vtt", TALK)
    away = unmount(alone, another_disk)
    alone.store.lifecycle.request_run(row.key)
    alone.store.lifecycle.begin(row.key, "here", collecting=True)
    with pytest.raises(PipelineError) as found:
        transcribe(alone, Attempt(row.key, "here"))
    assert found.value.code == "disk_error"
    mount(alone, away)
    transcribe(alone, Attempt(row.key, "here"))
    assert alone.store.due_work.has_transcript(row.key)


def test_nothing_is_put_on_another_disk(alone: Installation) -> None:
    accepted(alone, "weekly.vtt", TALK)
    unmount(alone, another_disk)
    with pytest.raises(StoreUnavailable, match="may not be mounted"), staging_folder(alone):
        pytest.fail("it would be missing once the right disk is back")


def test_a_deletion_is_not_over_while_another_disk_is_in_the_place(alone: Installation) -> None:
    row = accepted(alone, "weekly.vtt", TALK)
    alone.store.cancelling.cancel(row.key)
    unmount(alone, another_disk)
    delete_recording(alone, row.key, "a person")
    assert files_left(alone, row.key) == "files_elsewhere"


def test_a_start_with_another_disk_is_refused_again_and_again_until_a_person_says_that_it_is_right(
    alone: Installation,
) -> None:
    accepted(alone, "weekly.vtt", TALK)
    unmount(alone, another_disk)
    for _ in range(2):  # the first one notes nothing
        with pytest.raises(OperatorError, match="another disk") as found:
            require_stored_copies(alone.settings)
        assert [one.message for one in check_of_recordings(alone.settings)] == [found.value.message]
    note = found.value.advice.partition("delete ")[2].partition(", and")[0]
    Path(note).unlink()
    require_stored_copies(alone.settings)
    require_stored_copies(alone.settings)
    accepted(alone, "other.vtt", TALK + "\n")


def test_a_home_whose_recordings_are_all_deleted_may_be_given_another_disk(alone: Installation) -> None:
    row = accepted(alone, "weekly.vtt", TALK)
    alone.store.cancelling.cancel(row.key)
    delete_recording(alone, row.key, "a person")
    unmount(alone, another_disk)
    require_stored_copies(alone.settings)
    accepted(alone, "other.vtt", TALK + "\n")


def files_left(installation: Installation, key: str) -> str | None:
    with installation.store.database.read() as session:
        row = session.get(DeletedRecording, key)
        return None if row is None else row.receipt["files"]["left"]
