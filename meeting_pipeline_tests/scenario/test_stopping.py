"""Stopped work: cancelled by command, terminated in the UI, and a frozen worker.

Each recording waits for a slow language model when it is stopped; their waits overlap.
"""

from __future__ import annotations

import contextlib
import subprocess
from types import SimpleNamespace

import psutil
import pytest

from meeting_pipeline.defs import policies
from meeting_pipeline_tests.processes import has_ended
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.freezing import freeze
from meeting_pipeline_tests.scenario.system import AN_HOUR, PATIENCE_SECONDS, Dropped, System
from meeting_pipeline_tests.scenario.workers import run_at_work, worker_of

pytestmark = pytest.mark.scenario

ASK = "POST /v1/responses"
TITLES = {"frozen": "Frozen in the middle", "cancelled": "Cancelled by command", "terminated": "Terminated by hand"}


def slow(system: System, title: str, *, times: int) -> None:
    """Make the next calls about this meeting slow; a run makes calls for four insights at once."""
    system.outside.providers.fault(ASK, "slow", times=times, words=title, seconds=AN_HOUR)


def run_of(system: System, dropped: Dropped) -> str:
    """The run that waits for the model."""
    title = TITLES[dropped.name.partition(".")[0]]
    system.wait_for(lambda: system.recording(dropped).get("stage") == "extracting", f"{title} to be extracted")
    return run_at_work(system, dropped)


def status(system: System, dropped: Dropped, run: str) -> str:
    return {found["runId"]: str(found["status"]) for found in system.ui.runs_of(system.key(dropped))}[run]


def live_leases(system: System, key: str) -> list[str]:
    query = "SELECT run_id FROM run_leases WHERE recording_key = :key AND state = 'live'"
    return [row["run_id"] for row in system.rows(query, key=key)]


@pytest.fixture(scope="module")
def stopped(system: System) -> SimpleNamespace:
    """All three are running and are then stopped; another run completes the recording of the frozen worker."""
    for name, title in TITLES.items():
        # A call is given up after three minutes, and then made again. Those who are to be stopped wait for as long as it takes.
        slow(system, title, times=4 if name == "frozen" else -1)
    dropped = {
        name: system.drop(f"{name}.wav", media.wav(title), hook=f"stopping-{name}", title=title)
        for name, title in TITLES.items()
    }
    seen = SimpleNamespace(**dropped, runs={"frozen": run_of(system, dropped["frozen"])})
    worker = worker_of(system, seen.runs["frozen"])
    # It would still make a pending call after it wakes up, and nothing can prevent that.
    system.wait_for(
        lambda: system.outside.providers.ledger()["faults_left"][TITLES["frozen"]] == 0, "its four questions"
    )
    try:
        freeze(system, worker.pid)
        seen.runs |= {name: run_of(system, dropped[name]) for name in ("cancelled", "terminated")}
        seen.said = command(system, "cancel", system.key(seen.cancelled))
        seen.leases = live_leases(system, system.key(seen.cancelled))
        system.ui.terminate(seen.runs["terminated"])
        system.wait_until_told("stopping-terminated")
        seen.completed_by = system.wait_until_told("stopping-frozen")
        key = system.key(seen.frozen)
        system.wait_for(lambda: "webhook" in [event["type"] for event in system.events(key)], "its webhook to be noted")
        seen.before = snapshot(system, seen.frozen)
        system.wait_for(lambda: has_ended(worker), "the frozen worker to be ended")
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            worker.kill()
        system.outside.providers.spare_next("slow")  # the calls that were in progress never end: their runs are gone
    return seen


def command(system: System, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        system.quick_command(*words), env=system.environment(), capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )


def snapshot(system: System, dropped: Dropped) -> SimpleNamespace:
    """Everything that a worker could change."""
    key = system.key(dropped)
    return SimpleNamespace(
        row=system.recording(dropped),
        artifacts=system.rows("SELECT id FROM artifacts WHERE recording_key = :key ORDER BY id", key=key),
        events=[(event["seq"], event["type"]) for event in system.events(key)],
        calls=len(system.outside.calls(TITLES["frozen"])),
        minutes=system.minutes(key),
    )


# --- cancelled and terminated -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cancelled", "terminated"])
def test_it_ends_as_cancelled_and_its_submitter_hears_it_once(
    system: System, stopped: SimpleNamespace, name: str
) -> None:
    dropped = getattr(stopped, name)
    [body] = system.wait_until_told(dropped.hook)
    assert (body["event"], body["error"]["code"]) == ("meeting.failed", "cancelled")
    row = system.recording(dropped)
    assert (row["status"], row["stage"], row["revision"]) == ("failed", "done", 1)


@pytest.mark.parametrize("name", ["cancelled", "terminated"])
def test_no_other_run_takes_it_up_and_nothing_more_is_bought(
    system: System, stopped: SimpleNamespace, name: str
) -> None:
    dropped = getattr(stopped, name)
    system.wait_for(lambda: status(system, dropped, stopped.runs[name]) == "CANCELED", "the run to be canceled")
    assert len(system.ui.runs_of(system.key(dropped))) == 1
    assert len(system.outside.orders(dropped.sha256)) == 1
    assert len(system.outside.calls(TITLES[name])) <= 4, "the calls that were under way"


def test_the_command_says_what_it_did(stopped: SimpleNamespace) -> None:
    assert stopped.said.returncode == 0, stopped.said.stderr
    assert "Cancelled: " in stopped.said.stdout
    assert "1 run stopped" in stopped.said.stdout
    assert stopped.leases == []


# --- frozen -------------------------------------------------------------------------------------------------------------


def test_another_run_completes_what_a_frozen_worker_had(system: System, stopped: SimpleNamespace) -> None:
    [body] = stopped.completed_by
    assert (body["event"], body["gaps"]) == ("meeting.completed", [])
    assert len(system.outside.orders(stopped.frozen.sha256)) == 1
    assert len(system.ui.runs_of(system.key(stopped.frozen))) == 2
    system.wait_for(lambda: status(system, stopped.frozen, stopped.runs["frozen"]) == "FAILURE", "its run to be failed")


def test_the_end_of_a_frozen_worker_changes_nothing(system: System, stopped: SimpleNamespace) -> None:
    assert snapshot(system, stopped.frozen) == stopped.before
    assert len(system.outside.told(stopped.frozen.hook)) == 1


def test_the_pool_slots_of_a_frozen_worker_are_free(system: System, stopped: SimpleNamespace) -> None:
    # Other recordings of the shared system may be running; a leaked slot would never become free.
    system.wait_for(lambda: system.ui.pool_slots_taken(policies.LLM_POOL) == 0, "all slots of the pool to be free")


# --- afterwards ---------------------------------------------------------------------------------------------------------


def test_reprocessing_takes_up_what_was_cancelled_and_collects_the_order_that_was_paid(
    system: System, stopped: SimpleNamespace
) -> None:
    done = command(system, "reprocess", system.key(stopped.cancelled))
    assert done.returncode == 0, done.stderr
    bodies = system.wait_until_told(stopped.cancelled.hook, times=2)
    assert [(body["revision"], body["event"]) for body in bodies] == [(1, "meeting.failed"), (2, "meeting.completed")]
    assert len(system.outside.orders(stopped.cancelled.sha256)) == 1


def test_terminating_a_reprocessing_leaves_the_outcome(system: System, stopped: SimpleNamespace) -> None:
    key = system.key(stopped.frozen)
    told = len(system.outside.told(stopped.frozen.hook))
    slow(system, TITLES["frozen"], times=-1)
    try:
        run = system.ui.materialize("decisions", key)
        asking = "SELECT id FROM paid_answers WHERE run_id = :run AND state = 'asking'"
        system.wait_for(lambda: system.rows(asking, run=run), "the run to ask the model")
        system.ui.terminate(run)
        system.wait_for(lambda: status(system, stopped.frozen, run) == "CANCELED", "the run to be canceled")
    finally:
        system.outside.providers.spare_next("slow")
    assert (system.recording(stopped.frozen)["status"], system.recording(stopped.frozen)["stage"]) == (
        "completed", "done",
    )  # fmt: skip
    assert len(system.outside.told(stopped.frozen.hook)) == told
