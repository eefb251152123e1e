"""Accepting, rejecting, finding and listing recordings."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import Recording, RecordingEvent, Submission, WebhookDelivery
from meeting_pipeline_tests.store.samples import (
    HOOK,
    START,
    Clock,
    Journey,
    completed,
    event_types,
    failed,
    new_recording,
    race,
    summary,
)

CORRUPT = Problem("corrupt", "The file ends in the middle.", "Export it again.")


def counted(store: Store, table: type) -> int:
    with store.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_recording_is_stored_with_its_submission(store: Store) -> None:
    accepted = store.recordings.accept(new_recording(hook=HOOK))
    row = store.recordings.get(accepted.key)
    assert not accepted.duplicate
    assert (row.status, row.stage, row.due_at) == ("pending", "ready", START)
    with store.database.read() as session:
        submission = session.scalars(select(Submission)).one()
    assert (submission.id, submission.recording_key) == (accepted.submission_id, row.key)
    assert (submission.webhook_url, submission.duplicate) == (HOOK, False)


def test_a_recording_for_a_remote_provider_waits_for_its_order(store: Store) -> None:
    assert Journey(store).accept(needs_order=True).shown() == ("pending", "ordering")


def test_the_same_content_handed_in_eight_times_at_once_is_stored_once(store: Store) -> None:
    found = race(8, lambda _: store.recordings.accept(new_recording(hook=HOOK)))
    assert [accepted.duplicate for accepted in found].count(False) == 1
    assert len({accepted.key for accepted in found}) == 1
    assert (counted(store, Recording), counted(store, Submission)) == (1, 8)


def test_different_recordings_handed_in_at_once_are_all_stored(store: Store) -> None:
    found = race(8, lambda i: store.recordings.accept(new_recording(i)))
    assert not any(accepted.duplicate for accepted in found)
    assert counted(store, Recording) == 8


def test_a_duplicate_under_another_name_keeps_the_first_name(store: Store) -> None:
    store.recordings.accept(new_recording())
    second = store.recordings.accept(new_recording(key="2025-03-15-other-00000001", original_name="other.wav"))
    assert second.duplicate
    assert store.recordings.get(second.key).original_name == "weekly.wav"


def test_a_duplicate_of_a_completed_recording_hears_the_latest_event(store: Store) -> None:
    key = completed(store, hook=HOOK).key
    again = Journey(store, key=key, number=2).begin(collecting=False).answer(summary("Another view."))
    assert again.complete() == 2
    before = counted(store, WebhookDelivery)
    duplicate = store.recordings.accept(new_recording(hook="http://127.0.0.1:9/other"))
    assert (duplicate.duplicate, duplicate.retried) == (True, False)
    assert counted(store, WebhookDelivery) == before + 1
    with store.database.read() as session:
        query = select(WebhookDelivery).where(WebhookDelivery.submission_id == duplicate.submission_id)
        heard = session.scalars(query).one()
    assert heard.event_id == store.deliveries.events(key)[-1].id
    assert again.shown() == ("completed", "done")


def test_a_duplicate_of_a_recording_under_way_hears_its_outcome(store: Store) -> None:
    journey = Journey(store).accept(hook=HOOK).begin().collect()
    store.recordings.accept(new_recording(hook="http://127.0.0.1:9/other"))
    assert counted(store, WebhookDelivery) == 0
    journey.complete()
    assert counted(store, WebhookDelivery) == 2


def test_a_duplicate_of_a_failed_recording_tries_it_again(store: Store, clock: Clock) -> None:
    journey = failed(store, hook=HOOK)
    clock.advance(10)
    duplicate = store.recordings.accept(new_recording(hook=HOOK, needs_order=True))
    row = store.recordings.get(journey.key)
    assert duplicate.retried
    assert (row.status, row.stage, row.due_at) == ("pending", "ordering", clock.now)
    assert (row.attempts, row.error_code, row.completed_at) == (0, None, None)
    assert event_types(store, journey.key)[-1] == "retried"


def test_a_duplicate_that_fails_for_the_same_reason_hears_of_it(store: Store, clock: Clock) -> None:
    failed(store, hook=HOOK)
    clock.advance(10)
    duplicate = store.recordings.accept(new_recording(hook=HOOK))
    clock.advance(10)
    failed(store, accept=False)
    with store.database.read() as session:
        query = select(WebhookDelivery).where(WebhookDelivery.submission_id == duplicate.submission_id)
        assert session.scalars(query).one().state == "pending"


def test_a_target_that_handed_in_twice_hears_each_event_once(store: Store) -> None:
    journey = Journey(store).accept(hook=HOOK)
    store.recordings.accept(new_recording(hook=HOOK))
    store.recordings.accept(new_recording())
    journey.begin().collect().complete()
    assert len(store.deliveries.list()) == 1


def test_a_refused_file_is_a_failed_recording_with_one_event(store: Store) -> None:
    options = SidecarOptions(webhook_url=HOOK, webhook_secret="echo-this-back")
    key = store.recordings.refuse("broken.mp3", options, "drop_folder", date(2025, 3, 14), CORRUPT, identity="a" * 64)
    row = store.recordings.get(key)
    assert (row.status, row.stage, row.error_code) == ("failed", "done", "corrupt")
    assert [event.type for event in store.deliveries.events(key)] == ["meeting.failed"]
    assert [taken.secret for taken in store.outbox.take(10)] == ["echo-this-back"]
    assert event_types(store, key) == ["refused", "failed"]


def test_the_same_file_refused_by_eight_at_once_is_told_once(store: Store) -> None:
    options = SidecarOptions(webhook_url=HOOK)

    def refuse(_: int) -> str:
        return store.recordings.refuse("a.mp3", options, "drop_folder", date(2025, 3, 14), CORRUPT, identity="b" * 64)

    assert len(set(race(8, refuse))) == 1
    assert (counted(store, Recording), counted(store, WebhookDelivery)) == (1, 1)


def test_a_refused_file_cannot_be_tried_again(store: Store) -> None:
    key = store.recordings.refuse("a.mp3", SidecarOptions(), "drop_folder", date(2025, 3, 14), CORRUPT)
    assert not store.recordings.retry(key, needs_order=False)
    assert store.recordings.get(key).status == "failed"


def test_a_failed_recording_can_be_tried_again_once(store: Store) -> None:
    key = failed(store).key
    assert race(4, lambda _: store.recordings.retry(key, needs_order=False)).count(True) == 1
    assert store.recordings.get(key).status == "pending"


def test_only_failed_recordings_are_tried_again(store: Store) -> None:
    key = completed(store).key
    assert not store.recordings.retry(key, needs_order=False)
    assert store.recordings.get(key).status == "completed"


def test_an_unknown_key_is_a_clear_error(store: Store) -> None:
    assert store.recordings.find("nothing") is None
    with pytest.raises(PermanentError) as caught:
        store.recordings.get("nothing")
    assert caught.value.code == "unknown_recording"


def test_content_is_found_by_its_hash(store: Store) -> None:
    key = store.recordings.accept(new_recording(7)).key
    found = store.recordings.find_by_hash(f"{7:064x}")
    assert found is not None
    assert found.key == key
    assert store.recordings.find_by_hash("f" * 64) is None


def test_the_list_holds_the_newest_first(store: Store, clock: Clock) -> None:
    keys = []
    for number in range(4):
        keys.append(store.recordings.accept(new_recording(number)).key)
        clock.advance(1)
    assert [row.key for row in store.recordings.list(limit=3)] == keys[:0:-1]


def test_the_list_and_the_counts_tell_statuses_apart(store: Store) -> None:
    failed(store, 1)
    Journey(store, number=2).accept()
    assert [row.status for row in store.recordings.list(status=RecordingStatus.FAILED)] == ["failed"]


def test_events_are_gapless_under_concurrent_writers(store: Store) -> None:
    journey = completed(store, hook=HOOK)
    again = Journey(store, key=journey.key, number=2).begin(collecting=False)

    def write(index: int) -> None:
        if index % 2:
            again.answer(summary(f"View {index}."))
        else:
            store.recordings.accept(new_recording(hook=HOOK))
            store.results.store_minutes(again.key, again.run_id, str(index))

    race(8, write)
    events = store.recordings.events(journey.key)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert store.recordings.get(journey.key).event_seq == len(events)
    assert counted(store, RecordingEvent) == len(events)
    assert next(event.seq for event in store.recordings.events(journey.key, after=3)) == 4


def test_five_gigabytes_and_aware_moments_come_back_as_they_went_in(store: Store) -> None:
    key = store.recordings.accept(new_recording(size_bytes=5 * 1024**3)).key
    row = store.recordings.get(key)
    assert row.size_bytes == 5 * 1024**3
    assert row.created_at == datetime(2025, 3, 14, 9, tzinfo=UTC)
    assert row.created_at.tzinfo is UTC
