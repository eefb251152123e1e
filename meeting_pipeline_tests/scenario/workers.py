"""The runs that work on a recording, and their processes.

By the leases, which are the truth about who works on what: Dagster knows the partition only of a run of one recording, and any
recording may be taken by a run of many. Must not go here: what is done to a worker.
"""

from __future__ import annotations

import contextlib
from typing import Any

import psutil

from meeting_pipeline.foundation.workers import WORKER_TAG
from meeting_pipeline_tests.scenario.system import PATIENCE_SECONDS, Dropped, System

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
    return system.wait_for(lambda: _worker_in(system.ui.run(run_id)), f"the worker of {run_id}")


def _worker_in(run: dict[str, Any]) -> psutil.Process | None:
    """The process that a run has noted, if it has not ended."""
    for tag in run["tags"]:
        if tag["key"] == WORKER_TAG:
            with contextlib.suppress(psutil.NoSuchProcess):
                return psutil.Process(int(tag["value"].split(":")[1]))
    return None


def sender(system: System, seconds: float = PATIENCE_SECONDS) -> psutil.Process:
    """The worker that is sending a webhook to a receiver that does not answer.

    A try ends after ``policies.WEBHOOK_TOTAL_SECONDS``, and on a busy machine before it is known who makes it. Then the next
    one is looked at. A token begins with the run's id without its hyphens.
    """

    def found() -> psutil.Process | None:
        taken = _tokens(system)
        if len(taken) != 1:
            return None
        taker = taken[0].partition("/")[0]
        [run] = [run for run in system.ui.runs() if run["runId"].replace("-", "").startswith(taker)]
        worker = _worker_in(run)
        return worker if _tokens(system) == taken else None

    return system.wait_for(found, "a delivery under way", seconds)


def _tokens(system: System) -> list[str]:
    """The tokens of the deliveries that somebody is sending."""
    taken = system.rows("SELECT lease_token FROM webhook_deliveries WHERE state = 'leased'")
    return [str(row["lease_token"]) for row in taken]
