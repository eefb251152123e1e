"""Repair: dead workers are fenced, their recordings continue, and a recording whose workers keep dying fails."""

import socket
from typing import Any

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import WorkerFenced
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.foundation.worker_activity import Activity
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.recover import Ending, Repaired, RunState, WorkerSeen, repair
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.recordings.lifecycle import RunTicket
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.installations import TALK, Clock, accepted
from meeting_pipeline_tests.steps.journeys import begun, transcribed


def repaired(
    installation: Installation,
    run: RunState | None = None,
    *,
    request: RunState | None = None,
    seen: WorkerSeen = WorkerSeen(),  # noqa: B008 - it is frozen
) -> Repaired:
    """Repair once, with all runs in one state and all requests in one state. ``None`` means still running."""
    going_on = RunState(Ending.GOING_ON)
    return repair(
        installation,
        run_state=lambda _: run or going_on,
        request_states=lambda tickets: dict.fromkeys(tickets, request or going_on),
        worker_seen=lambda _: seen,
    )


def stage(installation: Installation, row: Recording) -> str:
    return installation.store.recordings.get(row.key).stage


def test_a_silent_worker_is_fenced_and_its_recording_handed_back(installation: Installation, clock: Clock) -> None:
    row = accepted(installation, "a.vtt", TALK)
    begun(installation, row)
    clock.advance(policies.LEASE_SECONDS + 1)
    assert repaired(installation) == Repaired(lost_runs=["run-1"], requeued=1)
    assert stage(installation, row) == Stage.READY
    with pytest.raises(WorkerFenced):
        installation.store.lifecycle.begin(row.key, "run-1", collecting=True)


def test_a_worker_that_gives_signs_of_life_is_left_alone(installation: Installation, clock: Clock) -> None:
    row = accepted(installation, "a.vtt", TALK)
    begun(installation, row)
    for _ in range(10):
        clock.advance(policies.HEARTBEAT_SECONDS)
        installation.store.leases.heartbeat("run-1")
    assert repaired(installation) == Repaired()
    assert stage(installation, row) == Stage.COLLECTING


def test_a_run_that_is_over_leaves_its_recording_to_the_next(installation: Installation, clock: Clock) -> None:
    row = transcribed(installation)
    clock.advance(policies.HEARTBEAT_SECONDS + 1)
    assert repaired(installation, RunState(Ending.DIED)) == Repaired(requeued=1)
    assert stage(installation, row) == Stage.READY


def test_a_recording_whose_worker_dies_again_and_again_fails(installation: Installation, clock: Clock) -> None:
    row = accepted(installation, "a.vtt", TALK, webhook_url="http://127.0.0.1:9/hook")
    for number in range(policies.WORKER_LOSSES):
        begun(installation, row, f"run-{number}")
        clock.advance(policies.LEASE_SECONDS + 1)
        repaired(installation)
    now = installation.store.recordings.get(row.key)
    assert (now.status, now.stage, now.error_code) == (RecordingStatus.FAILED, Stage.DONE, "worker_lost")
    assert installation.store.outbox.due() == 1


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
    while (clock() - began).total_seconds() < 24 * 3600:
        tries += len(installation.store.lifecycle.request_runs(5))
        clock.advance(15)
        repaired(installation, request=RunState(Ending.NOT_LAUNCHED))
    assert tries < 35, "a failed run an hour, in the end"
    assert shown(installation, row) == ("pending", "ready", "run_not_launched", 0)
    assert installation.store.outbox.due() == 0
    clock.advance(policies.RETRY_MAX_SECONDS)
    begun(installation, row)
    installation.store.lifecycle.request_again(RunTicket(row.key, 0))
    assert stage(installation, row) == Stage.COLLECTING


def test_a_request_that_waits_in_the_queue_is_not_made_again(installation: Installation, clock: Clock) -> None:
    accepted(installation, "a.vtt", TALK)
    installation.store.lifecycle.request_runs(5)
    clock.advance(3600)
    assert repaired(installation) == Repaired()


def test_a_silent_batch_is_told_and_hands_nothing_back(installation: Installation, clock: Clock) -> None:
    installation.store.leases.begin_batch("batch")
    clock.advance(policies.LEASE_SECONDS + 1)
    assert repaired(installation) == Repaired(lost_runs=["batch"])


@pytest.mark.parametrize(
    ("ending", "free"), [(Ending.DIED, True), (Ending.ERROR, True), (Ending.UNKNOWN, False), (Ending.GOING_ON, False)]
)
def test_what_a_drain_had_taken_is_due_as_soon_as_its_run_is_over(
    installation: Installation, clock: Clock, ending: Ending, free: bool
) -> None:
    row = accepted(installation, "a.vtt", TALK, webhook_url="http://127.0.0.1:9/hook")
    installation.store.recovery.cancel(row.key)
    installation.store.leases.begin_batch("drain")
    assert len(installation.store.outbox.take(5, taker="drain")) == 1
    assert repaired(installation, RunState(ending)) == Repaired()
    clock.advance(0.001)
    assert installation.store.outbox.due() == free


# --- how the run ended ------------------------------------------------------------------------------------------------


def shown(installation: Installation, row: Recording) -> tuple[str, str, str | None, int]:
    now = installation.store.recordings.get(row.key)
    return now.status, now.stage, now.error_code, now.worker_losses


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


def test_a_silent_run_that_a_person_stopped_is_cancelled_and_not_repeated(
    installation: Installation, clock: Clock
) -> None:
    row = transcribed(installation)
    clock.advance(policies.LEASE_SECONDS + 1)
    assert repaired(installation, RunState(Ending.CANCELLED)) == Repaired(lost_runs=["run-1"], cancelled=1)
    assert shown(installation, row)[:3] == ("failed", "done", "cancelled")


def test_between_two_steps_a_recording_is_left_to_its_run(installation: Installation, clock: Clock) -> None:
    row = left(installation, clock)
    assert repaired(installation, RunState(Ending.GOING_ON)) == Repaired()
    clock.advance(policies.LEASE_SECONDS)
    assert repaired(installation, RunState(Ending.GOING_ON)) == Repaired(requeued=1), "its worker died between them"
    assert stage(installation, row) == Stage.READY


def test_workers_that_were_stopped_with_their_system_go_on_without_a_loss(installation: Installation) -> None:
    row = transcribed(installation)
    installation.store.leases.stopped(socket.gethostname())
    assert repaired(installation) == Repaired(lost_runs=["run-1"], requeued=1)
    assert shown(installation, row) == ("processing", "ready", None, 0)


def test_a_run_that_always_dies_before_it_begins_fails_its_recording(installation: Installation, clock: Clock) -> None:
    row = accepted(installation, "a.vtt", TALK, webhook_url="http://127.0.0.1:9/hook")
    for _ in range(policies.WORKER_LOSSES):
        clock.advance(policies.RETRY_BASE_SECONDS + 1)
        assert installation.store.lifecycle.request_runs(5)
        clock.advance(1)
        assert repaired(installation, request=RunState(Ending.DIED)) == Repaired(requeued=1)
    assert shown(installation, row)[:3] == ("failed", "done", "worker_lost")
    assert installation.store.outbox.due() == 1


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


def test_a_request_that_a_person_took_out_of_the_queue_cancels(installation: Installation, clock: Clock) -> None:
    row = accepted(installation, "a.vtt", TALK)
    installation.store.lifecycle.request_runs(5)
    clock.advance(1)
    assert repaired(installation, request=RunState(Ending.CANCELLED)) == Repaired(cancelled=1)
    assert shown(installation, row)[:3] == ("failed", "done", "cancelled")


def test_a_worker_that_could_not_be_heard_is_given_time_and_its_loss_does_not_count(
    installation: Installation, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    liveness = installation.store.database.liveness
    monkeypatch.setattr(liveness, "_clock", lambda: clock().timestamp())
    row = accepted(installation, "a.vtt", TALK)
    begun(installation, row)
    clock.advance(policies.LEASE_SECONDS + 1)  # as if the database was unavailable: it received no queries
    assert repaired(installation) == Repaired()
    assert stage(installation, row) == Stage.COLLECTING
    clock.advance(store_policies.DATABASE_GRACE_SECONDS + 1)
    assert repaired(installation) == Repaired(lost_runs=["run-1"], requeued=1)
    now = installation.store.recordings.get(row.key)
    assert (now.stage, now.worker_losses) == (Stage.READY, 0)


def test_a_run_that_died_while_the_database_was_away_does_not_count_either(
    installation: Installation, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation.store.database.liveness, "_clock", lambda: clock().timestamp())
    row = accepted(installation, "a.vtt", TALK)
    begun(installation, row)
    clock.advance(policies.LEASE_SECONDS + 1)
    assert repaired(installation, RunState(Ending.DIED)) == Repaired(requeued=1)
    now = installation.store.recordings.get(row.key)
    assert (now.stage, now.worker_losses) == (Stage.READY, 0)


# --- what is known of its process -------------------------------------------------------------------------------------


def test_a_silent_worker_that_computes_keeps_its_recording(installation: Installation, clock: Clock) -> None:
    row = accepted(installation, "a.vtt", TALK)
    begun(installation, row)
    for _ in range(20):
        clock.advance(policies.LEASE_SECONDS + 1)
        assert repaired(installation, seen=WorkerSeen(Activity.WORKING, "process 7")) == Repaired()
        assert installation.store.leases.silent_workers() == [], "its lease is renewed for it"
    assert stage(installation, row) == Stage.COLLECTING


def test_a_silent_worker_is_looked_at_twice_before_it_is_said_to_hang(installation: Installation, clock: Clock) -> None:
    row = accepted(installation, "a.vtt", TALK)
    begun(installation, row)
    clock.advance(policies.LEASE_SECONDS + 1)
    assert repaired(installation, seen=WorkerSeen(Activity.FIRST_LOOK, "process 7 is alive")) == Repaired()
    assert repaired(installation, seen=WorkerSeen(Activity.IDLE, "process 7 does nothing")) == Repaired(
        lost_runs=["run-1"], requeued=1
    )


@pytest.mark.parametrize("activity", [Activity.GONE, Activity.STOPPED, Activity.IDLE, Activity.UNKNOWN])
def test_the_outcome_says_how_it_is_known_that_the_worker_is_lost(
    installation: Installation, clock: Clock, activity: Activity
) -> None:
    row = accepted(installation, "a.vtt", TALK)
    for number in range(policies.WORKER_LOSSES):
        begun(installation, row, f"run-{number}")
        clock.advance(95)
        found = repaired(installation, seen=WorkerSeen(activity, "process 4711 on host x has ended"))
        clock.advance(policies.RETRY_BASE_SECONDS)
    how = f"process 4711 on host x has ended; no heartbeat for 95 s from host {socket.gethostname()}"
    assert found.how == {f"run-{policies.WORKER_LOSSES - 1}": how}
    assert how in str(installation.store.recordings.get(row.key).error_message)


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


def beats_for(installation: Installation, clock: Clock, seconds: float) -> None:
    clock.advance(seconds)
    assert installation.store.leases.heartbeat("run-1")


def test_a_worker_that_says_that_it_lives_and_gets_nowhere_is_found(installation: Installation, clock: Clock) -> None:
    row = accepted(installation, "a.vtt", TALK)
    begun(installation, row)
    longest = store_policies.WORKER_STEP_SECONDS + store_policies.WORKER_STEP_PER_AUDIO * row.duration_ms / 1000
    beats_for(installation, clock, longest - 5)
    assert repaired(installation) == Repaired(), "no step takes longer, and this one may be at it"
    beats_for(installation, clock, 10)
    found = repaired(installation)
    assert found == Repaired(lost_runs=["run-1"], requeued=1)
    assert "no step finished" in found.how["run-1"]
    with pytest.raises(WorkerFenced):
        installation.store.lifecycle.begin(row.key, "run-1", collecting=True)


def test_a_worker_that_gets_on_is_given_the_time_of_a_step_again(installation: Installation, clock: Clock) -> None:
    row = accepted(installation, "a.vtt", TALK)
    begun(installation, row)
    beats_for(installation, clock, store_policies.WORKER_STEP_SECONDS - 5)
    installation.store.lifecycle.extracting(row.key, "run-1")
    beats_for(installation, clock, store_policies.WORKER_STEP_SECONDS - 5)
    assert repaired(installation) == Repaired()


def test_a_batch_that_never_ends_is_found(installation: Installation, clock: Clock) -> None:
    installation.store.leases.begin_batch("run-1")
    beats_for(installation, clock, store_policies.WORKER_BATCH_SECONDS - 5)
    assert repaired(installation) == Repaired()
    beats_for(installation, clock, 10)
    assert repaired(installation) == Repaired(lost_runs=["run-1"])


# --- clocks and names of hosts ----------------------------------------------------------------------------------------


def test_a_clock_that_is_set_back_loses_no_living_worker(
    installation: Installation, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation.store.database.liveness, "_clock", lambda: clock().timestamp())
    row = accepted(installation, "a.vtt", TALK)
    begun(installation, row)
    clock.advance(-3600)
    assert repaired(installation) == Repaired(), "it is given time to be heard"
    installation.store.leases.heartbeat("run-1")
    clock.advance(store_policies.DATABASE_GRACE_SECONDS + 1)
    assert repaired(installation) == Repaired()
    assert stage(installation, row) == Stage.COLLECTING


def test_a_clock_that_is_set_back_hides_no_dead_worker(
    installation: Installation, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation.store.database.liveness, "_clock", lambda: clock().timestamp())
    row = accepted(installation, "a.vtt", TALK)
    begun(installation, row)
    clock.advance(-3600)
    repaired(installation)
    clock.advance(store_policies.DATABASE_GRACE_SECONDS + 1)
    assert repaired(installation) == Repaired(lost_runs=["run-1"], requeued=1)
    assert stage(installation, row) == Stage.READY


def test_workers_of_a_host_that_was_renamed_are_stopped_with_their_system(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "before")
    row = transcribed(installation)
    installation.store.leases.stopped("before", "after")
    assert repaired(installation) == Repaired(lost_runs=["run-1"], requeued=1)
    assert shown(installation, row) == ("processing", "ready", None, 0)


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
