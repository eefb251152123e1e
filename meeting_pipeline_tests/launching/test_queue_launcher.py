"""The queue launcher: a lost task is sent again, and health is the lease, whatever the broker says."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from meeting_pipeline.dagster_internals import WorkerStatus
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.foundation.workers import WORKER_TAG
from meeting_pipeline.installation import Installation
from meeting_pipeline.launching import policies
from meeting_pipeline.launching.queue_launcher import QUEUE_TAG, QueueRunLauncher
from meeting_pipeline_tests.installations import Clock

AWAY = "elsewhere:1:1@00000000.1"
JOB = "process_recording"


class Launcher(QueueRunLauncher):
    """A queue launcher whose broker is a list."""

    def __init__(self, installation: Installation, instance: dg.DagsterInstance) -> None:
        super().__init__(broker="redis://127.0.0.1:1/0")
        self.opened = installation
        self.sent: list[str] = []
        self.queued: dict[str, int] = {}
        self.away = False
        self.register_instance(instance)

    @property
    def _installation(self) -> Installation:
        return self.opened

    def _send(self, run: dg.DagsterRun) -> None:
        self.sent.append(run.run_id)

    def _length(self, queue: str) -> int:
        if self.away:
            raise OperatorError("broker_unreachable", "The broker does not respond.", "Check it.")
        return self.queued.get(queue, 0)


@pytest.fixture
def dagster(monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setattr(policies, "TASK_LOST_SECONDS", -60.0)  # every run was sent long ago
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def launcher(installation: Installation, dagster: dg.DagsterInstance) -> Launcher:
    return Launcher(installation, dagster)


def run(launcher: Launcher, status: str = "STARTING", job: str = JOB, **tags: str) -> dg.DagsterRun:
    given: Any = {name.replace("__", "/"): value for name, value in tags.items()}
    added = dg.DagsterRun(job_name=job, status=dg.DagsterRunStatus(status), tags=given)
    return launcher._instance.add_run(added)


def test_a_run_that_is_neither_claimed_nor_in_the_queue_is_sent_again(launcher: Launcher) -> None:
    lost = run(launcher)
    claimed = run(launcher)
    launcher.opened.store.leases.claim_task(claimed.run_id)
    run(launcher, "STARTED")
    run(launcher, job="intake")
    assert launcher.ask_again() == 1
    assert launcher.sent == [lost.run_id]


def test_runs_that_wait_behind_busy_workers_are_left_alone(launcher: Launcher) -> None:
    run(launcher)
    run(launcher)
    launcher.queued = {"recordings": 2}
    assert launcher.ask_again() == 0
    launcher.queued = {"recordings": 1}
    assert launcher.ask_again() == 2, "which one was lost is unknown, and sending both is harmless"


def test_each_queue_is_looked_at_alone(launcher: Launcher) -> None:
    run(launcher)
    other = run(launcher, meeting_pipeline__queue="large")
    assert other.tags[QUEUE_TAG] == "large"
    launcher.queued = {"recordings": 1}
    assert launcher.ask_again() == 1
    assert launcher.sent == [other.run_id]


def test_a_run_that_was_just_sent_is_not_lost(launcher: Launcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "TASK_LOST_SECONDS", 3600.0)
    run(launcher)
    assert launcher.ask_again() == 0


def test_a_broker_that_is_away_stops_no_sensor(launcher: Launcher) -> None:
    run(launcher)
    launcher.away = True
    assert launcher.ask_again() == 0


def test_health_is_the_lease_of_the_run(launcher: Launcher, clock: Clock) -> None:
    found = run(launcher, "STARTED", **{WORKER_TAG: AWAY})
    assert found.tags[WORKER_TAG] == AWAY
    assert launcher.check_run_worker_health(found).status == WorkerStatus.RUNNING, "it is about to claim it"
    launcher.opened.store.leases.claim_task(found.run_id)
    assert launcher.check_run_worker_health(found).status == WorkerStatus.RUNNING
    clock.advance(60)
    health = launcher.check_run_worker_health(found)
    assert (health.status, "elsewhere" in (health.msg or "")) == (WorkerStatus.FAILED, True)


def test_a_stop_of_a_run_elsewhere_is_a_record(launcher: Launcher) -> None:
    found = run(launcher, "STARTED", **{WORKER_TAG: AWAY})
    assert launcher.terminate(found.run_id)
    latest = launcher._instance.get_run_by_id(found.run_id)
    assert latest is not None
    assert latest.status == dg.DagsterRunStatus.CANCELING


def test_a_run_that_waits_in_the_queue_is_stopped_before_it_begins(launcher: Launcher) -> None:
    found = run(launcher)
    assert launcher.terminate(found.run_id)
    latest = launcher._instance.get_run_by_id(found.run_id)
    assert latest is not None
    assert latest.status == dg.DagsterRunStatus.CANCELING
    assert launcher.ask_again() == 0
