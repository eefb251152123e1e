"""``gaps_due``: asks again, later and later, for the optional results that are missing.

Must not go here: the waits (``store/results/results.py``), what becomes of a request that is lost
(``store/recordings/gap_requests.py``).
"""

import logging

import dagster as dg

from meeting_pipeline import policies
from meeting_pipeline.defs.jobs import process_recording
from meeting_pipeline.defs.sensors.requests import with_partition
from meeting_pipeline.defs.sensors.skip_on_db_error import says_when_the_database_is_away
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.foundation.crash_points import crash_point
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.isolation import one_of_many
from meeting_pipeline.steps.transcription.outages import probe
from meeting_pipeline.store.results.results import GapDue

_log = logging.getLogger(__name__)


@dg.sensor(
    job=process_recording,
    minimum_interval_seconds=policies.SLOW_SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Requests a run of just the missing insights and the minutes. Waits double up to an hour; after a day a gap "
    "is left to people. While the provider is out it is asked one thing now and then, and that time does not count.",
)
@says_when_the_database_is_away
def gaps_due(
    context: dg.SensorEvaluationContext, installation: dg.ResourceParam[Installation]
) -> dg.SensorResult | dg.SkipReason:
    """One run per recording with gaps whose time has come."""
    with one_of_many(_log, "asking whether a provider is back"):
        probe(installation, Service.INSIGHTS)
    due = installation.store.results.gaps_due(policies.RUN_REQUESTS_PER_TICK)
    outages, analyst = installation.store.outages, installation.analyst.name
    outage = outages.holding(analyst, Service.LLM_CALLS)
    if outage is not None:
        may_try = not outage.whole and due and outages.claim_probe(analyst, Service.LLM_CALLS, due[0].key)
        due = due[:1] if may_try else []
    requests = []
    for gap in due:
        with one_of_many(_log, f"requesting the gaps of {gap.key}"):
            request = installation.store.results.asked_again(gap, outage=outage is not None)
            crash_point("gaps.asked", gap.key)
            requests += [_run_request(request)] if request is not None else []
    requests = with_partition(context, installation, requests)
    if not requests:
        return dg.SkipReason(outage.line() if outage is not None else "No gap is due.")
    return dg.SensorResult(run_requests=requests)


def _run_request(due: GapDue) -> dg.RunRequest:
    names = [insight.value for insight in due.insights]
    return dg.RunRequest(
        run_key=due.run_key,
        partition_key=due.key,
        asset_selection=[dg.AssetKey(name) for name in [*names, "minutes"]],
        tags={
            policies.REQUEST_TAG: f"gap-{due.tries}",
            "dagster/priority": str(policies.PRIORITY_GAP),
        },
    )
