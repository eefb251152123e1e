"""Events: created together with the outcome, once per outcome, and delivered to every submitter of the recording."""

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.store.outbox.webhook_events import EventHeader
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import Submission, WebhookDelivery, WebhookEvent
from meeting_pipeline_tests.store.samples import (
    HOOK,
    Clock,
    Journey,
    action_items,
    completed,
    event_types,
    failed,
    new_recording,
    render,
    summary,
    unavailable,
)


def heard(store: Store) -> list[tuple[str | None, int]]:
    """The target and revision of every delivery."""
    query = (
        select(Submission.webhook_url, WebhookEvent.revision)
        .join(WebhookDelivery, WebhookDelivery.submission_id == Submission.id)
        .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
        .order_by(WebhookEvent.revision, Submission.webhook_url)
    )
    with store.database.read() as session:
        return [(url, revision) for url, revision in session.execute(query).all()]


def bodies(store: Store, key: str) -> list[dict[str, Any]]:
    return [json.loads(event.body) for event in store.deliveries.events(key)]


def test_an_outcome_is_one_event_with_its_revision_and_its_moment(store: Store, clock: Clock) -> None:
    key = completed(store, hook=HOOK).key
    (event,) = store.deliveries.events(key)
    assert (event.type, event.revision, event.created_at) == ("meeting.completed", 1, clock.now)
    (body,) = bodies(store, key)
    assert (body["id"], body["revision"], body["status"]) == (event.id, 1, "completed")
    assert heard(store) == [(HOOK, 1)]


def test_completing_twice_tells_once(store: Store) -> None:
    journey = completed(store, hook=HOOK)
    journey.begin(collecting=False)
    assert journey.complete() is None
    assert heard(store) == [(HOOK, 1)]


def test_a_changed_result_is_the_next_revision(store: Store) -> None:
    journey = completed(store, hook=HOOK)
    assert journey.begin(collecting=False).answer(summary("Another view.")).complete() == 2
    assert [body["summary"] for body in bodies(store, journey.key)] == ["A report was promised.", "Another view."]
    assert heard(store) == [(HOOK, 1), (HOOK, 2)]


def test_the_same_answer_again_is_no_revision(store: Store) -> None:
    journey = completed(store, hook=HOOK)
    assert journey.begin(collecting=False).answer(summary()).complete() is None


def test_a_gap_is_told_and_told_again_when_it_is_filled(store: Store) -> None:
    journey = Journey(store).accept(hook=HOOK).begin().collect().answer(action_items("Send the report"))
    store.results.store_gap(journey.key, journey.run_id, unavailable(Insight.SUMMARY))
    assert journey.complete() == 1
    assert journey.begin(collecting=False).answer(summary()).complete() == 2
    assert [body["gaps"] for body in bodies(store, journey.key)] == [["summary"], []]


def test_a_gap_that_stays_is_told_once(store: Store) -> None:
    journey = Journey(store).accept(hook=HOOK).begin().collect()
    store.results.store_gap(journey.key, journey.run_id, unavailable(Insight.SUMMARY))
    assert journey.complete() == 1
    journey.begin(collecting=False)
    store.results.store_gap(journey.key, journey.run_id, unavailable(Insight.SUMMARY, code="rate_limited"))
    assert journey.complete() is None


def test_a_recording_without_a_target_just_completes(store: Store) -> None:
    assert completed(store).shown() == ("completed", "done")
    assert heard(store) == []


def test_everybody_who_handed_it_in_hears_it_and_no_target_hears_it_twice(store: Store, clock: Clock) -> None:
    journey = Journey(store).accept(hook=HOOK)
    for hook in (HOOK, f"{HOOK}/other", None):
        clock.advance(1)
        store.recordings.accept(new_recording(hook=hook))
    journey.begin().collect().complete()
    assert heard(store) == [(HOOK, 1), (f"{HOOK}/other", 1)]


def test_the_latest_secret_of_a_target_goes_with_the_event(store: Store, clock: Clock) -> None:
    options = [SidecarOptions(webhook_url=HOOK, webhook_secret=secret) for secret in ("first-secret", "next-secret")]
    journey = Journey(store).accept(options=options[0])
    clock.advance(1)
    store.recordings.accept(new_recording(options=options[1]))
    journey.begin().collect().complete()
    assert [taken.secret for taken in store.outbox.take(10)] == ["next-secret"]


def test_a_failure_is_told_once_and_a_later_success_too(store: Store) -> None:
    journey = failed(store, hook=HOOK)
    assert store.recordings.retry(journey.key, needs_order=False)
    assert journey.begin().collect().complete() == 2
    assert [(event.type, event.revision) for event in store.deliveries.events(journey.key)] == [
        ("meeting.failed", 1),
        ("meeting.completed", 2),
    ]
    assert [body["error"] for body in bodies(store, journey.key)] == ["no_speech", None]


class BrokenRenderingError(Exception):
    """Stands for a bug in rendering."""


def test_outcome_event_and_deliveries_come_together_or_not_at_all(store: Store) -> None:
    def broken(record: MeetingRecord, header: EventHeader) -> bytes:
        raise BrokenRenderingError

    journey = Journey(store).accept(hook=HOOK).begin().collect().answer(summary())
    before = event_types(store, journey.key)
    half = Store(store.context, broken)
    with pytest.raises(BrokenRenderingError):
        half.lifecycle.complete(journey.key, journey.run_id)
    with pytest.raises(BrokenRenderingError):
        half.lifecycle.fail(journey.key, journey.run_id, PermanentError("no_speech", "Nobody speaks."))
    assert journey.shown() == ("processing", "extracting")
    assert event_types(store, journey.key) == before
    assert (store.deliveries.events(journey.key), heard(store)) == ([], [])
    assert journey.complete() == 1


def test_an_exception_after_the_event_takes_it_back(store: Store) -> None:
    calls = 0

    def second_is_broken(record: MeetingRecord, header: EventHeader) -> bytes:
        nonlocal calls
        calls += 1
        if calls == 2:  # the first call checks whether there is anything to send
            raise BrokenRenderingError
        return render(record, header)

    journey = Journey(store).accept(hook=HOOK).begin().collect()
    with pytest.raises(BrokenRenderingError):
        Store(store.context, second_is_broken).lifecycle.complete(journey.key, journey.run_id)
    assert store.recordings.get(journey.key).revision == 0
    with store.database.read() as session:
        assert session.scalar(select(func.count()).select_from(WebhookEvent)) == 0


def test_an_upgrade_that_adds_fields_tells_nothing_again(store: Store) -> None:
    def upgraded(record: MeetingRecord, header: EventHeader) -> bytes:
        body = {**json.loads(render(record, header)), "links": {"page": "http://new/"}, "reworked": True}
        body["event_id"] = body.pop("id")
        return json.dumps(body).encode()

    def old(record: MeetingRecord, header: EventHeader) -> bytes:
        body = json.loads(render(record, header))
        body["event_id"] = body.pop("id")
        return json.dumps(body).encode()

    journey = completed(Store(store.context, old), hook=HOOK)
    journey.store = Store(store.context, upgraded)
    assert journey.begin(collecting=False).complete() is None
    assert journey.begin(collecting=False).answer(summary("Another view.")).complete() == 2
    assert heard(store) == [(HOOK, 1), (HOOK, 2)]
