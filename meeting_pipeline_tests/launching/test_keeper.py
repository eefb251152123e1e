"""Leases of workers that are computing and cannot send a heartbeat."""

import json
import subprocess
import sys
from multiprocessing import Pipe
from operator import attrgetter
from pathlib import Path

import psutil
import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.foundation.worker_activity import Activity, Watcher
from meeting_pipeline.foundation.workers import Worker, this_worker
from meeting_pipeline.installation import Installation
from meeting_pipeline.launching.keeper import Keeper
from meeting_pipeline_tests.installations import TALK, Clock, accepted
from meeting_pipeline_tests.launching.support import LAUNCHER, open_stage, wait_until
from meeting_pipeline_tests.processes import has_ended


class Seen(Watcher):
    """A watcher that reports the activity set by the test."""

    def __init__(self, activity: Activity) -> None:
        super().__init__()
        self.activity = activity

    def check(self, worker: Worker) -> Activity:
        return self.activity


def keeping(installation: Installation, activity: Activity) -> Keeper:
    orders, _ = Pipe(duplex=False)
    keeper = Keeper(installation, orders, Seen(activity))
    keeper.add("run", this_worker())
    return keeper


def silent(installation: Installation) -> list[str]:
    return [worker.run_id for worker in installation.store.lease_watch.silent_workers()]


@pytest.fixture
def overdue(installation: Installation, clock: Clock) -> Installation:
    """A run and a recording of its batch, whose leases were not renewed in time."""
    row = accepted(installation, "a.vtt", TALK)
    installation.store.leases.begin_batch("run")
    installation.store.lifecycle.begin(row.key, "run/0", collecting=False)
    clock.advance(policies.LEASE_SECONDS + 1)
    assert sorted(silent(installation)) == ["run", "run/0"]
    return installation


def test_a_worker_that_computes_keeps_all_its_leases(overdue: Installation) -> None:
    keeping(overdue, Activity.WORKING).check()
    assert silent(overdue) == []


@pytest.mark.parametrize("activity", [Activity.IDLE, Activity.STOPPED, Activity.GONE, Activity.FIRST_LOOK])
def test_nobody_speaks_for_a_worker_that_does_nothing(overdue: Installation, activity: Activity) -> None:
    keeping(overdue, activity).check()
    assert sorted(silent(overdue)) == ["run", "run/0"]


@pytest.mark.parametrize("end", ["leases.end", "lease_watch.fence_lease"])
def test_a_lease_that_is_over_stays_so(overdue: Installation, end: str) -> None:
    attrgetter(end)(overdue.store)("run")
    keeping(overdue, Activity.WORKING).check()
    assert not overdue.store.leases.holds("run")


def test_a_database_that_is_away_ends_no_keeper(overdue: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = keeping(overdue, Activity.WORKING)
    with monkeypatch.context() as away:

        def refuse(_runs: list[str]) -> None:
            raise StoreUnavailable("database_unreachable", "Away.")

        away.setattr(overdue.store.leases, "keep_alive", refuse)
        keeper.check()
    keeper.check()
    assert silent(overdue) == []


def test_it_ends_when_its_last_worker_and_the_fork_server_have(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "HEARTBEAT_SECONDS", 0.01)
    orders, server = Pipe(duplex=False)
    seen = Seen(Activity.WORKING)
    keeper = Keeper(installation, orders, seen)
    worker = this_worker()
    named = {"run_id": "run", "host": worker.host, "pid": worker.pid, "started": worker.started}
    server.send_bytes(json.dumps(named).encode())
    server.close()
    seen.activity = Activity.GONE
    keeper.run()


HOLDS_THE_LOCK = """
import ctypes, re, sys
from meeting_pipeline.defs.resources.worker import Worker
from meeting_pipeline.settings import load_settings
from meeting_pipeline.installation import open_installation
worker = Worker(open_installation(load_settings({"MEETING_PIPELINE_HOME": sys.argv[1]})), "run")
worker.begin_batch()
print("begun", flush=True)
re.match("(a+)+$", "a" * 64 + "b")
"""
"""A worker that computes in C practically forever, and never lets another thread run."""


def test_a_worker_whose_own_thread_gets_no_turn_keeps_its_lease(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from meeting_pipeline.installation import open_installation
    from meeting_pipeline.settings import load_settings

    monkeypatch.setattr(policies, "LEASE_SECONDS", 12.0)
    home = tmp_path / "home"
    command = ["nice", sys.executable, "-c", HOLDS_THE_LOCK, str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        opened = open_installation(load_settings({"MEETING_PIPELINE_HOME": str(home)}))
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            wait_until(lambda: silent(opened) == ["run"], "its own heartbeat to fall silent")
            keeper = Keeper(opened, Pipe(duplex=False)[0])
            from meeting_pipeline.foundation.workers import started_at

            keeper.add("run", Worker(this_worker().host, process.pid, started_at(process.pid) or "?"))
            keeper.check()
            used = psutil.Process(process.pid).cpu_times().user
            wait_until(lambda: psutil.Process(process.pid).cpu_times().user > used + 0.1, "it to get some CPU")

            def is_kept() -> bool:
                keeper.check()
                return (
                    silent(opened) == []
                )  # this process too may have been stopped for longer than a lease, before it looks

            wait_until(is_kept, "its lease to be kept")
        finally:
            process.kill()
            opened.store.close()


def test_a_launcher_that_keeps_leases_has_one_keeper_that_outlives_the_server_with_its_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = tmp_path / "gate"
    monkeypatch.setenv("LAUNCHING_GATE", str(gate))
    monkeypatch.setenv("MEETING_PIPELINE_HOME", str(tmp_path / "meetings"))
    launcher = {**LAUNCHER, "config": {**LAUNCHER["config"], "keep_leases": True}}  # type: ignore[dict-item]  # a dict
    with open_stage(tmp_path / "home", run_launcher=launcher) as stage:
        runs = [stage.launch("patient_job"), stage.launch("patient_job")]
        for run_id in runs:
            stage.await_status(run_id, stage.run(run_id).status.STARTED)
        server = psutil.Process(next(iter(stage.launcher._servers.values())).pid)
        workers = [psutil.Process(stage.worker(run_id).pid) for run_id in runs]
        [keeper] = [child for child in server.children() if child not in workers]
        server.kill()
        assert keeper.is_running()
        gate.touch()
        wait_until(lambda: has_ended(keeper), "the keeper to end")
        assert all(has_ended(worker) for worker in workers)
