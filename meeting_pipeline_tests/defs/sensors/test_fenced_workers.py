"""Real workers in the middle of paid calls whose runs are called over, terminated or cancelled. No signal reaches them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from sqlalchemy import select

from meeting_pipeline import policies
from meeting_pipeline.defs.sensors.stalled_runs import stalled_runs
from meeting_pipeline.defs.sensors.transcripts_ready import transcripts_ready
from meeting_pipeline.foundation.workers import WORKER_TAG
from meeting_pipeline.installation import open_installation
from meeting_pipeline.launching.launcher import WarmRunLauncher
from meeting_pipeline.settings import load_settings
from meeting_pipeline.steps.operations.cancel import cancel
from meeting_pipeline.store.tables import LLMCall, Recording
from meeting_pipeline_tests.chaos.speed import in_time
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.defs.sensors.test_sensors import Ticks
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import TALK, accepted, close

pytestmark = pytest.mark.processes

ASK = "POST /v1/responses"
INSIGHTS = 3
"""Questions of a run, all at once. The speakers have their names in the file."""
PATIENCE_S = 300.0
_WORKER = """
import os, signal, sys
for unheard in (signal.SIGTERM, signal.SIGINT):
    signal.signal(unheard, signal.SIG_IGN)
import dagster as dg
from dagster._utils import interrupts
interrupts._replace_interrupt_signal = lambda handler: None
from meeting_pipeline import policies
from meeting_pipeline.definitions import build_definitions
from meeting_pipeline.installation import open_installation
from meeting_pipeline.settings import load_settings

installation = open_installation(load_settings(), migrate=False)
definitions = build_definitions(overrides={"installation": installation})
with dg.DagsterInstance.get() as instance:
    definitions.resolve_job_def("process_recording").execute_in_process(
        partition_key=sys.argv[1], instance=instance, raise_on_error=False, run_id=sys.argv[2],
        tags={policies.REQUEST_TAG: "1", **dict(tag.split("=") for tag in sys.argv[3:])},
    )
    print(instance.get_run_by_id(sys.argv[2]).status.value, flush=True)
"""

_DAGSTER = """
telemetry: {enabled: false}
compute_logs: {module: dagster._core.storage.noop_compute_log_manager, class: NoOpComputeLogManager}
"""
"""Captured output is mirrored by processes that would not hear the signals that end them either."""


class Working:
    """A recording whose worker, a process of its own, waits for all its answers until they may come."""

    def __init__(self, runs: Runs, row: Recording, run_id: str, process: subprocess.Popen[str]) -> None:
        self.runs, self.row, self.run_id, self.process = runs, row, run_id, process
        self.store, self.tick = runs.installation.store, Ticks(runs)

    def run(self) -> dg.DagsterRun:
        found = self.runs.instance.get_run_by_id(self.run_id)
        assert found is not None
        return found

    def status(self) -> tuple[str, str | None]:
        row = self.store.recordings.get(self.row.key)
        return row.status, row.error_code

    def requested(self) -> list[dg.RunRequest]:
        """One tick of the sensors that repair and request runs."""
        self.tick(stalled_runs)
        return self.tick(transcripts_ready)[0]

    def next_run_completes(self) -> None:
        assert self.runs.recording(self.row.key, run_id="00000000-0000-4000-8000-000000000002").success
        assert self.status() == ("completed", None)

    def states_of_calls(self) -> list[str]:
        with self.store.database.read() as session:
            return list(session.scalars(select(LLMCall.state).where(LLMCall.recording_key == self.row.key)))


def within(seconds: float, found: Callable[[], Any]) -> Any:
    """What ``found`` returns as soon as it is true."""
    until = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < until, f"not within {seconds} s"
        time.sleep(0.2)
    return value


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def runs(
    request: pytest.FixtureRequest, tmp_path: Path, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Runs]:
    """An installation and a Dagster instance that two processes share, each with its own clock and memory."""
    variables = {
        "MEETING_PIPELINE_HOME": str(tmp_path / "home"),
        "MEETING_PIPELINE_WEBHOOK_ALLOW": "127.0.0.1",
        "DAGSTER_HOME": str(tmp_path / "dagster"),
        **providers.environment(),
    }
    if request.param == "postgres":
        variables["MEETING_PIPELINE_DATABASE_URL"] = request.getfixturevalue("postgres_url")
    (tmp_path / "dagster").mkdir()
    (tmp_path / "dagster" / "dagster.yaml").write_text(_DAGSTER)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    installation = open_installation(load_settings(variables))
    with dg.DagsterInstance.get() as instance:
        yield Runs(installation, instance)
    close(installation)


@contextmanager
def at_work(runs: Runs, providers: Providers, **tags: str) -> Iterator[Working]:
    row = accepted(runs.installation, "weekly.vtt", TALK, webhook_url="http://127.0.0.1:9/hook")
    runs.partition(row.key)
    runs.installation.store.lifecycle.request_runs(1)
    providers.fault(ASK, "slow", times=INSIGHTS, seconds=600)
    run_id = "00000000-0000-4000-8000-000000000001"
    words = [sys.executable, "-c", _WORKER, row.key, run_id, *(f"{name}={value}" for name, value in tags.items())]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        try:
            within(PATIENCE_S, lambda: providers.ledger()["fault_hits"] == INSIGHTS)
            yield Working(runs, row, run_id, process)
        finally:
            process.kill()


def test_a_run_that_is_marked_as_failed_while_it_works_buys_nothing_twice(runs: Runs, providers: Providers) -> None:
    with at_work(runs, providers) as working:
        runs.instance.report_run_failed(working.run(), "Marked as failed by a person.")
        assert "1 workers of runs that are over were asked to stop." in working.tick.said(stalled_runs)
        assert working.tick(transcripts_ready)[0] == [], "its worker is waited for"
        providers.clear_faults("slow")
        [request] = within(PATIENCE_S, working.requested)
        assert request.run_key == f"{working.row.key}:2"
        assert not working.store.lease_watch.alive_workers()
        assert working.states_of_calls() == ["answered"] * INSIGHTS, "what it was asking is kept"
        working.next_run_completes()
    assert len(providers.ledger()["llm_calls"]) == INSIGHTS
    assert working.states_of_calls() == ["answered"] * INSIGHTS
    assert working.store.recordings.get(working.row.key).worker_losses == 0


def test_a_worker_that_dies_after_its_run_was_marked_as_failed_is_not_waited_for(
    runs: Runs, providers: Providers
) -> None:
    with at_work(runs, providers) as working:
        runs.instance.report_run_failed(working.run(), "Marked as failed by a person.")
        working.tick(stalled_runs)
        working.process.kill()
        working.process.wait(300)
        began = time.monotonic()
        within(PATIENCE_S, working.requested)
        assert in_time(time.monotonic() - began, policies.LEASE_SECONDS), "its process is seen to be gone"
        working.next_run_completes()


@pytest.mark.parametrize("tags", [{}, {WORKER_TAG: "elsewhere:1:1@there"}], ids=["unsignalled", "on another host"])
def test_terminating_a_run_whose_worker_hears_no_signal_ends_it_on_record(
    runs: Runs, providers: Providers, tags: dict[str, str]
) -> None:
    launcher = WarmRunLauncher()
    launcher.register_instance(runs.instance)
    with at_work(runs, providers, **tags) as working:
        asked = time.monotonic()
        assert launcher.terminate(working.run_id)
        within(PATIENCE_S, lambda: working.status() == ("failed", "cancelled"))
        assert in_time(time.monotonic() - asked, 30.0)
        assert working.process.poll() is None, "it waits for its answers"
        providers.clear_faults("slow")
        assert working.process.stdout is not None
        assert working.process.stdout.read() == "CANCELED\n"
        for _ in range(2):
            assert working.requested() == []
    assert len(providers.ledger()["llm_calls"]) == INSIGHTS
    assert [event.type for event in working.store.deliveries.events(working.row.key)] == ["meeting.failed"]


def test_what_is_cancelled_and_reprocessed_at_once_waits_for_its_worker_and_buys_nothing_twice(
    runs: Runs, providers: Providers
) -> None:
    with at_work(runs, providers) as working:
        cancel(runs.installation, working.row.key)
        assert working.status() == ("failed", "cancelled")
        assert working.store.recordings.retry(working.row.key, needs_order=False)
        assert working.requested() == []
        providers.clear_faults("slow")
        within(PATIENCE_S, working.requested)
        assert not working.store.lease_watch.alive_workers()
        working.next_run_completes()
    assert len(providers.ledger()["llm_calls"]) == INSIGHTS
    events = [event.type for event in working.store.deliveries.events(working.row.key)]
    assert events == ["meeting.failed", "meeting.completed"]
