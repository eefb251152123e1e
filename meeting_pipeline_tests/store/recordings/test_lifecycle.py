"""Stage changes of recordings: who may make them and when, and that nobody else can."""

from collections.abc import Callable

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import PermanentError, PipelineError, ProviderUnavailable, WorkerFenced
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.store.recordings.leases import LeaseHolder
from meeting_pipeline.store.recordings.run_tickets import RunTicket
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import (
    HOOK,
    Clock,
    Journey,
    answer,
    completed,
    event_types,
    new_recording,
    race,
    summary,
    transcript,
    unavailable,
)

LOST = Problem("worker_lost", "Three runs ended without a result.")
DOWN = ProviderUnavailable("provider_unavailable", "The provider did not answer.")
NO_SPEECH = PermanentError("no_speech", "Nobody speaks.")
SILENCE = policies.LEASE_SECONDS + 1


def at(store: Store, stage: Stage, number: int = 1) -> Journey:
    """A recording in this stage, brought there by the store's methods."""
    journey = Journey(store, number=number)
    if stage in (Stage.ORDERING, Stage.TRANSCRIBING):
        journey.accept(needs_order=True)
        if stage == Stage.TRANSCRIBING:
            store.lifecycle.ordered(journey.key)
        return journey
    if stage == Stage.DONE:
        return completed(store, number)
    journey.accept()
    if stage == Stage.QUEUED:
        store.lifecycle.request_runs(10)
    elif stage in (Stage.COLLECTING, Stage.EXTRACTING):
        journey.begin()
        if stage == Stage.EXTRACTING:
            journey.collect()
    return journey


def end_and_requeue(journey: Journey) -> bool:
    journey.store.leases.end(journey.run_id)
    return journey.store.recovery.requeue(journey.key, LOST)


MOVES: dict[str, tuple[Callable[[Journey], object], dict[Stage, Stage]]] = {
    "ordered": (
        lambda j: j.store.lifecycle.ordered(j.key),
        {Stage.ORDERING: Stage.TRANSCRIBING, Stage.COLLECTING: Stage.TRANSCRIBING},
    ),
    "skip_order": (lambda j: j.store.lifecycle.skip_order(j.key), {Stage.ORDERING: Stage.READY}),
    "ready": (lambda j: j.store.lifecycle.ready(j.key), {Stage.TRANSCRIBING: Stage.READY}),
    "request_runs": (lambda j: j.store.lifecycle.request_runs(10), {Stage.READY: Stage.QUEUED}),
    "request_again": (lambda j: j.store.lifecycle.request_again(RunTicket(j.key, 1)), {Stage.QUEUED: Stage.READY}),
    "requeue": (
        end_and_requeue,
        {Stage.COLLECTING: Stage.READY, Stage.EXTRACTING: Stage.READY},
    ),
}


@pytest.mark.parametrize("stage", list(Stage))
def test_a_stage_is_left_only_by_the_moves_that_belong_to_it(store: Store, stage: Stage) -> None:
    for number, (name, (move, allowed)) in enumerate(MOVES.items()):
        journey = at(store, stage, number)
        before = journey.shown(), event_types(store, journey.key)
        assert before[0][1] == stage
        move(journey)
        after = journey.shown(), event_types(store, journey.key)
        assert after[0][1] == allowed.get(stage, stage), name
        if stage not in allowed:
            assert after == before, name


def test_a_recording_goes_from_its_order_to_its_minutes(store: Store) -> None:
    journey = at(store, Stage.TRANSCRIBING)
    store.lifecycle.ready(journey.key)
    assert journey.shown() == ("pending", "ready")
    assert journey.begin().shown() == ("processing", "collecting")
    assert journey.collect().shown() == ("processing", "extracting")
    assert journey.answer(summary()).complete() == 1
    assert journey.shown() == ("completed", "done")
    assert not store.lease_watch.silent_workers()


def test_two_that_request_runs_at_once_share_no_recording(store: Store) -> None:
    for number in range(12):
        Journey(store, number=number).accept()
    found = [ticket.run_key for tickets in race(4, lambda _: store.lifecycle.request_runs(20)) for ticket in tickets]
    assert len(found) == len(set(found)) == 12


def test_each_request_has_a_run_key_of_its_own(store: Store) -> None:
    key = Journey(store).accept().key
    (first,) = store.lifecycle.request_runs(10)
    store.lifecycle.request_again(first)
    (second,) = store.lifecycle.request_runs(10)
    assert (first.run_key, second.run_key) == (f"{key}:1", f"{key}:2")
    store.lifecycle.request_again(first)  # an old ticket: there is a newer request
    assert store.recordings.get(key).stage == "queued"


def test_beginning_twice_from_one_run_changes_nothing(store: Store) -> None:
    journey = at(store, Stage.COLLECTING)
    before = event_types(store, journey.key)
    store.lifecycle.begin(journey.key, journey.run_id, collecting=True)
    assert event_types(store, journey.key) == before


def test_a_step_that_is_retried_in_its_run_goes_on_after_the_lease_ended(store: Store) -> None:
    journey = at(store, Stage.EXTRACTING)
    store.leases.end(journey.run_id)
    store.lifecycle.begin(journey.key, journey.run_id, collecting=False)
    assert store.leases.heartbeat(journey.run_id)


WRITES: dict[str, Callable[[Journey], object]] = {
    "begin": lambda j: j.store.lifecycle.begin(j.key, j.run_id, collecting=True),
    "extracting": lambda j: j.store.lifecycle.extracting(j.key, j.run_id),
    "collect_later": lambda j: j.store.lifecycle.collect_later(j.key, j.run_id, DOWN),
    "fail": lambda j: j.store.lifecycle.fail(j.key, j.run_id, NO_SPEECH),
    "complete": lambda j: j.store.lifecycle.complete(j.key, j.run_id),
    "store_transcript": lambda j: j.store.results.store_transcript(j.key, j.run_id, transcript(), input_hash="t"),
    "store_answer": lambda j: j.store.results.store_answer(j.key, j.run_id, answer(summary("Late.")), input_hash="i"),
    "store_gap": lambda j: j.store.results.store_gap(j.key, j.run_id, unavailable()),
    "store_minutes": lambda j: j.store.results.store_minutes(j.key, j.run_id, "late"),
}


def test_a_worker_that_was_declared_dead_can_write_nothing(store: Store, clock: Clock) -> None:
    journey = at(store, Stage.COLLECTING)
    clock.advance(SILENCE)
    assert store.lease_watch.revoke_silent_lease(LeaseHolder(journey.run_id, journey.key))
    before = store.recordings.get(journey.key).event_seq
    for write in WRITES.values():
        with pytest.raises(WorkerFenced):
            write(journey)
    assert not store.leases.heartbeat(journey.run_id)
    store.leases.end(journey.run_id)
    with pytest.raises(WorkerFenced):
        store.lifecycle.begin(journey.key, journey.run_id, collecting=True)
    assert store.recordings.get(journey.key).event_seq == before
    assert journey.shown() == ("processing", "collecting")


@pytest.mark.parametrize("write", sorted(set(WRITES) - {"begin"}))
def test_a_worker_that_never_began_can_write_nothing(store: Store, write: str) -> None:
    journey = at(store, Stage.COLLECTING)
    journey.run_id = "another-run"
    with pytest.raises(WorkerFenced):
        WRITES[write](journey)


def test_a_recording_without_a_worker_is_handed_back_and_fails_the_third_time(store: Store, clock: Clock) -> None:
    journey = Journey(store).accept(hook=HOOK)
    for loss in range(1, policies.WORKER_LOSSES + 1):
        journey.begin()
        clock.advance(SILENCE)
        assert not store.recovery.requeue(journey.key, LOST), "its worker is not fenced yet"
        assert store.lease_watch.revoke_silent_lease(LeaseHolder(journey.run_id, journey.key))
        clock.advance(policies.HEARTBEAT_SECONDS + 1)
        assert [row.key for row in store.recovery.abandoned()] == [journey.key]
        assert race(2, lambda _: store.recovery.requeue(journey.key, LOST)).count(True) == 1
        expected = ("processing", "ready") if loss < policies.WORKER_LOSSES else ("failed", "done")
        assert journey.shown() == expected
    assert store.recordings.get(journey.key).error_code == "worker_lost"
    assert [event.type for event in store.deliveries.events(journey.key)] == ["meeting.failed"]


def test_a_recording_whose_run_ended_without_an_outcome_is_found(store: Store, clock: Clock) -> None:
    journey = at(store, Stage.EXTRACTING)
    clock.advance(policies.HEARTBEAT_SECONDS + 1)
    assert store.recovery.abandoned() == []
    store.leases.end(journey.run_id)
    assert [row.key for row in store.recovery.abandoned()] == [journey.key]


def test_a_success_forgives_lost_workers(store: Store, clock: Clock) -> None:
    journey = at(store, Stage.COLLECTING)
    clock.advance(SILENCE)
    store.lease_watch.revoke_silent_lease(LeaseHolder(journey.run_id, journey.key))
    store.recovery.requeue(journey.key, LOST)
    journey.begin().collect().complete()
    assert store.recordings.get(journey.key).worker_losses == 0


def test_completing_twice_tells_once(store: Store) -> None:
    journey = at(store, Stage.EXTRACTING)
    assert store.lifecycle.complete(journey.key, journey.run_id) == 1
    assert store.lifecycle.complete(journey.key, journey.run_id) is None
    assert len(store.deliveries.events(journey.key)) == 1


def test_two_runs_that_complete_at_once_tell_once(store: Store) -> None:
    journey = at(store, Stage.EXTRACTING)
    runs = [journey.run_id, "second", "third", "fourth"]
    for run in runs[1:]:
        store.lifecycle.begin(journey.key, run, collecting=False)
    revisions = race(4, lambda i: store.lifecycle.complete(journey.key, runs[i]))
    assert sorted(revisions, key=str) == [1, None, None, None]


def test_results_alone_leave_the_stage_as_it_is(store: Store) -> None:
    journey = completed(store)
    again = Journey(store, key=journey.key, number=2).begin(collecting=False)
    assert again.shown() == ("completed", "done")


@pytest.mark.parametrize("error", [NO_SPEECH, DOWN])
def test_a_completed_recording_never_becomes_failed(store: Store, error: PipelineError) -> None:
    journey = completed(store, hook=HOOK)
    told = len(store.deliveries.events(journey.key))
    for run, setback in enumerate((store.lifecycle.fail, store.lifecycle.collect_later)):
        store.lifecycle.begin(journey.key, f"again-{run}", collecting=True)
        assert journey.shown() == ("completed", "collecting")
        assert not setback(journey.key, f"again-{run}", error)
        store.leases.end(f"again-{run}")
        assert journey.shown() == ("completed", "done")
    assert len(store.deliveries.events(journey.key)) == told
    assert event_types(store, journey.key)[-1] == "reprocessing_failed"


def test_a_completed_recording_whose_workers_die_stays_completed(store: Store, clock: Clock) -> None:
    journey = completed(store)
    for loss in range(policies.WORKER_LOSSES):
        run = f"again-{loss}"
        store.lifecycle.begin(journey.key, run, collecting=True)
        clock.advance(SILENCE)
        store.lease_watch.revoke_silent_lease(LeaseHolder(run, journey.key))
        store.recovery.requeue(journey.key, LOST)
    assert journey.shown() == ("completed", "done")


def test_a_failed_recording_is_completed_by_a_later_success(store: Store) -> None:
    journey = at(store, Stage.COLLECTING)
    assert store.lifecycle.fail(journey.key, journey.run_id, NO_SPEECH)
    store.leases.end(journey.run_id)
    store.lifecycle.begin(journey.key, "again", collecting=True)
    assert journey.shown() == ("failed", "collecting")
    journey.run_id = "again"
    assert journey.collect().complete() == 2
    row = store.recordings.get(journey.key)
    assert (row.status, row.error_code) == ("completed", None)


def test_a_move_of_an_unknown_recording_is_a_clear_error(store: Store) -> None:
    store.recordings.accept(new_recording())
    with pytest.raises(PermanentError) as caught:
        store.lifecycle.ready("nothing")
    assert caught.value.code == "unknown_recording"


def test_one_heartbeat_renews_all_leases_of_a_worker_and_names_those_that_it_has(store: Store, clock: Clock) -> None:
    for lease in ("batch-1", "batch-1/0", "batch-1/1"):
        store.leases.begin_batch(lease)
    store.lease_watch.fence_lease("batch-1/0")
    clock.advance(SILENCE)
    assert store.leases.heartbeat("batch-1", "batch-1/0", "batch-1/1", "gone") == {"batch-1", "batch-1/1"}
    assert store.lease_watch.silent_workers() == []
