"""The sensor of campaigns hands out portions, as runs are free, and lets new recordings go first."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from meeting_pipeline import policies
from meeting_pipeline.defs import policies as defs_policies
from meeting_pipeline.defs.jobs import refresh_campaigns
from meeting_pipeline.defs.sensors.campaigns_due import campaigns_due
from meeting_pipeline.domain.campaigns import CampaignState, PauseCode
from meeting_pipeline.foundation.folder_identity import identified
from meeting_pipeline.steps.processing.catch_up import catch_up_places
from meeting_pipeline.steps.processing.run_config import JOB, run_config
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.defs.sensors.test_sensors import Ticks, under_way
from meeting_pipeline_tests.installations import TALK, Clock, accepted
from meeting_pipeline_tests.store.campaigns.campaigning import NAME, made, started, states

OF_CAMPAIGN = {policies.CAMPAIGN_TAG: NAME, policies.CATCH_UP_TAG: f"campaign-{NAME}"}


@pytest.fixture
def tick(runs: Runs) -> Ticks:
    return Ticks(runs)


def portions(requests: list[dg.RunRequest]) -> list[dg.RunRequest]:
    return [request for request in requests if request.job_name == JOB]


def run_of(runs: Runs, portion: int, status: dg.DagsterRunStatus, **config: Any) -> dg.DagsterRun:
    tags = {**OF_CAMPAIGN, policies.PORTION_TAG: str(portion)}
    return under_way(runs, JOB, status, run_config=run_config([], campaign=NAME, **config), tags=tags)


def test_without_a_campaign_it_asks_for_nothing(tick: Ticks) -> None:
    assert tick.said(campaigns_due) == "No campaign is running."


def test_a_portion_is_requested_behind_new_recordings_with_what_the_campaign_wants(runs: Runs, tick: Ticks) -> None:
    keys = started(runs.installation.store, 3, hold=True)
    (request,) = portions(tick(campaigns_due)[0])
    config = request.run_config["ops"]["process_each"]["config"]
    assert [(one["key"], one["assets"]) for one in config["recordings"]] == [(key, ["summary"]) for key in keys]
    assert (config["campaign"], config["hold"], config["requested_by_user"]) == (NAME, True, True)
    assert request.tags[policies.CAMPAIGN_TAG] == NAME
    assert request.tags["dagster/priority"] == str(defs_policies.PRIORITY_GAP)
    assert set(runs.instance.get_dynamic_partitions("recordings")) == set(keys)


def test_no_more_portions_are_out_than_runs_have_places_and_one_at_hand(runs: Runs, tick: Ticks) -> None:
    started(runs.installation.store, 60)
    places = catch_up_places(runs.installation.settings.max_concurrent_runs)
    for number in range(1, places + 2):
        assert len(portions(tick(campaigns_due)[0])) == 1
        run_of(runs, number, dg.DagsterRunStatus.STARTED)
    assert portions(tick(campaigns_due)[0]) == []


@pytest.mark.parametrize("waiting", ["in the store", "in Dagster's queue"])
def test_nothing_is_requested_while_a_new_recording_waits(runs: Runs, tick: Ticks, waiting: str) -> None:
    started(runs.installation.store, 1)
    if waiting == "in the store":
        identified(runs.installation.settings.recordings)  # the folder that the campaign's recordings were put into
        accepted(runs.installation, "new.vtt", TALK)
    else:
        tags = {"dagster/priority": str(defs_policies.PRIORITY_NEW_RECORDING)}
        under_way(runs, JOB, dg.DagsterRunStatus.QUEUED, tags=tags, run_config=run_config([]))
    requests, _ = tick(campaigns_due)
    assert portions(requests) == []
    assert states(runs.installation.store) == ["waiting"]


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS])
def test_what_an_ended_run_has_not_begun_is_requested_again(
    runs: Runs, tick: Ticks, status: dg.DagsterRunStatus
) -> None:
    started(runs.installation.store, 1)
    (first,) = portions(tick(campaigns_due)[0])
    run_of(runs, 1, dg.DagsterRunStatus.STARTED)
    assert portions(tick(campaigns_due)[0]) == []
    (run,) = runs.instance.get_runs(dg.RunsFilter(job_name=JOB))
    runs.instance.delete_run(run.run_id)
    run_of(runs, 1, status)
    (again,) = portions(tick(campaigns_due)[0])
    assert again.run_key != first.run_key


def test_a_run_that_a_person_terminated_pauses_the_campaign_until_it_is_resumed(
    runs: Runs, tick: Ticks, clock: Clock
) -> None:
    clock.advance(-3600)  # before the run by any clock
    started(runs.installation.store, 1)
    tick(campaigns_due)
    run_of(runs, 1, dg.DagsterRunStatus.CANCELED)
    tick(campaigns_due)
    campaign = runs.installation.store.campaigns.get(NAME)
    assert (campaign.state, campaign.pause_code) == (CampaignState.PAUSED, PauseCode.RUN_CANCELLED)
    clock.advance(2 * 3600)
    runs.installation.store.campaign_changes.resume(NAME, "ada")
    assert len(portions(tick(campaigns_due)[0])) == 1


def test_its_asset_is_refreshed_when_a_state_has_changed_and_now_and_then_while_one_runs(
    runs: Runs, tick: Ticks, clock: Clock
) -> None:
    (key,) = started(runs.installation.store, 1)
    requests, result = tick(campaigns_due)
    assert result is not None
    assert [request.job_name for request in requests] == [JOB, refresh_campaigns.name]
    assert tick(campaigns_due, result.cursor)[0] == []
    clock.advance(defs_policies.CAMPAIGN_PLOT_SECONDS)
    requests, result = tick(campaigns_due, result.cursor)
    assert refresh_campaigns.name in [request.job_name for request in requests]
    made(runs.installation.store, key)
    clock.advance(1.0)
    assert result is not None
    requests, result = tick(campaigns_due, result.cursor)
    assert [request.job_name for request in requests] == [refresh_campaigns.name], "it is finished"
    assert result is not None
    clock.advance(defs_policies.CAMPAIGN_PLOT_SECONDS)
    assert tick(campaigns_due, result.cursor)[0] == [], "nothing runs"


def test_the_asset_shows_a_table_and_plots(runs: Runs) -> None:
    keys = started(runs.installation.store, 2, cap_usd=1.5)
    made(runs.installation.store, keys[0])
    runs.installation.store.campaign_changes.pause(NAME, "ada", "lunch")
    result = runs.definitions.resolve_job_def(refresh_campaigns.name).execute_in_process(
        instance=runs.instance, resources={"installation": runs.installation}
    )
    (event,) = result.asset_materializations_for_node("campaigns")
    shown = {name: value.value for name, value in event.metadata.items()}
    assert (shown["campaigns"], shown["paused"], shown["spent_usd"]) == (1, 1, 0.01)
    table = str(shown["table"])
    assert f"[{NAME}](" in table
    assert "| paused | 1/2 | 0 | 0.0100 | 1.50 | by_person |" in table
    assert str(shown["progress"]).startswith("![chart](data:image/png")
    assert str(shown["spending"]).startswith("![chart](data:image/png")
