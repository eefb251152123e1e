"""``results_changed``: minutes of meetings that were reprocessed, and the cross-meeting tables, after a little quiet."""

import json

import dagster as dg

from meeting_pipeline import policies
from meeting_pipeline.jobs import refresh_catalog, refresh_minutes
from meeting_pipeline.sensors.requests import batch_run, is_on_its_way
from meeting_pipeline.steps.opening import Installation


@dg.sensor(
    jobs=[refresh_minutes, refresh_catalog],
    minimum_interval_seconds=policies.SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="After results of finished recordings changed: one run writes all their minutes again and tells the next "
    "revisions. After outcomes were told: one run refreshes the cross-meeting tables, not one per meeting.",
)
def results_changed(
    context: dg.SensorEvaluationContext, installation: dg.ResourceParam[Installation]
) -> dg.SensorResult | dg.SkipReason:
    """At most one run of each job."""
    requests = []
    if installation.store.results.changed(limit=1):
        request = batch_run(context, refresh_minutes.name, "Results changed after they were told.")
        requests += [request] if isinstance(request, dg.RunRequest) else []
    told = json.loads(context.cursor).get("told", 0) if context.cursor else 0
    newest = installation.store.outbox.untold_to_catalog(told)
    if newest is not None and not is_on_its_way(context, refresh_catalog.name):
        requests.append(dg.RunRequest(run_key=f"catalog:{newest}", job_name=refresh_catalog.name))
        told = newest
    if not requests:
        return dg.SkipReason("Nothing changed, or not quiet yet.")
    return dg.SensorResult(run_requests=requests, cursor=json.dumps({"told": told}))
