"""``transcripts_ready``: polls everything in flight once, and requests a run for each recording that can continue.

Must not go here: polling providers (``steps/transcription/poll.py``), marking recordings as queued
(``steps/transcription/request_runs.py``).
"""

import dagster as dg

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.defs import policies
from meeting_pipeline.defs.jobs import order_again, process_recording
from meeting_pipeline.defs.sensors.pools import make_pools_known
from meeting_pipeline.defs.sensors.requests import batch_run, with_partition
from meeting_pipeline.defs.sensors.skip_on_db_error import says_when_the_database_is_away
from meeting_pipeline.domain.outage import Outage, Service
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.transcription.poll import Looked, look
from meeting_pipeline.steps.transcription.request_runs import request_runs
from meeting_pipeline.store.recordings.lifecycle import RunTicket


@dg.sensor(
    jobs=[process_recording, order_again],
    minimum_interval_seconds=policies.WOKEN_SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Polls each provider with one list request for all orders in flight; no run waits for them. Requests one run "
    "per recording that is ready, and a run that places orders whose retry is due.",
)
@says_when_the_database_is_away
def transcripts_ready(
    context: dg.SensorEvaluationContext, installation: dg.ResourceParam[Installation]
) -> dg.SensorResult | dg.SkipReason:
    """One tick: poll, request runs, retry orders."""
    looked = look(installation)
    outages = installation.store.outages.open()
    overdue = _orders_to_try(installation, outages)
    # If Dagster or the store fails during this tick, requests that are marked but not made are repeated by `stalled_runs`.
    tickets = request_runs(installation, outages, orders_are_tried=overdue)
    requests = with_partition(context, installation, [_run_request(ticket) for ticket in tickets])
    if overdue:
        again = batch_run(context, order_again.name, "Orders are due.", at_most=policies.ORDER_RUNS)
        requests += [again] if isinstance(again, dg.RunRequest) else []
    if not requests:
        return dg.SkipReason(_describe(looked, outages))
    make_pools_known(context.instance)
    return dg.SensorResult(run_requests=requests)


def _run_request(ticket: RunTicket) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=ticket.run_key,
        job_name=process_recording.name,
        partition_key=ticket.key,
        tags={
            shared_policies.REQUEST_TAG: str(ticket.request),
            "dagster/priority": str(policies.PRIORITY_NEW_RECORDING),
        },
    )


def _orders_to_try(installation: Installation, outages: list[Outage]) -> bool:
    """Whether an order is due that no run is placing, and may be placed: during an outage only one now and then."""
    provider = installation.speech.choose(has_transcript=False).name
    held = [o for o in outages if o.provider == provider and o.service in (Service.TRANSCRIPTION, Service.ORDERS)]
    if any(outage.whole or outage.probe_at > installation.store.context.now() for outage in held):
        return False
    return bool(installation.store.lifecycle.orders_due(limit=1, overdue_s=policies.ORDER_PATIENCE_SECONDS))


def _describe(looked: Looked, outages: list[Outage]) -> str:
    told = [outage.line() for outage in outages if outage.service.whole is Service.TRANSCRIPTION]
    out = {outage.provider for outage in outages}
    told += [f"{name}: {error.message} {error.advice}" for name, error in looked.problems.items() if name not in out]
    return " ".join([f"{looked.in_flight} at the providers, none ready.", *told])
