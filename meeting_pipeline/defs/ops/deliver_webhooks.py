"""The op of the job ``deliver_webhooks``: send all due deliveries of the outbox.

Must not go here: who is sent what (``steps/delivery/deliver.py``), when deliveries are due
(``defs/sensors/webhooks_due.py``).
"""

import dagster as dg

from meeting_pipeline.defs.assets.redaction import redacting
from meeting_pipeline.defs.resources.worker import Worker
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery.deliver import drain


@dg.op(
    out=dg.Out(dg.Nothing),
    description="Send every webhook that is due, in parallel. Failed deliveries are retried on the documented schedule.",
)
@redacting
def deliver(
    context: dg.OpExecutionContext, installation: dg.ResourceParam[Installation], worker: dg.ResourceParam[Worker]
) -> None:
    """Send what is due. A failed delivery fails neither this run nor a recording."""
    drained = drain(installation, taker=worker.begin_batch(), may_start=worker.may_start)
    context.log.info(
        "%d delivered, %d to be retried, %d dead letters, %d held, %d left for the next run.",
        drained.delivered, drained.postponed, drained.dead, drained.held, drained.left,
    )  # fmt: skip
    shows_addresses = installation.settings.ui_previews == "on"
    for url in sorted(drained.given_up):
        context.log.warning(
            "%s is disabled, and its deliveries are held. `meeting-pipeline webhooks endpoints` says why; `meeting-pipeline "
            "webhooks replay --endpoint` sends them when the receiver is back.",
            url if shows_addresses else "A receiver",
        )
