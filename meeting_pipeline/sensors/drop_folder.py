"""``drop_folder``: recordings that were dropped and have come to rest start the ``intake`` job."""

import time

import dagster as dg

from meeting_pipeline import policies
from meeting_pipeline.jobs import intake
from meeting_pipeline.sensors.requests import batch_run
from meeting_pipeline.steps.inbox import find_settled
from meeting_pipeline.steps.opening import Installation


@dg.sensor(
    job=intake,
    minimum_interval_seconds=policies.SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Finds settled files below the drop folder. The intake run looks again for itself: no file name is in its "
    "configuration.",
)
def drop_folder(
    context: dg.SensorEvaluationContext, installation: dg.ResourceParam[Installation]
) -> dg.RunRequest | dg.SkipReason:
    """One intake run for everything that has settled."""
    found = find_settled(installation.settings.inbox, time.time(), limit=1)
    if not found:
        return dg.SkipReason("Nothing has settled in the drop folder.")
    return batch_run(context, intake.name, "Files have settled in the drop folder.")
