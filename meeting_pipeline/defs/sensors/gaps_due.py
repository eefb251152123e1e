"""``gaps_due``: retries missing optional results, with back-off.

Must not go here: marking them as requested (``steps/extraction/request_gaps.py``), the waits
(``store/results/results.py``).
"""

from collections.abc import Sequence

import dagster as dg

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.defs import policies
from meeting_pipeline.defs.jobs import process_recording, process_recordings
from meeting_pipeline.defs.ops.batch_config import UNFINISHED
from meeting_pipeline.defs.sensors.requests import shared_run, with_partition
from meeting_pipeline.defs.sensors.skip_on_db_error import skip_on_database_error
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.extraction.request_gaps import request_gaps
from meeting_pipeline.steps.processing.catch_up import catch_up_places, catch_up_tags
from meeting_pipeline.steps.processing.grouping import evenly, may_share_runs
from meeting_pipeline.steps.processing.run_config import keys_in
from meeting_pipeline.store.recordings.gap_requests import GapDue


@dg.sensor(
    jobs=[process_recording, process_recordings],
    minimum_interval_seconds=policies.SLOW_SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Requests a run for just the missing insights and the minutes, or runs of many when many recordings have gaps. "
    "The wait doubles up to an hour; after a day, a person has to act. During an outage the provider is only probed, "
    "and that time does not count.",
)
@skip_on_database_error
def gaps_due(
    context: dg.SensorEvaluationContext, installation: dg.ResourceParam[Installation]
) -> dg.SensorResult | dg.SkipReason:
    """Request runs for recordings with gaps that are due."""
    requested = request_gaps(installation, _limit(installation))
    requests = with_partition(context, installation, _requests(context, installation, requested.gaps))
    if not requests:
        return dg.SkipReason(requested.outage.line() if requested.outage is not None else "No gap is due.")
    return dg.SensorResult(run_requests=requests)


def _limit(installation: Installation) -> int:
    """Recordings whose gaps a tick requests."""
    if may_share_runs(installation):
        return catch_up_places(installation.settings.max_concurrent_runs) * installation.settings.batch_recordings
    return shared_policies.RUN_REQUESTS_PER_TICK


def _requests(
    context: dg.SensorEvaluationContext, installation: Installation, gaps: Sequence[GapDue]
) -> list[dg.RunRequest]:
    repeated = [gap for gap in gaps if gap.repeated]
    if repeated:  # Dagster recognises a repeated request by its run key, but not one that shares a run
        waiting = _in_shared_runs(context)
        repeated = [gap for gap in repeated if gap.key not in waiting]
    new = [gap for gap in gaps if not gap.repeated]
    if len(new) <= installation.settings.max_concurrent_runs or not may_share_runs(installation):
        return [_run_request(gap) for gap in [*repeated, *new]]
    places = catch_up_places(installation.settings.max_concurrent_runs)
    groups = evenly(new, places, installation.settings.batch_recordings)
    return [*(_run_request(gap) for gap in repeated), *(_shared_run(installation, group) for group in groups)]


def _in_shared_runs(context: dg.SensorEvaluationContext) -> set[str]:
    unfinished = dg.RunsFilter(job_name=process_recordings.name, statuses=list(UNFINISHED))
    return set().union(*(keys_in(run.run_config) for run in context.instance.get_runs(unfinished)))


def _shared_run(installation: Installation, gaps: Sequence[GapDue]) -> dg.RunRequest:
    recordings = [{"key": gap.key, "assets": _assets(gap)} for gap in gaps]
    tags = catch_up_tags(installation.settings.max_concurrent_runs, "gaps", "gaps")
    return shared_run(recordings, "gaps", [gap.run_key for gap in gaps], tags=tags)


def _assets(due: GapDue) -> list[str]:
    return [*(insight.value for insight in due.insights), "minutes"]


def _run_request(due: GapDue) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=due.run_key,
        job_name=process_recording.name,
        partition_key=due.key,
        asset_selection=[dg.AssetKey(name) for name in _assets(due)],
        tags={
            shared_policies.REQUEST_TAG: f"gap-{due.tries}",
            "dagster/priority": str(policies.PRIORITY_GAP),
        },
    )
