"""Repair: dead workers are fenced, their recordings continue, and a recording whose workers keep dying fails."""

from typing import Any

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import WorkerFenced
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.foundation.worker_activity import Activity
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.recovery_round import Ending, Repaired, RunState, WorkerSeen
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.recordings.run_tickets import RunTicket
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.installations import TALK, Clock, accepted
from meeting_pipeline_tests.steps.journeys import begun, completed, transcribed
from meeting_pipeline_tests.steps.operations.recovering import repaired, shown, stage

GONE = WorkerSeen(Activity.GONE, "process 7 on host x has ended")


def in_one_run(installation: Installation) -> list[Recording]:
    """Two recordings that the run ``run`` has, with leases ``run/0`` and ``run/1``."""
    store = installation.store
    rows = [accepted(installation, f"{name}.vtt", f"{TALK}\nNOTE {name}\n") for name in ("a", "b")]
    store.lifecycle.request_runs(5)
    store.leases.begin_batch("run")
    for number, row in enumerate(rows):
        store.lifecycle.begin(row.key, f"run/{number}", collecting=True)
    return rows


def test_a_run_that_is_over_leaves_its_recording_to_the_next(installation: Installation, clock: Clock) -> None:
    row = transcribed(installation)
    clock.advance(policies.HEARTBEAT_SECONDS + 1)
    assert repaired(installation, RunState(Ending.DIED), seen=GONE) == Repaired(requeued=1)
    assert stage(installation, row) == Stage.READY


# --- runs that are called over although their workers live ------------------------------------------------------------

OVER = [
    RunState(Ending.DIED, how="Unknown task status"), RunState(Ending.ERROR, "WorkerFenced"), RunState(Ending.UNKNOWN),
    RunState(Ending.INTERRUPTED), RunState(Ending.SUCCEEDED), RunState(Ending.NOT_LAUNCHED),
]  # fmt: skip


@pytest.mark.parametrize("activity", [Activity.UNKNOWN, Activity.FIRST_LOOK, Activity.IDLE, Activity.WORKING])
@pytest.mark.parametrize("over", OVER, ids=lambda state: state.ending.name)
def test_a_worker_that_renews_its_lease_is_waited_for_although_its_run_is_called_over(
    installation: Installation, clock: Clock, over: RunState, activity: Activity
) -> None:
    row, store = transcribed(installation), installation.store
    clock.advance(policies.HEARTBEAT_SECONDS + 1)
    assert repaired(installation, over, seen=WorkerSeen(activity)) == Repaired(fenced=1)
    for _ in range(10):
        assert not store.leases.heartbeat("run-1"), "it is told to stop"
        assert repaired(installation, over, seen=WorkerSeen(activity)) == Repaired()
        clock.advance(policies.HEARTBEAT_SECONDS)
    with pytest.raises(WorkerFenced):
        store.lifecycle.extracting(row.key, "run-1")
    store.leases.end("run-1")
    assert repaired(installation, over, seen=WorkerSeen(activity)) == Repaired(requeued=1)
    assert shown(installation, row) == ("processing", "ready", None, 0), "nobody's fault"
    assert store.recordings.get(row.key).attempts == 0


def test_a_worker_that_falls_silent_after_its_run_is_called_over_is_lost_as_any_other(
    installation: Installation, clock: Clock
) -> None:
    row = transcribed(installation)
    assert repaired(installation, RunState(Ending.DIED)) == Repaired(fenced=1)
    clock.advance(policies.LEASE_SECONDS + 1)
    assert repaired(installation, RunState(Ending.DIED)) == Repaired(lost_runs=["run-1"], requeued=1)
    assert shown(installation, row) == ("processing", "ready", None, 1), "a recording that kills its workers is found"


def test_a_fenced_worker_whose_process_dies_counts_as_a_loss_at_once(installation: Installation, clock: Clock) -> None:
    row = transcribed(installation)
    clock.advance(policies.HEARTBEAT_SECONDS + 1)
    assert repaired(installation, RunState(Ending.DIED), seen=WorkerSeen(Activity.FIRST_LOOK)) == Repaired(fenced=1)
    assert repaired(installation, RunState(Ending.DIED), seen=GONE) == Repaired(requeued=1)
    assert shown(installation, row) == ("processing", "ready", None, 1)


def test_a_fenced_worker_that_does_not_end_is_waited_for_as_long_as_a_call_takes(
    installation: Installation, clock: Clock
) -> None:
    row, store = transcribed(installation), installation.store
    died = RunState(Ending.DIED)
    assert repaired(installation, died) == Repaired(fenced=1)
    waited = 0.0
    while (found := repaired(installation, died)) == Repaired():
        clock.advance(policies.HEARTBEAT_SECONDS)
        waited += policies.HEARTBEAT_SECONDS
        store.leases.heartbeat("run-1")
    assert found == Repaired(lost_runs=["run-1"], requeued=1), "its process is ended"
    assert policies.CALL_SECONDS < waited <= store_policies.FENCED_SECONDS + policies.HEARTBEAT_SECONDS
    assert shown(installation, row) == ("processing", "ready", None, 0)


def test_of_a_run_of_many_that_is_called_over_every_recording_waits_for_its_own_worker(
    installation: Installation, clock: Clock
) -> None:
    store = installation.store
    first, second = in_one_run(installation)
    died = RunState(Ending.DIED, shared=True)
    assert repaired(installation, died) == Repaired(fenced=3)
    store.leases.end("run/0")
    clock.advance(policies.HEARTBEAT_SECONDS + 1)
    assert not store.leases.heartbeat("run", "run/1")
    assert repaired(installation, died) == Repaired(requeued=1)
    assert [shown(installation, row)[1::2] for row in (first, second)] == [(Stage.READY, 0), (Stage.COLLECTING, 0)]
    store.leases.end("run/1")
    assert repaired(installation, died) == Repaired(requeued=1)


def test_one_recording_of_a_run_of_many_that_does_not_end_costs_the_others_nothing(
    installation: Installation, clock: Clock
) -> None:
    store = installation.store
    first, _ = in_one_run(installation)
    store.cancelling.cancel(first.key)
    clock.advance(store_policies.FENCED_SECONDS + 1)
    assert store.leases.heartbeat("run", "run/0", "run/1") == {"run", "run/1"}
    assert repaired(installation) == Repaired(), "the process of the run is not ended"
    assert [worker.run_id for worker in store.lease_watch.alive_workers()] == ["run", "run/1"]


def test_a_recording_that_was_cancelled_is_not_cancelled_again_when_it_is_reprocessed(
    installation: Installation, clock: Clock
) -> None:
    """The cancelled run may take long to end."""
    row, store = transcribed(installation), installation.store
    assert repaired(installation, RunState(Ending.CANCELLED)) == Repaired(cancelled=1)
    assert store.recordings.retry(row.key, needs_order=False)
    assert store.lifecycle.request_runs(5) == [], "its worker has not ended"
    store.leases.end("run-1")
    assert len(store.lifecycle.request_runs(5)) == 1
    assert repaired(installation, RunState(Ending.CANCELLED)) == Repaired()


def test_a_recording_whose_worker_dies_again_and_again_fails(installation: Installation, clock: Clock) -> None:
    row = accepted(installation, "a.vtt", TALK, webhook_url="http://127.0.0.1:9/hook")
    for number in range(policies.WORKER_LOSSES):
        begun(installation, row, f"run-{number}")
        clock.advance(policies.LEASE_SECONDS + 1)
        repaired(installation)
    now = installation.store.recordings.get(row.key)
    assert (now.status, now.stage, now.error_code) == (RecordingStatus.FAILED, Stage.DONE, "worker_lost")
    assert installation.store.deliveries.due() == 1


def test_a_request_that_dagster_lost_is_made_again_after_a_grace(installation: Installation, clock: Clock) -> None:
    accepted(installation, "a.vtt", TALK)
    [first] = installation.store.lifecycle.request_runs(5)
    assert repaired(installation, request=RunState(Ending.UNKNOWN)) == Repaired()
    clock.advance(policies.QUEUED_GRACE_SECONDS + 1)
    assert repaired(installation, request=RunState(Ending.UNKNOWN)) == Repaired(requested_again=1)
    [second] = installation.store.lifecycle.request_runs(5)
    assert second.run_key != first.run_key


def test_a_request_that_nobody_will_make_a_run_of_is_made_again_at_once(
    installation: Installation, clock: Clock
) -> None:
    row = accepted(installation, "a.vtt", TALK)
    installation.store.lifecycle.request_runs(5)
    clock.advance(1)
    assert repaired(installation, request=RunState(Ending.NOT_CREATED)) == Repaired(requested_again=1)
    assert shown(installation, row) == ("pending", "ready", None, 0)
    assert len(installation.store.lifecycle.request_runs(5)) == 1


@pytest.mark.slow
def test_what_cannot_be_launched_is_tried_ever_more_seldom_and_goes_on_when_it_can(
    installation: Installation, clock: Clock
) -> None:
    row = accepted(installation, "a.vtt", TALK, webhook_url="http://127.0.0.1:9/hook")
    began, tries = clock(), 0
    while (past := (clock() - began).total_seconds()) < 24 * 3600:
        tries += len(installation.store.lifecycle.request_runs(5))
        clock.advance(15 if past < 3600 else 300)
        repaired(installation, request=RunState(Ending.NOT_LAUNCHED))
    assert tries < 35, "a failed run an hour, in the end"
    assert shown(installation, row) == ("pending", "ready", "run_not_launched", 0)
    assert installation.store.deliveries.due() == 0
    clock.advance(policies.RETRY_MAX_SECONDS)
    begun(installation, row)
    installation.store.lifecycle.request_again(RunTicket(row.key, 0))
    assert stage(installation, row) == Stage.COLLECTING


def test_a_request_that_waits_in_the_queue_is_not_made_again(installation: Installation, clock: Clock) -> None:
    accepted(installation, "a.vtt", TALK)
    installation.store.lifecycle.request_runs(5)
    clock.advance(3600)
    assert repaired(installation) == Repaired()


@pytest.mark.parametrize(
    ("ending", "free"), [(Ending.DIED, True), (Ending.ERROR, True), (Ending.UNKNOWN, True), (Ending.GOING_ON, False)]
)
def test_what_a_drain_had_taken_is_due_as_soon_as_its_run_is_over(
    installation: Installation, clock: Clock, ending: Ending, free: bool
) -> None:
    row = accepted(installation, "a.vtt", TALK, webhook_url="http://127.0.0.1:9/hook")
    installation.store.cancelling.cancel(row.key)
    installation.store.leases.begin_batch("drain")
    assert len(installation.store.outbox.take(5, taker="drain")) == 1
    seen = WorkerSeen() if ending is Ending.GOING_ON else GONE
    assert repaired(installation, RunState(ending), seen=seen) == Repaired()
    clock.advance(0.001)
    assert installation.store.deliveries.due() == free


# --- how the run ended ------------------------------------------------------------------------------------------------


def left(installation: Installation, clock: Clock) -> Recording:
    """A recording whose run has ended without an outcome."""
    row = transcribed(installation)
    installation.store.leases.end("run-1")
    clock.advance(policies.HEARTBEAT_SECONDS + 1)
    return row


@pytest.mark.parametrize("ending", [Ending.SUCCEEDED, Ending.INTERRUPTED])
def test_a_run_that_ended_by_nobodys_fault_counts_no_loss(
    installation: Installation, clock: Clock, ending: Ending
) -> None:
    row = left(installation, clock)
    assert repaired(installation, RunState(ending)) == Repaired(requeued=1)
    assert shown(installation, row) == ("processing", "ready", None, 0)


def test_a_bug_is_named_and_counts_no_lost_worker(installation: Installation, clock: Clock) -> None:
    row = left(installation, clock)
    bug = RunState(Ending.ERROR, "ZeroDivisionError")
    for number in range(store_policies.TRANSCRIPT_ATTEMPTS):
        assert repaired(installation, bug) == Repaired(requeued=1)
        if number < store_policies.TRANSCRIPT_ATTEMPTS - 1:
            clock.advance(policies.RETRY_MAX_SECONDS)
            begun(installation, row, f"again-{number}")
            installation.store.leases.end(f"again-{number}")
            clock.advance(policies.HEARTBEAT_SECONDS + 1)
    assert shown(installation, row) == ("failed", "done", "internal_error", 0)
    assert "ZeroDivisionError" in str(installation.store.recordings.get(row.key).error_message)


def test_trouble_of_the_database_costs_no_try(installation: Installation, clock: Clock) -> None:
    row = left(installation, clock)
    repaired(installation, RunState(Ending.ERROR, "OperationalError", trouble=True))
    assert shown(installation, row) == ("pending", "ready", "infrastructure_error", 0)
    assert installation.store.recordings.get(row.key).attempts == 0


def test_a_run_that_a_person_stopped_ends_its_recording(installation: Installation, clock: Clock) -> None:
    row = left(installation, clock)
    assert repaired(installation, RunState(Ending.CANCELLED)) == Repaired(cancelled=1)
    assert shown(installation, row) == ("failed", "done", "cancelled", 0)
    assert repaired(installation, RunState(Ending.CANCELLED)) == Repaired()


def test_a_run_that_a_person_is_stopping_may_buy_nothing_more(installation: Installation) -> None:
    row = transcribed(installation)
    assert repaired(installation, RunState(Ending.CANCELLED)) == Repaired(cancelled=1)
    assert not installation.store.leases.holds("run-1")
    assert shown(installation, row)[:3] == ("failed", "done", "cancelled")


def test_between_two_steps_a_recording_is_left_to_its_run(installation: Installation, clock: Clock) -> None:
    row = left(installation, clock)
    assert repaired(installation, RunState(Ending.GOING_ON)) == Repaired()
    clock.advance(policies.LEASE_SECONDS)
    assert repaired(installation, RunState(Ending.GOING_ON)) == Repaired(requeued=1), "its worker died between them"
    assert stage(installation, row) == Stage.READY


def test_a_run_that_always_dies_before_it_begins_fails_its_recording(installation: Installation, clock: Clock) -> None:
    row = accepted(installation, "a.vtt", TALK, webhook_url="http://127.0.0.1:9/hook")
    for _ in range(policies.WORKER_LOSSES):
        clock.advance(policies.RETRY_BASE_SECONDS + 1)
        assert installation.store.lifecycle.request_runs(5)
        clock.advance(1)
        assert repaired(installation, request=RunState(Ending.DIED)) == Repaired(requeued=1)
    assert shown(installation, row)[:3] == ("failed", "done", "worker_lost")
    assert installation.store.deliveries.due() == 1


@pytest.mark.parametrize(
    ("ending", "code", "losses"),
    [(Ending.NOT_LAUNCHED, "run_not_launched", 0), (Ending.ERROR, "internal_error", 0)],
)
def test_a_request_that_ended_before_it_began_waits_before_the_next(
    installation: Installation, clock: Clock, ending: Ending, code: str | None, losses: int
) -> None:
    row = accepted(installation, "a.vtt", TALK)
    installation.store.lifecycle.request_runs(5)
    clock.advance(1)
    repaired(installation, request=RunState(ending))
    assert shown(installation, row) == ("pending", "ready", code, losses)
    assert installation.store.lifecycle.request_runs(5) == []
    clock.advance(policies.RETRY_BASE_SECONDS + 1)
    assert len(installation.store.lifecycle.request_runs(5)) == 1


def test_a_bug_that_ends_a_shared_run_costs_those_that_it_had_not_begun_no_try(
    installation: Installation, clock: Clock
) -> None:
    row = accepted(installation, "a.vtt", TALK)
    bug = RunState(Ending.ERROR, "ZeroDivisionError", shared=True)
    for _ in range(store_policies.SHARED_REQUESTS):
        [ticket] = installation.store.lifecycle.request_runs(5)
        assert not ticket.alone
        clock.advance(1)
        assert repaired(installation, request=bug) == Repaired(requested_again=1)
        assert shown(installation, row) == ("pending", "ready", None, 0)
    assert installation.store.recordings.get(row.key).attempts == 0
    [ticket] = installation.store.lifecycle.request_runs(5)
    assert ticket.alone


def test_trouble_that_ends_a_shared_run_is_waited_out(installation: Installation, clock: Clock) -> None:
    row = accepted(installation, "a.vtt", TALK)
    installation.store.lifecycle.request_runs(5)
    clock.advance(1)
    trouble = RunState(Ending.ERROR, "OperationalError", trouble=True, shared=True)
    assert repaired(installation, request=trouble) == Repaired(requeued=1)
    assert shown(installation, row) == ("pending", "ready", "infrastructure_error", 0)
    assert installation.store.lifecycle.request_runs(5) == []


def test_a_recording_whose_shared_run_met_a_bug_gets_runs_of_its_own_before_it_can_fail(
    installation: Installation, clock: Clock
) -> None:
    left(installation, clock)
    for _ in range(store_policies.TRANSCRIPT_ATTEMPTS - 1):
        assert repaired(installation, RunState(Ending.ERROR, "ZeroDivisionError")) == Repaired(requeued=1)
        clock.advance(policies.RETRY_MAX_SECONDS)
        [ticket] = installation.store.lifecycle.request_runs(5)
        assert ticket.alone
        installation.store.lifecycle.begin(ticket.key, ticket.run_key, collecting=True, request=ticket.request)
        installation.store.leases.end(ticket.run_key)
        clock.advance(policies.HEARTBEAT_SECONDS + 1)


def test_a_request_that_a_person_took_out_of_the_queue_cancels(installation: Installation, clock: Clock) -> None:
    row = accepted(installation, "a.vtt", TALK)
    installation.store.lifecycle.request_runs(5)
    clock.advance(1)
    assert repaired(installation, request=RunState(Ending.CANCELLED)) == Repaired(cancelled=1)
    assert shown(installation, row)[:3] == ("failed", "done", "cancelled")


def test_a_run_that_died_while_the_database_was_away_does_not_count_either(
    installation: Installation, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation.store.database.liveness, "_clock", lambda: clock().timestamp())
    row = accepted(installation, "a.vtt", TALK)
    begun(installation, row)
    clock.advance(policies.LEASE_SECONDS + 1)
    assert repaired(installation, RunState(Ending.DIED), seen=GONE) == Repaired(requeued=1)
    now = installation.store.recordings.get(row.key)
    assert (now.stage, now.worker_losses) == (Stage.READY, 0)


def test_the_outcome_says_how_the_last_worker_ended(installation: Installation, clock: Clock) -> None:
    row = left(installation, clock)
    died = RunState(Ending.DIED, how="Process 4711 on host x exited with signal 9 at 2026-11-20T10:00:00+00:00")
    for number in range(policies.WORKER_LOSSES):
        assert repaired(installation, died) == Repaired(requeued=1)
        if number < policies.WORKER_LOSSES - 1:
            clock.advance(policies.RETRY_MAX_SECONDS)
            begun(installation, row, f"again-{number}")
            installation.store.leases.end(f"again-{number}")
            clock.advance(policies.HEARTBEAT_SECONDS + 1)
    assert shown(installation, row)[:3] == ("failed", "done", "worker_lost")
    assert died.how in str(installation.store.recordings.get(row.key).error_message)


def test_a_recording_that_cannot_be_moved_keeps_no_other_from_being_moved(
    installation: Installation, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [accepted(installation, f"{name}.vtt", TALK.replace("Good", name)) for name in ("a", "b", "c")]
    for number, row in enumerate(rows):
        begun(installation, row, f"run-{number}")
    real = installation.store.recovery.requeue

    def requeue(key: str, *given: Any) -> bool:
        if key == rows[0].key:
            raise KeyError("a bug")
        return real(key, *given)

    clock.advance(policies.LEASE_SECONDS + 1)
    with monkeypatch.context() as bugged:
        bugged.setattr(installation.store.recovery, "requeue", requeue)
        assert repaired(installation).requeued == 2
    assert [stage(installation, row) for row in rows] == [Stage.COLLECTING, Stage.READY, Stage.READY]
    clock.advance(policies.LEASE_SECONDS + 1)
    assert repaired(installation, RunState(Ending.DIED)).requeued == 1, "it is met again"


@pytest.mark.parametrize("ending", [Ending.SUCCEEDED, Ending.DIED])
def test_a_transcript_that_a_person_had_made_again_alone_starts_nothing_else(
    installation: Installation, clock: Clock, ending: Ending
) -> None:
    row = transcribed(installation)
    completed(installation, row)
    begun(installation, row, "run-2")
    installation.store.lifecycle.extracting(row.key, "run-2")
    installation.store.leases.end("run-2")
    clock.advance(policies.HEARTBEAT_SECONDS + 1)
    alone = ending is Ending.SUCCEEDED  # a run that died may have had more to do
    assert repaired(installation, RunState(ending)) == (Repaired() if alone else Repaired(requeued=1))
    assert stage(installation, row) == (Stage.DONE if alone else Stage.READY)
