"""Repair: the dead are fenced, their recordings go on, and what keeps dying fails."""

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import WorkerFenced
from meeting_pipeline.domain.models import RecordingStatus, Stage
from meeting_pipeline.steps.opening import Installation
from meeting_pipeline.steps.repairing import Ending, Repaired, RunState, repair
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.installations import TALK, Clock, accepted
from meeting_pipeline_tests.steps.journeys import begun, transcribed


def repaired(
    installation: Installation, run: RunState | None = None, *, request: RunState | None = None
) -> Repaired:
    """A round of repair, where every run is in one state, and so is every request. ``None``: it goes on."""
    going_on = RunState(Ending.GOING_ON)
    return repair(
        installation,
        run_state=lambda _: run or going_on,
        request_states=lambda tickets: dict.fromkeys(tickets, request or going_on),
    )


def stage(installation: Installation, row: Recording) -> str:
    return installation.store.recordings.get(row.key).stage


def test_a_silent_worker_is_fenced_and_its_recording_handed_back(installation: Installation, clock: Clock) -> None:
    row = accepted(installation, "a.vtt", TALK)
    begun(installation, row)
    clock.advance(policies.LEASE_SECONDS + 1)
    assert repaired(installation) == Repaired(lost_runs=["run-1"], handed_back=1)
    assert stage(installation, row) == Stage.READY
    with pytest.raises(WorkerFenced):
        installation.store.lifecycle.begin(row.key, "run-1", collecting=True)


def test_a_worker_that_gives_signs_of_life_is_left_alone(installation: Installation, clock: Clock) -> None:
    row = accepted(installation, "a.vtt", TALK)
    begun(installation, row)
    for _ in range(10):
        clock.advance(policies.HEARTBEAT_SECONDS)
        installation.store.lifecycle.heartbeat("run-1")
    assert repaired(installation) == Repaired()
    assert stage(installation, row) == Stage.COLLECTING


def test_a_run_that_is_over_leaves_its_recording_to_the_next(installation: Installation, clock: Clock) -> None:
    row = transcribed(installation)
    clock.advance(policies.HEARTBEAT_SECONDS + 1)
    assert repaired(installation, RunState(Ending.DIED)) == Repaired(handed_back=1)
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


def test_a_request_that_waits_in_the_queue_is_not_made_again(installation: Installation, clock: Clock) -> None:
    accepted(installation, "a.vtt", TALK)
    installation.store.lifecycle.request_runs(5)
    clock.advance(3600)
    assert repaired(installation) == Repaired()


def test_a_silent_batch_is_told_and_hands_nothing_back(installation: Installation, clock: Clock) -> None:
    installation.store.lifecycle.begin_batch("batch")
    clock.advance(policies.LEASE_SECONDS + 1)
    assert repaired(installation) == Repaired(lost_runs=["batch"])
