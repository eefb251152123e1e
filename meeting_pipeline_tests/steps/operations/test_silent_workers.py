"""Workers that are lost: silent, stopped with their system, or getting nowhere. They are fenced, and leave a recording behind."""

import socket

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import WorkerFenced
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.foundation.worker_activity import Activity
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.recovery_round import Ending, Repaired, RunState, WorkerSeen
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline_tests.installations import TALK, Clock, accepted
from meeting_pipeline_tests.steps.journeys import begun, transcribed
from meeting_pipeline_tests.steps.operations.recovering import repaired, shown, stage


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


def test_a_silent_batch_is_told_and_hands_nothing_back(installation: Installation, clock: Clock) -> None:
    installation.store.leases.begin_batch("batch")
    clock.advance(policies.LEASE_SECONDS + 1)
    assert repaired(installation) == Repaired(lost_runs=["batch"])


def test_a_silent_run_that_a_person_stopped_is_cancelled_and_not_repeated(
    installation: Installation, clock: Clock
) -> None:
    row = transcribed(installation)
    clock.advance(policies.LEASE_SECONDS + 1)
    assert repaired(installation, RunState(Ending.CANCELLED)) == Repaired(lost_runs=["run-1"], cancelled=1)
    assert shown(installation, row)[:3] == ("failed", "done", "cancelled")


def test_workers_that_were_stopped_with_their_system_go_on_without_a_loss(installation: Installation) -> None:
    row = transcribed(installation)
    installation.store.leases.stopped(socket.gethostname())
    assert repaired(installation) == Repaired(lost_runs=["run-1"], requeued=1)
    assert shown(installation, row) == ("processing", "ready", None, 0)


def test_workers_of_a_host_that_was_renamed_are_stopped_with_their_system(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "before")
    row = transcribed(installation)
    installation.store.leases.stopped("before", "after")
    assert repaired(installation) == Repaired(lost_runs=["run-1"], requeued=1)
    assert shown(installation, row) == ("processing", "ready", None, 0)


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


def test_a_silent_worker_that_computes_keeps_its_recording(installation: Installation, clock: Clock) -> None:
    row = accepted(installation, "a.vtt", TALK)
    begun(installation, row)
    for _ in range(20):
        clock.advance(policies.LEASE_SECONDS + 1)
        assert repaired(installation, seen=WorkerSeen(Activity.WORKING, "process 7")) == Repaired()
        assert installation.store.lease_watch.silent_workers() == [], "its lease is renewed for it"
    assert stage(installation, row) == Stage.COLLECTING


def test_a_process_that_computes_keeps_all_recordings_of_its_run(installation: Installation, clock: Clock) -> None:
    """Also those whose leases are not silent yet."""
    store = installation.store
    first, second = (accepted(installation, f"{name}.vtt", f"{TALK}\nNOTE {name}\n") for name in ("a", "b"))
    store.lifecycle.request_runs(5)
    store.leases.begin_batch("run")
    store.lifecycle.begin(first.key, "run/0", collecting=True)
    clock.advance(policies.LEASE_SECONDS - 1)
    store.lifecycle.begin(second.key, "run/1", collecting=True)
    store.leases.heartbeat("run")
    clock.advance(2)
    assert repaired(installation, seen=WorkerSeen(Activity.WORKING, "process 7")) == Repaired()
    clock.advance(policies.LEASE_SECONDS - 1)
    assert store.lease_watch.silent_workers() == []


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


def test_a_recording_that_gets_nowhere_costs_the_others_of_its_run_no_loss(
    installation: Installation, clock: Clock
) -> None:
    store = installation.store
    stuck, other, elsewhere = (accepted(installation, f"{n}.vtt", f"{TALK}\nNOTE {n}\n") for n in ("a", "b", "c"))
    longest = store_policies.WORKER_STEP_SECONDS + store_policies.WORKER_STEP_PER_AUDIO * stuck.duration_ms / 1000
    store.lifecycle.request_runs(5)
    store.leases.begin_batch("run")
    store.lifecycle.begin(stuck.key, "run/0", collecting=True)
    clock.advance(longest - 5)
    store.lifecycle.begin(other.key, "run/1", collecting=True)
    store.lifecycle.begin(elsewhere.key, "run-2", collecting=True)
    clock.advance(10)
    store.leases.heartbeat("run", "run/0", "run/1", "run-2")
    assert repaired(installation) == Repaired(lost_runs=["run/0"], requeued=2)
    assert [shown(installation, row)[1::2] for row in (stuck, other, elsewhere)] == [
        (Stage.READY, 1), (Stage.READY, 0), (Stage.COLLECTING, 0)
    ]  # fmt: skip
    assert [worker.run_id for worker in store.lease_watch.live_workers()] == ["run-2"]


def test_a_batch_that_never_ends_is_found(installation: Installation, clock: Clock) -> None:
    installation.store.leases.begin_batch("run-1")
    beats_for(installation, clock, store_policies.WORKER_BATCH_SECONDS - 5)
    assert repaired(installation) == Repaired()
    beats_for(installation, clock, 10)
    assert repaired(installation) == Repaired(lost_runs=["run-1"])


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
