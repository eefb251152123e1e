"""``campaigns_due``: assigns the recordings of campaigns in portions, while runs are free and no new recording waits.

Must not go here: which are assigned, and when a campaign pauses (``steps/campaigns/advance.py``).
"""

from collections.abc import Mapping

import dagster as dg

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.defs import policies
from meeting_pipeline.defs.jobs import process_recording, process_recordings, refresh_campaigns
from meeting_pipeline.defs.ops.batch_config import UNFINISHED
from meeting_pipeline.defs.sensors.campaign_runs import backfill_state, stopped_since
from meeting_pipeline.defs.sensors.requests import is_pending, with_partition
from meeting_pipeline.defs.sensors.skip_on_db_error import skip_on_database_error
from meeting_pipeline.domain.campaigns import Campaign, Portion
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.campaigns.advance import Advanced, PortionRuns, advance
from meeting_pipeline.steps.processing.catch_up import catch_up_places, catch_up_tags
from meeting_pipeline.steps.processing.policies import RUNS_AT_HAND
from meeting_pipeline.steps.processing.run_config import run_config


@dg.sensor(
    jobs=[process_recordings, refresh_campaigns],
    minimum_interval_seconds=policies.SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts portions of running campaigns while runs are free and no new recording is waiting. "
    "Pauses a campaign at its cap, when too many recordings fail, when too many answers cannot be used, and when "
    "a person terminates one of its runs. `meeting-pipeline campaigns list` shows them.",
)
@skip_on_database_error
def campaigns_due(
    context: dg.SensorEvaluationContext, installation: dg.ResourceParam[Installation]
) -> dg.SensorResult | dg.SkipReason:
    """Move all running campaigns on."""
    names = installation.store.campaigns.running()
    done = Advanced()
    if names:
        runs = {name: _portion_runs(context.instance, installation, name) for name in names}
        free = _free(context.instance, installation)
        waits = _new_recordings_wait(context.instance, installation)
        done = advance(installation, runs, free=free, new_recordings_wait=waits)
    for name, why in done.paused.items():
        context.log.warning("The campaign %s is paused: %s", name, why)
    requests = [_request(installation, portion) for portion in done.portions]
    requests = with_partition(context, installation, requests)
    refresh, cursor = _refresh(context, installation)
    requests += [refresh] if refresh is not None else []
    if not requests:
        context.update_cursor(cursor)
        return dg.SkipReason(_summary(done) if names else "No campaign is running.")
    return dg.SensorResult(run_requests=requests, cursor=cursor)


def _refresh(context: dg.SensorEvaluationContext, installation: Installation) -> tuple[dg.RunRequest | None, str]:
    """The run that refreshes the asset, when the state of a campaign has changed, or after a while as long as one runs.

    Returns it with the cursor: what was refreshed for, and when.
    """
    changed = installation.store.campaigns.last_change()
    if changed is None:
        return None, ""
    now = installation.store.context.now().timestamp()
    seen, _, at = (context.cursor or "").partition(" ")
    running = bool(installation.store.campaigns.running())
    due = running and now >= float(at or 0) + policies.CAMPAIGN_PLOT_SECONDS
    newest = changed.isoformat()
    if (seen == newest and not due) or is_pending(context, refresh_campaigns.name):
        return None, context.cursor or ""
    return dg.RunRequest(
        run_key=f"campaigns:{newest}:{now:.0f}", job_name=refresh_campaigns.name
    ), f"{newest} {int(now)}"


def _request(installation: Installation, portion: Portion) -> dg.RunRequest:
    campaign = installation.store.campaigns.get(portion.campaign)
    return dg.RunRequest(
        run_key=f"campaign:{portion.campaign}:{portion.asked}",
        job_name=process_recordings.name,
        run_config=_config(campaign, portion),
        tags={
            **catch_up_tags(installation.settings.max_concurrent_runs, f"campaign-{portion.campaign}", "campaign"),
            shared_policies.CAMPAIGN_TAG: portion.campaign,
            shared_policies.PORTION_TAG: str(portion.number),
        },
    )


def _config(campaign: Campaign, portion: Portion) -> dict[str, object]:
    recordings = [{"key": key, "assets": list(assets)} for key, assets in portion.items]
    return run_config(recordings, requested_by_user=True, hold=campaign.hold, campaign=campaign.name, **campaign.chosen)


def _portion_runs(instance: dg.DagsterInstance, installation: Installation, name: str) -> PortionRuns:
    """What Dagster knows of the portions of which recordings are requested, and of the latest runs."""
    tag = {shared_policies.CAMPAIGN_TAG: name}
    runs = {
        portion: instance.get_runs(_runs_of({**tag, shared_policies.PORTION_TAG: str(portion)}), limit=1)
        for portion in installation.store.campaign_work.assigned_portions(name)
    }
    over = frozenset(portion for portion, found in runs.items() if found and found[0].is_finished)
    at_hand = frozenset(portion for portion, found in runs.items() if found and not found[0].is_finished)
    resumed_at = installation.store.campaigns.resumed_at(name)
    since = installation.store.context.on_this_machine(resumed_at) if resumed_at is not None else None
    stopped = stopped_since(instance, tag, since)
    backfill = installation.store.campaigns.backfill_of(name)
    left = False
    if backfill is not None:
        left, cancelled = backfill_state(instance, backfill, since)
        stopped = stopped or cancelled
    return PortionRuns(at_hand, over, stopped, left)


def _runs_of(tags: Mapping[str, str]) -> dg.RunsFilter:
    return dg.RunsFilter(job_name=process_recordings.name, tags=dict(tags))


def _free(instance: dg.DagsterInstance, installation: Installation) -> int:
    """How many portions can be assigned: as many as such runs have places, and one that waits in Dagster's queue."""
    unfinished = dg.RunsFilter(job_name=process_recordings.name, statuses=list(UNFINISHED))
    runs = instance.get_runs(unfinished)
    taken = sum(shared_policies.CATCH_UP_TAG in run.tags for run in runs)
    return catch_up_places(installation.settings.max_concurrent_runs) + RUNS_AT_HAND - taken


def _new_recordings_wait(instance: dg.DagsterInstance, installation: Installation) -> bool:
    """Whether a new recording is ready and has no run yet, or has one that waits in Dagster's queue."""
    if installation.store.due_work.due(Stage.READY, 1):
        return True
    priority = {"dagster/priority": str(policies.PRIORITY_NEW_RECORDING)}
    queued = [dg.DagsterRunStatus.QUEUED]
    return any(
        instance.get_runs_count(dg.RunsFilter(job_name=job.name, statuses=queued, tags=priority))
        for job in (process_recording, process_recordings)
    )


def _summary(done: Advanced) -> str:
    lines = [f"{name} is paused: {why}" for name, why in done.paused.items()]
    lines += [f"{name} is finished." for name in done.finished]
    lines += [f"{name} waits: {why}" for name, why in done.waits.items()]
    return " ".join(lines) or "Campaigns already use all the runs they may have."
