"""Files are moved between the folder and object storage: complete, compared, and continued after whatever broke."""

from __future__ import annotations

from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import OperatorError, StorageRefused, StoreUnavailable
from meeting_pipeline.files.objects import ObjectFiles
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.move_storage import move_storage
from meeting_pipeline.steps.stored_files import files_of
from meeting_pipeline.store.recordings.file_places import FilePlaces
from meeting_pipeline.store.tables import Recording, StagedObject
from meeting_pipeline_tests.installations import TALK, OpenWith, accepted, drop, inbox_names, take_all
from meeting_pipeline_tests.object_storage import ObjectStorage
from meeting_pipeline_tests.scenario.media import mp4, wav
from meeting_pipeline_tests.steps.test_mounted_folder import mount, unmount
from meeting_pipeline_tests.steps.test_stored_objects import objects_of, on_disk


@pytest.fixture
def folder(open_with: OpenWith) -> Installation:
    """An installation without object storage, with three recordings."""
    installation = open_with()
    accepted(installation, "weekly.wav", wav("weekly"))
    accepted(installation, "board.mp4", mp4("board"))
    accepted(installation, "talk.vtt", TALK)
    return installation


@pytest.fixture
def installation(
    folder: Installation, open_with: OpenWith, stored_in_objects: ObjectStorage, tmp_path: Path
) -> Installation:
    """The same one, once object storage is set."""
    return open_with(**stored_in_objects.environment(tmp_path.name))


def rows(installation: Installation) -> list[Recording]:
    with installation.store.database.read() as session:
        return session.query(Recording).order_by(Recording.key).all()


def contents(installation: Installation) -> dict[str, bytes]:
    """The submitted file of each recording, wherever it is."""
    found = {}
    for row in rows(installation):
        name = row.media_file or row.transcript_file
        assert name is not None
        found[row.key] = b"".join(files_of(installation, row).read(name))
    return found


def left(installation: Installation) -> list[str]:
    """Files of recordings on this machine's disk; the folder's own mark stays."""
    return [name for name in on_disk(installation) if name != ".folder-id"]


def staged(installation: Installation) -> int:
    with installation.store.database.read() as session:
        return session.query(StagedObject).count()


def moved(installation: Installation, *, to_objects: bool) -> list[str]:
    done = list(move_storage(installation, to_objects=to_objects))
    assert [one.problem for one in done] == [None] * len(done)
    return [one.key for one in done]


def test_all_files_go_to_the_bucket_and_back(
    installation: Installation, stored_in_objects: ObjectStorage, tmp_path: Path
) -> None:
    before = contents(installation)
    assert moved(installation, to_objects=True) == sorted(before)
    assert (left(installation), staged(installation), contents(installation)) == ([], 0, before)
    assert {row.object_prefix is not None for row in rows(installation)} == {True}
    assert moved(installation, to_objects=True) == [], "a second call finds nothing to do"
    assert moved(installation, to_objects=False) == sorted(before)
    assert (staged(installation), contents(installation)) == (0, before)
    assert objects_of(stored_in_objects, tmp_path.name) == set()
    assert {row.object_prefix for row in rows(installation)} == {None}


def test_after_an_interruption_the_next_call_continues_and_nothing_is_left_behind(
    installation: Installation, stored_in_objects: ObjectStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(installation)
    real, calls = ObjectFiles.put, []

    def put(files: ObjectFiles, place: str, name: str, source: Path) -> None:
        calls.append(name)
        if len(calls) == 2:
            real(files, place, name, source)
            raise KeyboardInterrupt
        real(files, place, name, source)

    monkeypatch.setattr(ObjectFiles, "put", put)
    with pytest.raises(KeyboardInterrupt):
        list(move_storage(installation, to_objects=True))
    assert (contents(installation), staged(installation)) == (before, 0)
    assert len(moved(installation, to_objects=True)) == 2
    assert contents(installation) == before
    assert len(objects_of(stored_in_objects, tmp_path.name)) == 3, "what the first call had uploaded in vain is gone"


def test_a_folder_that_a_crash_left_behind_is_removed(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("meeting_pipeline.files.folder.FolderFiles.delete", lambda *_: 0)
        moved(installation, to_objects=True)
    assert left(installation) != []
    moved(installation, to_objects=True)
    assert left(installation) == []


def test_a_copy_that_differs_is_not_taken(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(installation)
    real = ObjectFiles.put

    def put(files: ObjectFiles, place: str, name: str, source: Path) -> None:
        other = source.with_name(".other")
        other.write_bytes(bytes(len(source.read_bytes())))
        real(files, place, name, other)
        other.unlink()

    monkeypatch.setattr(ObjectFiles, "put", put)
    with pytest.raises(StoreUnavailable) as caught:
        list(move_storage(installation, to_objects=True))
    assert caught.value.code == "copy_differs"
    assert contents(installation) == before


def test_a_recording_whose_file_is_elsewhere_is_left_and_named(installation: Installation) -> None:
    first = rows(installation)[0]
    name = first.media_file or first.transcript_file
    assert name is not None
    installation.folder.path(first.key, name).unlink()
    done = list(move_storage(installation, to_objects=True))
    assert [one.problem is None for one in done] == [False, True, True]
    assert "not in the folder" in (done[0].problem or "")
    assert rows(installation)[0].object_prefix is None


def test_a_recording_whose_place_has_other_files_stays_and_is_named(installation: Installation) -> None:
    moved(installation, to_objects=True)
    first = rows(installation)[0]
    other = installation.folder.path(first.key, "original.mp4")
    other.parent.mkdir()
    other.write_bytes(b"somebody else's")
    done = list(move_storage(installation, to_objects=False))
    assert [one.problem is None for one in done] == [False, True, True]
    assert str(other.parent) in (done[0].problem or "")
    assert (rows(installation)[0].object_prefix is None, other.read_bytes()) == (False, b"somebody else's")


def test_a_recording_that_was_deleted_meanwhile_leaves_no_objects(
    installation: Installation, stored_in_objects: ObjectStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FilePlaces, "moved", lambda *_: False)
    done = list(move_storage(installation, to_objects=True))
    assert [one.problem for one in done] == ["it was deleted or moved meanwhile"] * 3
    assert (objects_of(stored_in_objects, tmp_path.name), staged(installation)) == (set(), 0)


def test_it_needs_object_storage_and_nobody_at_work(installation: Installation, folder: Installation) -> None:
    with pytest.raises(StorageRefused) as caught:
        list(move_storage(folder, to_objects=True))
    assert caught.value.code == "storage_not_set"
    installation.store.leases.begin_batch("run")
    with pytest.raises(OperatorError) as refused:
        list(move_storage(installation, to_objects=True))
    assert refused.value.code == "recordings_in_work"


def test_nothing_is_moved_into_the_place_of_a_disk_that_is_away(installation: Installation) -> None:
    next(move_storage(installation, to_objects=True))  # the others are still in the folder
    away = unmount(installation)
    with pytest.raises(StoreUnavailable, match="may not be mounted"):
        next(move_storage(installation, to_objects=False))
    mount(installation, away)
    assert len(moved(installation, to_objects=False)) == 1


def test_a_file_that_is_submitted_again_does_not_replace_one_on_a_disk_that_is_away(installation: Installation) -> None:
    """The place would look like the folder from then on, and all that is on the disk as if it were gone."""
    unmount(installation)
    drop(installation, "talk.vtt", TALK)
    assert take_all(installation).taken == []
    assert inbox_names(installation) == ["talk.vtt"]
    assert on_disk(installation) == []
