"""One round of recovery, with all runs in one state, and what it left. Must not go here: what is expected of it."""

from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.recover import repair
from meeting_pipeline.steps.operations.recovery_round import Ending, Repaired, RunState, WorkerSeen
from meeting_pipeline.store.tables import Recording


def repaired(
    installation: Installation,
    run: RunState | None = None,
    *,
    request: RunState | None = None,
    seen: WorkerSeen = WorkerSeen(),  # noqa: B008 - it is frozen
) -> Repaired:
    """Repair once, with all runs in one state and all requests in one state. ``None`` means still running."""
    going_on = RunState(Ending.GOING_ON)
    return repair(
        installation,
        run_state=lambda _: run or going_on,
        request_states=lambda tickets: dict.fromkeys(tickets, request or going_on),
        worker_seen=lambda _: seen,
    )


def stage(installation: Installation, row: Recording) -> str:
    return installation.store.recordings.get(row.key).stage


def shown(installation: Installation, row: Recording) -> tuple[str, str, str | None, int]:
    now = installation.store.recordings.get(row.key)
    return now.status, now.stage, now.error_code, now.worker_losses
