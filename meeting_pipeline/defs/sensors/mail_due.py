"""``mail_due``: minutes that are due by e-mail start the ``deliver_mail`` job.

Must not go here: which are due (``store/outbox/mails.py``), sending them (``steps/delivery/mail.py``).
"""

import dagster as dg

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.jobs import deliver_mail
from meeting_pipeline.defs.sensors.requests import batch_run
from meeting_pipeline.defs.sensors.skip_on_db_error import skip_on_database_error
from meeting_pipeline.installation import Installation


@dg.sensor(
    job=deliver_mail,
    minimum_interval_seconds=policies.SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts one run that sends the minutes that are due by e-mail, if a mail server is set.",
)
@skip_on_database_error
def mail_due(
    context: dg.SensorEvaluationContext, installation: dg.ResourceParam[Installation]
) -> dg.RunRequest | dg.SkipReason:
    """Request one run that sends everything, if anything is due."""
    due = installation.store.mails.due()
    if not due:
        return dg.SkipReason("No mail is due.")
    return batch_run(context, deliver_mail.name, f"{due} mails are due.")
