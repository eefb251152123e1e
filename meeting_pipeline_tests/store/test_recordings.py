"""Accepting, finding and listing recordings."""

from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import new_recording


def test_a_recording_is_stored_with_its_submission(store: Store) -> None:
    accepted = store.recordings.accept(new_recording())
    assert not accepted.duplicate
    assert store.recordings.get(accepted.key).status == "pending"
