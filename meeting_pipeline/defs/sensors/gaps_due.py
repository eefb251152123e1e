"""``gaps_due``: retries missing optional results, with back-off.

Must not go here: marking them as requested (``steps/extraction/request_gaps.py``), the waits
(``store/results/results.py``).
"""

import dagster as dg

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.defs import policies
from meeting_pipeline.defs.jobs import process_recording
from meeting_pipeline.defs.sensors.requests import with_partition
from meeting_pipeline.defs.sensors.skip_on_db_error import says_when_the_database_is_away
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.extraction.request_gaps import request_gaps
from meeting_pipeline.store.results.results import GapDue


@dg.sensor(
    job=process_recording,
    minimum_interval_seconds=policies.SLOW_SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Requests a run for just the missing insights and the minutes. The wait doubles up to an hour; after a day a "
    "gap is left to people. During an outage the provider is only probed, and that time does not count.",
)
@says_when_the_database_is_away
def gaps_due(
    context: dg.SensorEvaluationContext, installation: dg.ResourceParam[Installation]
) -> dg.SensorResult | dg.SkipReason:
    """Request one run per recording with gaps that are due."""
    requested = request_gaps(installation)
    requests = with_partition(context, installation, [_run_request(gap) for gap in requested.gaps])
    if not requests:
        return dg.SkipReason(requested.outage.line() if requested.outage is not None else "No gap is due.")
    return dg.SensorResult(run_requests=requests)


def _run_request(due: GapDue) -> dg.RunRequest:
    names = [insight.value for insight in due.insights]
    return dg.RunRequest(
        run_key=due.run_key,
        partition_key=due.key,
        asset_selection=[dg.AssetKey(name) for name in [*names, "minutes"]],
        tags={
            shared_policies.REQUEST_TAG: f"gap-{due.tries}",
            "dagster/priority": str(policies.PRIORITY_GAP),
        },
    )
