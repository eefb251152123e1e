"""Repeats a run of a backfill whose worker was lost, when its system was stopped or by a crash.

An unfinished recording gets another run because the store requests one. A finished one that is reprocessed does not: nothing but
its backfill knows that a result was to be made again. `reprocess` starts backfills, and so do people in the UI. The repetition is
queued as Dagster queues a retry, so the backfill waits for it, and answers that the lost run has stored are used.
Must not go here: which runs are lost (``stalled_runs.py``).
"""

from typing import Final

import dagster as dg

from meeting_pipeline.dagster_internals import (
    AUTO_RETRY_RUN_ID_TAG,
    BACKFILL_ID_TAG,
    PARENT_RUN_ID_TAG,
    PARTITION_NAME_TAG,
    ROOT_RUN_ID_TAG,
    RUN_FAILURE_REASON_TAG,
    WILL_RETRY_TAG,
    BulkActionStatus,
    DagsterEvent,
    RunFailureReason,
    make_new_run_id,
)
from meeting_pipeline.defs import policies
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.foundation.run_tags import value_of
from meeting_pipeline.foundation.workers import PROCESS_TAG, WORKER_TAG
from meeting_pipeline.installation import Installation

_OF_ONE_WORKER: Final = (WORKER_TAG, PROCESS_TAG, RUN_FAILURE_REASON_TAG)
_STOPPED: Final = (BulkActionStatus.CANCELING, BulkActionStatus.CANCELED)


def repeat_of_backfill(instance: dg.DagsterInstance, installation: Installation, run: dg.DagsterRun) -> str | None:
    """Queue this run again if it belongs to a backfill that nobody has stopped.

    If it is called before the run is marked as failed, the backfill waits for the repetition.

    Returns the id of the new run; ``None`` if there is none. A repetition is not repeated: what kills its worker twice would do
    so again. Raises: StoreUnavailable.
    """
    backfill_id, key = value_of(run.tags, BACKFILL_ID_TAG), value_of(run.tags, PARTITION_NAME_TAG)
    if backfill_id is None or key is None or run.parent_run_id is not None or AUTO_RETRY_RUN_ID_TAG in run.tags:
        return None
    backfill = instance.get_backfill(backfill_id)
    if backfill is None or backfill.status in _STOPPED or not _is_finished(installation, key):
        return None
    run_id = make_new_run_id()
    tags = {name: value for name, value in run.tags.items() if name not in _OF_ONE_WORKER}
    repeated = run._replace(
        run_id=run_id,
        status=dg.DagsterRunStatus.NOT_STARTED,
        parent_run_id=run.run_id,
        root_run_id=run.run_id,
        tags={**tags, PARENT_RUN_ID_TAG: run.run_id, ROOT_RUN_ID_TAG: run.run_id, policies.REPEATS_TAG: run.run_id},
    )
    instance.add_run(repeated)
    instance.add_run_tags(run.run_id, {WILL_RETRY_TAG: "true", AUTO_RETRY_RUN_ID_TAG: run_id})
    instance.report_dagster_event(DagsterEvent.job_enqueue(repeated), run_id=run_id)
    return run_id


def was_interrupted(run: dg.DagsterRun) -> bool:
    """Whether the run failed because its worker ended, and not for anything that it did: Dagster then gives no other reason."""
    reason = run.tags.get(RUN_FAILURE_REASON_TAG, RunFailureReason.UNEXPECTED_TERMINATION.value)
    return run.status == dg.DagsterRunStatus.FAILURE and reason == RunFailureReason.UNEXPECTED_TERMINATION.value


def _is_finished(installation: Installation, key: str) -> bool:
    try:
        return installation.store.recordings.get(key).stage == Stage.DONE
    except PermanentError:  # deleted meanwhile
        return False
