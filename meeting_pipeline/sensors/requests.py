"""Asking for a run of a batch job, unless one is on its way already.

Must not go here: runs of one recording, which have run keys (``transcripts_ready.py``, ``gaps_due.py``).
"""

import dagster as dg

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
        return dg.SkipReason(f"{why} A run of {job_name} is on its way.")
    context.log.info(why)
    return dg.RunRequest(job_name=job_name)
