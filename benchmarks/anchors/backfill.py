"""A backfill of ``summary`` over many meetings in the pipeline itself, by ``meeting-pipeline reprocess``.

One recording is processed and copied (``benchmarks/copies.py``): processing a thousand would take longer than the backfill.
The copies name no webhook. Must not go here: the Celery pipeline's.
"""

import subprocess
import time

from benchmarks.anchors import plan, work
from benchmarks.anchors.figures import Measured
from benchmarks.anchors.measure import Peak, difference
from benchmarks.anchors.ours import Ours
from benchmarks.anchors.progress import say
from benchmarks.copies import copy_index, copy_store, numbered
from meeting_pipeline.cli.errors import ExitCode
from meeting_pipeline.installation import open_installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline.supervisor.instance import opened_instance
from meeting_pipeline_tests.scenario.media import wav

REST_SECONDS = 15.0


def measure(ours: Ours, measured: Measured) -> None:
    """Prepare the meetings, run the backfill, and stop the system."""
    count, limit = ours.sizes.meetings, ours.sizes.backfill_limit_s
    say(f"ours: preparing {count} meetings")
    prepare(ours, count)
    ours.services.take(plan.TRANSCRIPTION_S, plan.BACKFILL_MODEL_S)
    ours.start()
    idle = float(str(ours.trees.at_rest(REST_SECONDS)["cpu_s_per_s"]))
    ours.services.forget()
    say(f"ours: backfill, at most {limit:.0f} s")
    before, began = ours.trees.cpu(), time.time()
    command = ours.system.command("reprocess", "--all", "--assets", "summary", "--wait", "--timeout", str(limit))
    with Peak(ours.trees) as peak:
        done = subprocess.run(command, env=ours.system.environment(), capture_output=True, text=True, check=False)
    seconds, used = time.time() - began, sum(difference(before, ours.trees.cpu()).values())
    ends = ours.services.call_ends(began)
    late = done.returncode == ExitCode.TIMED_OUT
    if not late and done.returncode != ExitCode.DONE:
        raise RuntimeError(f"the backfill ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    made = max(1, len(ends)) if late else count
    measured.add("backfill", work.calls(ends, began, plan.BACKFILL_MODEL_S, count if late else len(ends)))
    measured.add(
        "backfill",
        {
            "cpu_s": round(used / made, 4),
            "cpu_s_less_idle": round((used - idle * seconds) / made, 4),
            "peak_memory_mb": round(peak.bytes / 1e6),
        },
    )
    if not late:
        measured.add("backfill", {"over_s": round(seconds, 1)})
    else:
        measured.notes["backfill"] = f"stopped after {seconds:.0f} s with {made} of {count} meetings done, scaled"
        ours.system.kill()  # hundreds of runs are left


def prepare(ours: Ours, count: int) -> None:
    """A stopped system that knows this many finished recordings, with nothing left to do."""
    ours.services.take(0.0, 0.0)
    ours.start()
    ours.system.drop("first.wav", wav(f"first-{time.time()}"), hook="first")
    ours.services.wait_for("first", 1, plan.BURST_LIMIT_S)
    query = "SELECT key FROM recordings WHERE status = 'completed' AND registered_at IS NOT NULL"
    [row] = ours.system.wait_for(lambda: ours.system.rows(query), "the first recording", 300)
    ours.system.wait_until_idle()
    ours.system.stop()
    keys = numbered(row["key"], count - 1)
    settings = load_settings(ours.system.environment())
    installation = open_installation(settings)
    try:
        copy_store(installation, row["key"], keys)
    finally:
        installation.store.close()
    with opened_instance(settings) as instance:
        copy_index(instance, row["key"], keys)
