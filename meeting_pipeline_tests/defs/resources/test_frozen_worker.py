"""A worker process is frozen beyond its lease, and wakes up after another run has done its work."""

import json
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import psutil

from meeting_pipeline import policies
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.installation import open_installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline.steps.operations.recover import repair
from meeting_pipeline.steps.operations.recovery_round import Ending, Repaired, RunState
from meeting_pipeline.store.engine.clock import utc_now
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.installations import TALK, accepted
from meeting_pipeline_tests.steps.journeys import collected, completed

WORKER = """
import json, sys
from meeting_pipeline.domain.errors import PermanentError, PipelineError
from meeting_pipeline.defs.resources import worker as module
from meeting_pipeline.defs.resources.worker import Worker
from meeting_pipeline.settings import load_settings
from meeting_pipeline.steps.extraction.extract import extract
from meeting_pipeline.steps.delivery.finish import finish
from meeting_pipeline.installation import open_installation
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.steps.transcription.collect import obtain

opened = open_installation(load_settings({"MEETING_PIPELINE_HOME": sys.argv[1]}))
worker, key = Worker(opened, "frozen"), sys.argv[2]
worker.begin(key, collecting=True)
obtain(opened, key, "frozen", requested_by_user=False)
print("at work", flush=True)
sys.stdin.readline()
lifecycle, found = opened.store.lifecycle, {"holds": opened.store.leases.holds("frozen")}

def late(name, write):
    try:
        write()
        found[name] = "written"
    except PipelineError as error:
        found[name] = error.code

late("extracting", lambda: lifecycle.extracting(key, "frozen"))
late("extract", lambda: extract(opened, key, "frozen", list(Insight), requested_by_user=True))
late("finish", lambda: finish(opened, key, "frozen"))
late("fail", lambda: lifecycle.fail(key, "frozen", PermanentError("late", "Late.")))
late("ordered", lambda: lifecycle.ordered(key, "frozen"))
late("begin", lambda: worker.begin(key, collecting=True))
worker.close()
print(json.dumps(found), flush=True)
"""


def test_a_frozen_process_that_wakes_up_too_late_changes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = load_settings({"MEETING_PIPELINE_HOME": str(home), "MEETING_PIPELINE_WEBHOOK_ALLOW": "127.0.0.1"})
    # By this clock every heartbeat is old, so the other run need not wait for the lease to expire.
    ahead = timedelta(seconds=2 * policies.LEASE_SECONDS)
    opened = open_installation(settings, now=lambda: utc_now() + ahead)
    row = accepted(opened, "weekly.vtt", TALK, webhook_url="http://127.0.0.1:9/hook")
    opened.store.lifecycle.request_runs(1)
    command = [sys.executable, "-c", WORKER, str(home), row.key]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "at work\n"
            process.send_signal(signal.SIGSTOP)
            while psutil.Process(process.pid).status() != psutil.STATUS_STOPPED:
                pass
            going_on = RunState(Ending.GOING_ON)
            repaired = repair(opened, run_state=lambda _: going_on, request_states=lambda _: {})
            assert repaired == Repaired(lost_runs=["frozen"], requeued=1)
            collected(opened, row, "other")
            completed(opened, row, "other")
            minutes = settings.recordings / row.key / "minutes.md"
            written, before = minutes.stat().st_mtime_ns, state(opened.store, row.key)
            process.send_signal(signal.SIGCONT)
            said, _ = process.communicate("go on\n", timeout=300)
        finally:
            process.kill()
    found = json.loads(said)
    assert found.pop("holds") is False
    assert set(found.values()) == {"worker_fenced"}, found
    assert state(opened.store, row.key) == before
    assert minutes.stat().st_mtime_ns == written
    assert opened.store.recordings.get(row.key).status == RecordingStatus.COMPLETED
    assert len(opened.store.deliveries.events(row.key)) == 1
    opened.store.close()


def state(store: Store, key: str) -> tuple[object, ...]:
    """Everything that a worker could change."""
    row = store.recordings.get(key)
    return (
        row.status, row.stage, row.revision, row.event_seq,
        [version.id for version in store.results.versions(key)],
        [event.id for event in store.deliveries.events(key)],
    )  # fmt: skip
