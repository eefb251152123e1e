"""``transcripts_ready``: looks once at everything in flight, and requests a run for each recording that can go on.

Must not go here: asking providers (``steps/looking.py``), which recordings are due (``store/lifecycle.py``).
"""

import dagster as dg

from meeting_pipeline import policies
from meeting_pipeline.jobs import order_again, process_recording
from meeting_pipeline.partitions import RECORDINGS, recordings
from meeting_pipeline.running.crash_points import crash_point
from meeting_pipeline.sensors.patience import says_when_the_database_is_away
from meeting_pipeline.sensors.pools import make_pools_known
from meeting_pipeline.sensors.requests import batch_run
from meeting_pipeline.steps.looking import Looked, look
from meeting_pipeline.steps.opening import Installation
from meeting_pipeline.store.lifecycle import RunTicket


@dg.sensor(
    jobs=[process_recording, order_again],
    minimum_interval_seconds=policies.SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks each provider with one list request for all orders in flight; nothing of ours waits for any of them. "
    "Requests one run per recording that is ready, and a run that places orders whose time has come again.",
)
@says_when_the_database_is_away
def transcripts_ready(
    context: dg.SensorEvaluationContext, installation: dg.ResourceParam[Installation]
) -> dg.SensorResult | dg.SkipReason:
    """One tick: look, request runs, order again."""
    looked = look(installation)
    overdue = installation.store.lifecycle.orders_due(limit=1, overdue_s=policies.ORDER_PATIENCE_SECONDS)
    # The store is asked for nothing after this: what it has marked must be requested.
    tickets = installation.store.lifecycle.request_runs(policies.RUN_REQUESTS_PER_TICK)
    for ticket in tickets:
        crash_point("requesting.marked", ticket.key)
    requests = [_run_request(ticket) for ticket in tickets]
    if overdue:
        again = batch_run(context, order_again.name, "Orders are due.", at_most=policies.ORDER_RUNS)
        requests += [again] if isinstance(again, dg.RunRequest) else []
    if not requests:
        return dg.SkipReason(_describe(looked))
    make_pools_known(context.instance)
    return dg.SensorResult(run_requests=requests, dynamic_partitions_requests=_missing_partitions(context, tickets))


def _run_request(ticket: RunTicket) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=ticket.run_key,
        job_name=process_recording.name,
        partition_key=ticket.key,
        tags={
            policies.REQUEST_TAG: str(ticket.request),
            "dagster/priority": str(policies.PRIORITY_NEW_RECORDING),
        },
    )


def _missing_partitions(
    context: dg.SensorEvaluationContext, tickets: list[RunTicket]
) -> list[dg.AddDynamicPartitionsRequest]:
    """Intake can die between a row and its partition; the run would have nowhere to go."""
    missing = [t.key for t in tickets if not context.instance.has_dynamic_partition(RECORDINGS, t.key)]
    return [recordings.build_add_request(missing)] if missing else []


def _describe(looked: Looked) -> str:
    problems = "; ".join(f"{name}: {error.message} {error.advice}" for name, error in looked.problems.items())
    return f"{looked.in_flight} at the providers, none ready. {problems}".strip()
