"""Bringing back what a dead worker left, whatever launched it.

A worker that is silent is fenced first: from then on it can change nothing. Its recording goes to the next run.
Must not go here: asking Dagster about runs (``sensors/stalled_runs.py``).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from meeting_pipeline import policies
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.steps.opening import Installation
from meeting_pipeline.store.lifecycle import RunTicket

WORKER_LOST = Problem(
    "worker_lost",
    f"{policies.WORKER_LOSSES} runs of this recording ended without a result: their worker died, or met a bug.",
    "Look at the failed runs: the recording may need more memory than there is. Then reprocess it.",
)


@dataclass
class Repaired:
    """What a round of repair did. ``lost_runs`` are to be marked failed in Dagster."""

    lost_runs: list[str] = field(default_factory=list)
    handed_back: int = 0
    requested_again: int = 0


def repair(
    installation: Installation, *, run_is_over: Callable[[str], bool], request_is_lost: Callable[[RunTicket], bool]
) -> Repaired:
    """Fence silent workers, hand their recordings back, and ask again for runs that Dagster does not know.

    ``run_is_over(run_id)``: Dagster says the run has ended, or has never heard of it.
    ``request_is_lost(ticket)``: no run of this request is queued, starting or running.
    """
    lifecycle = installation.store.lifecycle
    repaired = Repaired()
    for worker in lifecycle.silent_workers():
        if lifecycle.lose(worker):
            repaired.lost_runs.append(worker.run_id)
            if worker.key is not None:
                repaired.handed_back += lifecycle.hand_back(worker.key, WORKER_LOST)
    for worker in lifecycle.live_workers():
        if run_is_over(worker.run_id):
            lifecycle.end(worker.run_id)
    for row in lifecycle.abandoned():
        repaired.handed_back += lifecycle.hand_back(row.key, WORKER_LOST)
    for ticket in lifecycle.queued_before(policies.QUEUED_GRACE_SECONDS, policies.REQUESTS_CHECKED):
        if request_is_lost(ticket):
            lifecycle.request_again(ticket)
            repaired.requested_again += 1
    return repaired
