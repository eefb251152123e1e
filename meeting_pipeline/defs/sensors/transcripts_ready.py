"""``transcripts_ready``: polls everything in flight once, and requests runs for the recordings that can continue.

Must not go here: polling providers (``steps/transcription/poll.py``), marking recordings as queued
(``steps/transcription/request_runs.py``).
"""

import dagster as dg

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.defs import policies
from meeting_pipeline.defs.jobs import order_again, process_recording, process_recordings
from meeting_pipeline.defs.sensors.pools import register_pools
from meeting_pipeline.defs.sensors.requests import batch_run, free_runs, new_recording_tags, shared_run, with_partition
from meeting_pipeline.defs.sensors.skip_on_db_error import skip_on_database_error
from meeting_pipeline.domain.outage import Outage, Service
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.processing.grouping import grouped, may_share_runs, queued_at_most, room
from meeting_pipeline.steps.transcription.choice import movable, second_is_free, with_second_choice
from meeting_pipeline.steps.transcription.poll import PollReport, poll_orders
from meeting_pipeline.steps.transcription.request_runs import request_runs
from meeting_pipeline.store.recordings.run_tickets import RunTicket


@dg.sensor(
    jobs=[process_recording, process_recordings, order_again],
    minimum_interval_seconds=policies.WOKEN_SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Polls each provider with one list request for all orders in flight; no run waits for them. Requests one run "
    "per recording that is ready, or runs of many when more are ready than runs are free, and a run that places orders whose "
    "retry is due.",
)
@skip_on_database_error
def transcripts_ready(
    context: dg.SensorEvaluationContext, installation: dg.ResourceParam[Installation]
) -> dg.SensorResult | dg.SkipReason:
    """One tick: poll, request runs, retry orders."""
    looked = poll_orders(installation)
    outages = with_second_choice(installation, installation.store.outages.open())
    overdue = _orders_to_try(installation, outages)
    # If Dagster or the store fails during this tick, requests that are marked but not made are repeated by `stalled_runs`.
    requests = with_partition(
        context, installation, _requests(context, installation, outages, orders_are_tried=overdue)
    )
    if overdue:
        again = batch_run(context, order_again.name, "Orders are due.", at_most=policies.ORDER_RUNS)
        requests += [again] if isinstance(again, dg.RunRequest) else []
    if not requests:
        return dg.SkipReason(_describe(looked, outages))
    register_pools(context.instance)
    return dg.SensorResult(run_requests=requests)


def _requests(
    context: dg.SensorEvaluationContext, installation: Installation, outages: list[Outage], *, orders_are_tried: bool
) -> list[dg.RunRequest]:
    def asked(limit: int) -> list[RunTicket]:
        most = queued_at_most(installation)
        return request_runs(installation, outages, orders_are_tried=orders_are_tried, limit=limit, queued_at_most=most)

    if not may_share_runs(installation):
        limit = shared_policies.RUN_REQUESTS_PER_TICK
        return [_run_request(ticket) for ticket in asked(limit)]
    if not outages and not installation.store.due_work.due(Stage.READY, 1):
        return []  # asks Dagster nothing
    free = free_runs(context, installation)
    limit = room(installation, free)
    alone, groups = grouped(asked(limit), free, installation.settings.batch_recordings)
    return [*(_run_request(ticket) for ticket in alone), *(_shared_run(group) for group in groups)]


def _shared_run(tickets: list[RunTicket]) -> dg.RunRequest:
    recordings = [{"key": ticket.key, "request": ticket.request} for ticket in tickets]
    asked = [[ticket.run_key, str(ticket.at)] for ticket in tickets]
    return shared_run(recordings, "batch", asked, tags=new_recording_tags("batch"))


def _run_request(ticket: RunTicket) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=ticket.run_key,
        job_name=process_recording.name,
        partition_key=ticket.key,
        tags=new_recording_tags(str(ticket.request)),
    )


def _orders_to_try(installation: Installation, outages: list[Outage]) -> bool:
    """Whether an order is due that no run is placing, and may be placed: during an outage only one now and then."""
    provider = installation.speech.choose(has_transcript=False).name
    if second_is_free(installation):
        limit, overdue_s = shared_policies.INTAKE_BATCH, policies.ORDER_PATIENCE_SECONDS
        return bool(movable(installation, installation.store.due_work.orders_due(limit, overdue_s=overdue_s)))
    held = [o for o in outages if o.provider == provider and o.service in (Service.TRANSCRIPTION, Service.ORDERS)]
    if any(outage.whole or outage.limit or outage.probe_at > installation.store.context.now() for outage in held):
        return False
    return bool(installation.store.due_work.orders_due(limit=1, overdue_s=policies.ORDER_PATIENCE_SECONDS))


def _describe(looked: PollReport, outages: list[Outage]) -> str:
    told = [outage.line() for outage in outages if outage.service.whole is Service.TRANSCRIPTION]
    out = {outage.provider for outage in outages}
    told += [f"{name}: {error.message} {error.advice}" for name, error in looked.problems.items() if name not in out]
    return " ".join([f"{looked.in_flight} at the providers, none ready.", *told])
