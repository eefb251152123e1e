"""Uploads without a recording: each is taken by one row, or removed, and never both."""

from dataclasses import replace

import pytest

from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.store.recordings.new_recordings import StoredIn
from meeting_pipeline.store.recordings.staged_objects import Staged
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import Clock, new_recording

UPLOAD = Staged("recordings/1", "storage")
DAY = 86400.0


def stored(number: int, prefix: str = UPLOAD.prefix) -> StoredIn:
    return StoredIn("storage", f"s3://bucket/{number}", prefix)


def test_a_row_takes_its_upload_in_the_same_transaction(store: Store) -> None:
    store.staged_objects.note(UPLOAD)
    store.staged_objects.note(UPLOAD)  # repeated after a lost answer
    accepted = store.recordings.accept(replace(new_recording(1), stored=stored(1)))
    row = store.recordings.get(accepted.key)
    assert (row.object_prefix, row.stored_in, row.stored_on) == (UPLOAD.prefix, "storage", "s3://bucket/1")
    assert store.staged_objects.give_up(UPLOAD.prefix) is False, "it belongs to the recording now"
    assert store.staged_objects.give_up_old(-1.0, 5) == []


def test_an_upload_that_is_being_removed_gets_no_row(store: Store) -> None:
    store.staged_objects.note(UPLOAD)
    assert store.staged_objects.give_up(UPLOAD.prefix) is True
    with pytest.raises(StoreUnavailable) as caught:
        store.recordings.accept(replace(new_recording(1), stored=stored(1)))
    assert caught.value.code == "upload_given_up"
    assert store.recordings.list() == []
    assert store.staged_objects.give_up_old(DAY, 5) == [UPLOAD], "it is removed until that has worked"
    store.staged_objects.forget(UPLOAD.prefix)
    assert store.staged_objects.give_up_old(DAY, 5) == []


def test_only_old_uploads_are_given_up(store: Store, clock: Clock) -> None:
    store.staged_objects.note(UPLOAD)
    clock.advance(DAY - 10)
    assert store.staged_objects.give_up_old(DAY, 5) == []
    clock.advance(20)
    assert store.staged_objects.give_up_old(DAY, 5) == [UPLOAD]


def test_a_second_upload_of_known_content_changes_nothing_and_stays_noted(store: Store) -> None:
    second = Staged("recordings/2", "storage")
    for one in (UPLOAD, second):
        store.staged_objects.note(one)
    key = store.recordings.accept(replace(new_recording(1), stored=stored(1))).key
    again = store.recordings.accept(replace(new_recording(1), stored=stored(1, second.prefix)))
    assert (again.key, again.duplicate) == (key, True)
    assert store.recordings.get(key).object_prefix == UPLOAD.prefix
    assert store.staged_objects.give_up(second.prefix) is True
