"""Workers that ``stalled_runs`` declares lost: processes on this host are ended, those on other hosts are named."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import dagster as dg
import psutil
import pytest
from sqlalchemy.exc import OperationalError

from meeting_pipeline import policies
from meeting_pipeline.defs import policies as defs_policies
from meeting_pipeline.defs.sensors.stalled_runs import stalled_runs
from meeting_pipeline.defs.sensors.transcripts_ready import transcripts_ready
from meeting_pipeline.foundation import policies as foundation_policies
from meeting_pipeline.foundation.workers import WORKER_TAG, Worker, this_worker
from meeting_pipeline.launching import policies as launching_policies
from meeting_pipeline.steps.processing.run_config import run_config
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.defs.sensors.test_sensors import Ticks, status, under_way
from meeting_pipeline_tests.installations import TALK, Clock, accepted
from meeting_pipeline_tests.launching.test_ending import stubborn_process, worker_of
from meeting_pipeline_tests.processes import has_ended

stubborn = stubborn_process


@pytest.fixture
def process(stubborn: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch) -> subprocess.Popen[bytes]:
    monkeypatch.setattr(launching_policies, "WORKER_END_SECONDS", 0.5)
    monkeypatch.setattr(foundation_policies, "WORKER_PROGRESS_TICKS", 10_000)  # its start is no progress
    return stubborn


def begun(runs: Runs, worker: Worker) -> tuple[Recording, dg.DagsterRun]:
    """A recording with a run that has begun and names this worker."""
    row = accepted(runs.installation, "weekly.vtt", TALK)
    runs.installation.store.lifecycle.request_runs(5)
    run = under_way(runs, "process_recording", dg.DagsterRunStatus.STARTED, tags={WORKER_TAG: str(worker)})
    runs.installation.store.lifecycle.begin(row.key, run.run_id, collecting=True)
    return row, run


def test_a_worker_that_ignores_its_end_is_killed_with_what_it_started(
    runs: Runs, clock: Clock, process: subprocess.Popen[bytes]
) -> None:
    tick = Ticks(runs)
    [grandchild] = psutil.Process(process.pid).children()
    row, run = begun(runs, worker_of(process))
    assert "0 workers lost" in tick.said(stalled_runs)
    assert process.poll() is None, "it holds its lease"
    clock.advance(policies.LEASE_SECONDS + 1)
    tick(stalled_runs)  # alive: the first check of a process is not conclusive
    said = tick.said(stalled_runs)
    assert "1 workers lost" in said
    assert "1 worker processes were still alive and were ended." in said
    process.wait(300)
    psutil.wait_procs([grandchild], timeout=300)
    assert has_ended(grandchild)
    assert status(runs, run) == dg.DagsterRunStatus.FAILURE
    [request], _ = tick(transcripts_ready)
    assert request.run_key == f"{row.key}:2"


def test_a_process_that_renews_its_lease_is_ended_only_when_it_had_time_to_stop(
    runs: Runs, clock: Clock, process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its run was marked as failed long ago, but it may be waiting for an answer that is paid for."""
    monkeypatch.setattr(defs_policies, "WORKER_AFTERLIFE_SECONDS", -60.0)
    tick, leases = Ticks(runs), runs.installation.store.leases
    _, run = begun(runs, worker_of(process))
    runs.instance.report_run_failed(run, "Marked as failed by a person.")
    assert "1 workers of runs that are over were asked to stop." in tick.said(stalled_runs)
    until = clock() + timedelta(seconds=store_policies.FENCED_SECONDS)
    while clock() < until:
        assert process.poll() is None
        clock.advance(20.0)
        leases.heartbeat(run.run_id)
        tick(stalled_runs)
    process.wait(300)
    assert runs.installation.store.lease_watch.alive_workers() == []


@pytest.fixture
def computing() -> Iterator[subprocess.Popen[bytes]]:
    """A process that uses the CPU."""
    with subprocess.Popen(["nice", sys.executable, "-c", "while True: pass"], start_new_session=True) as process:
        yield process
        process.kill()


def used_cpu(process: subprocess.Popen[bytes]) -> None:
    """Wait until the process has made progress since this call."""
    worker = psutil.Process(process.pid)
    before = worker.cpu_times().user
    while worker.cpu_times().user - before < 2 * foundation_policies.WORKER_PROGRESS_TICKS / 100:
        time.sleep(0.02)


def test_a_silent_process_that_computes_keeps_all_recordings_of_its_run(
    runs: Runs, clock: Clock, computing: subprocess.Popen[bytes]
) -> None:
    tick, store = Ticks(runs), runs.installation.store
    keys = [accepted(runs.installation, f"{name}.vtt", f"{TALK}\nNOTE {name}\n").key for name in ("a", "b")]
    store.lifecycle.request_runs(5)
    run = under_way(
        runs, "process_recordings", dg.DagsterRunStatus.STARTED, tags={WORKER_TAG: str(worker_of(computing))},
        run_config=run_config([{"key": key} for key in keys]),
    )  # fmt: skip
    store.leases.begin_batch(run.run_id)
    for number, key in enumerate(keys):
        store.lifecycle.begin(key, f"{run.run_id}/{number}", collecting=True)
    clock.advance(policies.LEASE_SECONDS + 1)
    for _ in range(3):
        assert "0 workers lost" in tick.said(stalled_runs)
        used_cpu(computing)
    assert store.lease_watch.silent_workers() == []
    assert computing.poll() is None
    assert status(runs, run) == dg.DagsterRunStatus.STARTED


def test_a_worker_on_another_host_is_fenced_and_named_and_nothing_here_is_touched(
    runs: Runs, clock: Clock, process: subprocess.Popen[bytes]
) -> None:
    tick = Ticks(runs)
    row, run = begun(runs, replace(worker_of(process), host="another-host", started="1@another.table"))
    tick(stalled_runs)
    clock.advance(policies.LEASE_SECONDS + 1)
    said = tick.said(stalled_runs)
    assert "1 workers lost" in said
    assert "1 workers on other hosts can no longer change anything, but cannot be ended from here." in said
    assert "were ended" not in said
    assert process.poll() is None
    assert status(runs, run) == dg.DagsterRunStatus.FAILURE
    assert not runs.installation.store.leases.holds(run.run_id)
    [request], _ = tick(transcripts_ready)
    assert request.run_key == f"{row.key}:2"


def test_a_worker_is_ended_although_dagster_cannot_be_told(
    runs: Runs, clock: Clock, process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker may be what keeps Dagster's database locked."""
    locked = sqlite3.OperationalError("database is locked")
    locked.sqlite_errorcode = sqlite3.SQLITE_BUSY

    def report(*_: object, **__: object) -> None:
        raise OperationalError("UPDATE runs", {}, locked)

    tick = Ticks(runs)
    _, run = begun(runs, worker_of(process))
    tick(stalled_runs)
    clock.advance(policies.LEASE_SECONDS + 1)
    tick(stalled_runs)
    gone = replace(this_worker(), started="long before")
    under_way(runs, "intake", dg.DagsterRunStatus.STARTING, tags={WORKER_TAG: str(gone)})  # is reported first
    with monkeypatch.context() as busy:
        busy.setattr(runs.instance, "report_run_failed", report)
        assert "database_busy" in tick.said(stalled_runs)
    process.wait(300)
    assert status(runs, run) == dg.DagsterRunStatus.STARTED
    clock.advance(policies.LEASE_SECONDS + policies.CALL_SECONDS + 1)
    tick(stalled_runs)
    assert status(runs, run) == dg.DagsterRunStatus.FAILURE, "Dagster is told when it can be"


_HOLDS_THE_LOCK = """
import sqlite3, sys, time
sys.stdin.readline()
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
time.sleep(600)
"""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limit waits for a lock to 0.2 s."""
    monkeypatch.setattr("meeting_pipeline.store.engine.connecting._BUSY_SECONDS", 0.2)


@pytest.mark.processes
@pytest.mark.parametrize("is_frozen", [True, False])
def test_a_worker_that_is_frozen_with_the_lock_of_our_database_is_ended_and_the_next_round_goes_on(
    impatient: None, runs: Runs, clock: Clock, is_frozen: bool
) -> None:
    """A worker that is not frozen is not ended: it will end its transaction."""
    if not runs.installation.store.database.sqlite:
        pytest.skip("a lock of a whole database is SQLite's")
    tick = Ticks(runs)
    path = runs.installation.store.database.engine.url.database
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDS_THE_LOCK, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            row, run = begun(runs, worker_of(process))
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(b"now\n")
            process.stdin.flush()
            process.stdout.readline()
            if is_frozen:
                process.send_signal(signal.SIGSTOP)
            clock.advance(policies.LEASE_SECONDS + 1)
            tick(stalled_runs)
            assert process.poll() is None, "it may go on within the time of a lease"
            clock.advance(policies.LEASE_SECONDS + 1)
            assert "database_busy" in tick.said(stalled_runs)
            if not is_frozen:
                assert process.poll() is None
                return
            process.wait(300)
            assert "1 workers lost" in tick.said(stalled_runs)
            assert status(runs, run) == dg.DagsterRunStatus.FAILURE
            [request], _ = tick(transcripts_ready)
            assert request.run_key == f"{row.key}:2"
        finally:
            process.kill()
