"""What the run requests of all sensors share: a batch job runs once at a time, and a recording must have its partition.

Dagster refuses all requests of a tick if one of them names a partition that does not exist.
Must not go here: which recordings get a run (``transcripts_ready.py``, ``gaps_due.py``).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import dagster as dg

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.defs import policies
from meeting_pipeline.defs.jobs import process_recording, process_recordings
from meeting_pipeline.defs.ops.batch_config import UNFINISHED
from meeting_pipeline.defs.ops.registering import ensure_each_partition
from meeting_pipeline.domain.keys import hash_json
from meeting_pipeline.foundation.run_tags import value_of
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.processing.run_config import keys_in, run_config

_PRIORITY: Final = "dagster/priority"
_AT_WORK: Final = (
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


def is_pending(context: dg.SensorEvaluationContext, job_name: str, at_most: int = 1) -> bool:
    """Whether ``at_most`` runs of this job are queued or running: they will find the work that this tick sees."""
    return context.instance.get_runs_count(dg.RunsFilter(job_name=job_name, statuses=list(UNFINISHED))) >= at_most


def batch_run(
    context: dg.SensorEvaluationContext, job_name: str, why: str, *, at_most: int = 1
) -> dg.RunRequest | dg.SkipReason:
    """Request one more run of a batch job, up to ``at_most``. No run key: the work is in the store; a duplicate is harmless."""
    if is_pending(context, job_name, at_most):
        return dg.SkipReason(f"{why} A run of {job_name} is in progress.")
    context.log.info(why)
    return dg.RunRequest(job_name=job_name)


def free_runs(context: dg.SensorEvaluationContext, installation: Installation) -> int:
    """How many runs of new recordings can start now; negative if more of them are queued than can start.

    Backfills and runs that a person starts do not count: they take none of the places that the tag of requests limits. Nor do
    queued runs that fill gaps or reprocess: new recordings go before them.
    """
    taken = 0
    for job in (process_recording.name, process_recordings.name):
        working = context.instance.get_runs(
            dg.RunsFilter(job_name=job, statuses=list(_AT_WORK))
        )  # as many as Dagster lets run
        new = {_PRIORITY: str(policies.PRIORITY_NEW_RECORDING)}
        queued = dg.RunsFilter(job_name=job, statuses=[dg.DagsterRunStatus.QUEUED], tags=new)
        taken += sum(value_of(run.tags, shared_policies.REQUEST_TAG) is not None for run in working)
        taken += context.instance.get_runs_count(queued)
    return installation.settings.max_concurrent_runs - taken


def new_recording_tags(request: str) -> dict[str, str]:
    """The tags of a run that a person waits for. ``request``: the value of ``REQUEST_TAG``."""
    return {shared_policies.REQUEST_TAG: request, _PRIORITY: str(policies.PRIORITY_NEW_RECORDING)}


def shared_run(
    recordings: Sequence[Mapping[str, Any]], why: str, asked: object, *, tags: Mapping[str, str]
) -> dg.RunRequest:
    """Request a shared run. ``asked``: what distinguishes this request from all others, for Dagster's de-duplication."""
    return dg.RunRequest(
        run_key=f"{why}:{hash_json(asked)[:16]}",
        job_name=process_recordings.name,
        run_config=run_config(recordings),
        tags=dict(tags),
    )


def with_partition(
    context: dg.SensorEvaluationContext, installation: Installation, requests: Sequence[dg.RunRequest]
) -> list[dg.RunRequest]:
    """Add missing partitions, and leave out requests for the run of a recording that does not exist any more.

    Shared runs are all requested: such a run skips the recordings that were deleted meanwhile. A partition is missing if a
    person deleted it in the UI, or if intake died between storing the row and adding the partition.
    """
    keys = {request.partition_key for request in requests if request.partition_key is not None}
    keys = keys.union(*(keys_in(request.run_config) for request in requests))
    present = ensure_each_partition(context.instance, installation, keys)
    return [request for request in requests if request.partition_key is None or request.partition_key in present]
