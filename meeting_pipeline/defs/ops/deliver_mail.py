"""The op of the job ``deliver_mail``: send the minutes that are due by e-mail.

Must not go here: sending (``steps/delivery/mail.py``), when mails are due (``defs/sensors/mail_due.py``).
"""

import dagster as dg

from meeting_pipeline.defs.assets.redaction import redacting
from meeting_pipeline.defs.resources.worker import Worker
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery.mail import send_due


@dg.op(
    out=dg.Out(dg.Nothing),
    description="Send the minutes that are due by e-mail. Failed mails are retried on the schedule of webhooks.",
)
@redacting
def deliver_mails(
    context: dg.OpExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> None:
    """Send what is due. A failed mail fails neither this run nor a recording."""
    mailed = send_due(installation, taker=worker.begin_batch(), may_start=worker.may_start)
    context.log.info("%d sent, %d to be retried, %d dead.", mailed.sent, mailed.postponed, mailed.dead)
    if mailed.fault is not None:
        context.log.warning(
            "The mail server could not be used [%s], and all mails wait. `meeting-pipeline doctor` tries it.",
            mailed.fault,
        )
