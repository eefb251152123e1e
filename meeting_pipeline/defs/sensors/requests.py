"""What the requests of all sensors have in common: a batch job runs once at a time, and a recording has its partition.

Dagster refuses all requests of a tick for one whose partition does not exist. Must not go here: which recordings get a run
(``transcripts_ready.py``, ``gaps_due.py``).
"""

from collections.abc import Sequence

import dagster as dg

from meeting_pipeline.defs.ops.registering import ensure_each_partition
from meeting_pipeline.installation import Installation

_ON_ITS_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def is_on_its_way(context: dg.SensorEvaluationContext, job_name: str, at_most: int = 1) -> bool:
    """Whether ``at_most`` runs of this job are queued or running: they will find the work that this tick sees."""
    return context.instance.get_runs_count(dg.RunsFilter(job_name=job_name, statuses=_ON_ITS_WAY)) >= at_most


def batch_run(
    context: dg.SensorEvaluationContext, job_name: str, why: str, *, at_most: int = 1
) -> dg.RunRequest | dg.SkipReason:
    """One more run of a batch job, up to ``at_most``. No run key: its work is in the store, and asking twice does it once."""
    if is_on_its_way(context, job_name, at_most):
        return dg.SkipReason(f"{why} A run of {job_name} is in progress.")
    context.log.info(why)
    return dg.RunRequest(job_name=job_name)


def with_partition(
    context: dg.SensorEvaluationContext, installation: Installation, requests: Sequence[dg.RunRequest]
) -> list[dg.RunRequest]:
    """Those of these requests whose recording exists, with its partition: a missing one is added first.

    It is missing after a person deleted it in the UI, or if intake died between a row and its partition.
    """
    keys = {request.partition_key for request in requests if request.partition_key is not None}
    present = ensure_each_partition(context.instance, installation, keys)
    return [request for request in requests if request.partition_key is None or request.partition_key in present]
