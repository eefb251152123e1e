"""What the run requests of all sensors share: a batch job runs once at a time, and a recording must have its partition.

Dagster refuses all requests of a tick if one of them names a partition that does not exist.
Must not go here: which recordings get a run (``transcripts_ready.py``, ``gaps_due.py``).
"""

from collections.abc import Sequence

import dagster as dg

from meeting_pipeline.defs.ops.batch_config import UNFINISHED
from meeting_pipeline.defs.ops.registering import ensure_each_partition
from meeting_pipeline.installation import Installation


def is_on_its_way(context: dg.SensorEvaluationContext, job_name: str, at_most: int = 1) -> bool:
    """Whether ``at_most`` runs of this job are queued or running: they will find the work that this tick sees."""
    return context.instance.get_runs_count(dg.RunsFilter(job_name=job_name, statuses=list(UNFINISHED))) >= at_most


def batch_run(
    context: dg.SensorEvaluationContext, job_name: str, why: str, *, at_most: int = 1
) -> dg.RunRequest | dg.SkipReason:
    """Request one more run of a batch job, up to ``at_most``. No run key: the work is in the store; a duplicate is harmless."""
    if is_on_its_way(context, job_name, at_most):
        return dg.SkipReason(f"{why} A run of {job_name} is in progress.")
    context.log.info(why)
    return dg.RunRequest(job_name=job_name)


def with_partition(
    context: dg.SensorEvaluationContext, installation: Installation, requests: Sequence[dg.RunRequest]
) -> list[dg.RunRequest]:
    """The requests whose recording exists. A missing partition is added first.

    It is missing if a person deleted it in the UI, or if intake died between storing the row and adding the partition.
    """
    keys = {request.partition_key for request in requests if request.partition_key is not None}
    present = ensure_each_partition(context.instance, installation, keys)
    return [request for request in requests if request.partition_key is None or request.partition_key in present]
