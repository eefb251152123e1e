"""``webhooks_due``: due deliveries start the ``deliver_webhooks`` job.

Must not go here: which are due (``store/outbox/due.py``), sending them (``steps/delivery/deliver.py``).
"""

import dagster as dg

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.defs import policies
from meeting_pipeline.defs.jobs import deliver_webhooks
from meeting_pipeline.defs.sensors.requests import batch_run
from meeting_pipeline.defs.sensors.skip_on_db_error import skip_on_database_error
from meeting_pipeline.installation import Installation


@dg.sensor(
    job=deliver_webhooks,
    minimum_interval_seconds=policies.WOKEN_SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts one run that sends everything that is due and that no run of a recording has sent. Outbox rows "
    "are committed together with the outcomes they announce, so no webhook is lost.",
)
@skip_on_database_error
def webhooks_due(
    context: dg.SensorEvaluationContext, installation: dg.ResourceParam[Installation]
) -> dg.RunRequest | dg.SkipReason:
    """Request one run that sends everything, if anything is due."""
    due = installation.store.deliveries.due(new_for_s=shared_policies.WEBHOOK_OWN_SECONDS)
    if not due:
        return dg.SkipReason("No webhook is due.")
    return batch_run(context, deliver_webhooks.name, f"{due} webhooks are due.")
