"""The runs that work on a recording, and their processes.

By the leases, which are the truth about who works on what: Dagster knows the partition only of a run of one recording, and any
recording may be taken by a run of many. Must not go here: what is done to a worker.
"""

from __future__ import annotations

import contextlib

import psutil

from meeting_pipeline.foundation.workers import WORKER_TAG
from meeting_pipeline_tests.scenario.system import Dropped, System

HOLDERS = "SELECT run_id FROM run_leases WHERE recording_key = :key AND state = 'live'"


def runs_at_work(system: System, key: str) -> list[str]:
    """The runs that hold a live lease on a recording; at most one, unless one was just lost."""
    return [str(row["run_id"]).partition("/")[0] for row in system.rows(HOLDERS, key=key)]


def run_at_work(system: System, dropped: Dropped) -> str:
    """The run that works on a recording, once there is one."""
    found = system.wait_for(lambda: runs_at_work(system, system.key(dropped)), f"a run to work on {dropped.name!r}")
    return found[0]


def worker_of(system: System, run_id: str) -> psutil.Process:
    """The process of a run, once it has noted its process; it must not have ended."""

    def noted() -> psutil.Process | None:
        for tag in system.ui.run(run_id)["tags"]:
            if tag["key"] == WORKER_TAG:
                with contextlib.suppress(psutil.NoSuchProcess):
                    return psutil.Process(int(tag["value"].split(":")[1]))
        return None

    return system.wait_for(noted, f"the worker of {run_id}")


def run_of_token(system: System, token: str) -> str:
    """The run whose worker took a delivery with this token, which begins with the run's id without its hyphens."""
    taker = token.partition("/")[0]
    [found] = [run["runId"] for run in system.ui.runs() if run["runId"].replace("-", "").startswith(taker)]
    return str(found)
