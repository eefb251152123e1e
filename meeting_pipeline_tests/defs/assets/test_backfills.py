"""A backfill that a person starts in the Dagster UI obeys the cap and the hold of the settings, as a campaign of its own."""

from __future__ import annotations

from collections.abc import Callable

import dagster as dg
import pytest

from meeting_pipeline import policies
from meeting_pipeline.defs.sensors.campaigns_due import campaigns_due
from meeting_pipeline.domain.campaigns import CampaignDecision, CampaignState, ItemState, PauseCode
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.installation import Installation
from meeting_pipeline.settings import VARIABLES
from meeting_pipeline.steps.campaigns.promotion import decide
from meeting_pipeline.store.campaigns.starting import NewCampaign
from meeting_pipeline_tests.dagster_runs import Ran, Runs
from meeting_pipeline_tests.defs.sensors.test_sensors import Ticks
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import TALK, OpenWith, accepted
from meeting_pipeline_tests.store.samples import completed

ID = "abcdefgh"
NAME = f"backfill-{ID}"
Limited = Callable[..., Runs]


@pytest.fixture
def limited(open_with: OpenWith, providers: Providers, instance: dg.DagsterInstance, waits: list[float]) -> Limited:
    """Runs on an installation with these limits."""

    def opened(**settings: str) -> Runs:
        named = {VARIABLES[name]: value for name, value in settings.items()}
        return Runs(open_with(**providers.environment(), **named), instance, waits)

    return opened


def finished(runs: Runs, name: str = "talk.vtt") -> str:
    key = accepted(runs.installation, name, TALK + f"\n\n00:02:00.000 --> 00:02:01.000\n<v Ada>{name}").key
    assert runs.recording(key).success
    return key


def backfilled(runs: Runs, key: str, *assets: str, **tags: str) -> Ran:
    """One run of a backfill over this partition."""
    job = runs.definitions.resolve_job_def("process_recording")
    selection = [dg.AssetKey(name) for name in assets]
    every = {"dagster/backfill": ID, **tags}
    return Ran(
        job.execute_in_process(
            partition_key=key, instance=runs.instance, raise_on_error=False, tags=every, asset_selection=selection
        )
    )


def version(installation: Installation, key: str) -> int:
    return installation.store.results.current(key, ResultKind.SUMMARY)[ResultKind.SUMMARY].version


def test_without_a_limit_a_backfill_is_as_it_always_was(limited: Limited) -> None:
    runs = limited()
    key = finished(runs)
    assert backfilled(runs, key, "summary", "minutes").success
    assert runs.installation.store.campaigns.all() == []


def test_what_it_makes_is_held_and_promoted_like_that_of_any_campaign(limited: Limited) -> None:
    runs = limited(backfill_hold="on")
    key = finished(runs)
    ran = backfilled(runs, key, "summary", "minutes")
    assert ran.success
    assert ran.outcome("summary") == "held"
    assert NAME in str(ran.materialized["summary"].metadata["campaign"].value)
    run = runs.instance.get_run_by_id(ran.result.run_id)
    assert run is not None
    assert run.tags[policies.CAMPAIGN_TAG] == NAME
    campaign = runs.installation.store.campaigns.get(NAME)
    assert (campaign.hold, campaign.cap_usd, campaign.insights) == (True, None, ("summary",))
    assert campaign.progress[ItemState.DONE] == 1
    assert campaign.spent.calls == 1
    assert campaign.plan["calls"] == 1, "its bill is kept with it"
    before = version(runs.installation, key)
    (changed,) = decide(runs.installation, NAME, CampaignDecision.PROMOTED, "ada")
    assert changed.versions == {Insight.SUMMARY: before + 1}
    assert version(runs.installation, key) == before + 1


def test_a_held_version_leaves_the_partition_as_stale_as_it_was(limited: Limited) -> None:
    runs = limited(backfill_hold="on")
    key = finished(runs)
    (before,) = runs.instance.fetch_materializations(dg.AssetKey("summary"), limit=1).records
    backfilled(runs, key, "summary")
    (after,) = runs.instance.fetch_materializations(dg.AssetKey("summary"), limit=1).records
    assert before.asset_materialization is not None
    assert after.asset_materialization is not None
    for tag in ("dagster/code_version", "dagster/data_version"):
        assert (before.asset_materialization.tags or {})[tag] == (after.asset_materialization.tags or {})[tag]


def test_at_the_cap_a_run_fails_and_says_so_and_the_campaign_makes_the_rest_when_it_is_resumed(
    limited: Limited, providers: Providers
) -> None:
    runs = limited(backfill_max_usd="0.0000001")
    keys = [finished(runs, "one.vtt"), finished(runs, "two.vtt")]
    bought = len(providers.ledger()["llm_calls"])
    first = backfilled(runs, keys[0], "summary", "minutes")
    assert first.success, "the first call is in flight when the cap is reached"
    assert len(providers.ledger()["llm_calls"]) == bought + 1
    runs.installation.store.campaign_changes.cancel(NAME, "ada")
    second = backfilled(runs, keys[1], "summary", "minutes")
    assert "not_in_campaign" in str(second.failures["insights"])
    assert len(providers.ledger()["llm_calls"]) == bought + 1


def test_the_sensor_hands_out_what_the_backfill_has_left(limited: Limited, providers: Providers) -> None:
    runs = limited(backfill_max_usd="5")
    key = finished(runs)
    providers.fault("POST /v1/responses", "status", status=503, insight="summary", times=-1)
    assert not backfilled(runs, key, "summary").success
    assert runs.installation.store.results.current(key, ResultKind.SUMMARY), "no gap replaces what was there"
    providers.clear()
    tick = Ticks(runs)
    (request, *_) = [one for one in tick(campaigns_due)[0] if one.job_name == "process_recordings"]
    assert request.tags[policies.CAMPAIGN_TAG] == NAME


def test_a_backfill_that_may_spend_only_so_much_buys_no_transcript(
    limited: Limited, monkeypatch: pytest.MonkeyPatch
) -> None:
    from meeting_pipeline.steps.campaigns import backfill

    runs = limited(backfill_max_usd="5")
    key = finished(runs)
    monkeypatch.setattr(backfill, "transcripts_to_buy", lambda *_: ["a transcript"])
    failed = backfilled(runs, key, "transcript")
    assert "would be bought again" in str(failed.failures["transcript"])


def test_what_a_backfill_has_not_begun_is_handed_out_once_it_is_over(limited: Limited) -> None:
    store = limited(backfill_hold="on").installation.store
    key = completed(store, 1).key
    store.campaign_changes.start(NewCampaign(NAME, [(key, ["summary"])], backfill=ID), "ada")
    assert store.campaign_work.take_back(NAME, over=(), at_hand=()) == 0, "its own run makes it"
    assert store.campaign_work.assign_next(NAME, 5) is None
    assert store.campaign_work.left_by_backfill(NAME) == 1
    assert store.campaign_work.assign_next(NAME, 5) is not None


def test_a_backfill_of_the_command_line_has_its_own_plan(limited: Limited) -> None:
    runs = limited(backfill_hold="on")
    key = finished(runs)
    assert backfilled(runs, key, "summary", **{policies.REPROCESS_TAG: "true"}).success
    assert runs.installation.store.campaigns.all() == []
    assert version(runs.installation, key) > 1


def test_a_campaign_that_a_person_paused_lets_the_rest_of_its_backfill_buy_nothing(
    limited: Limited, providers: Providers
) -> None:
    runs = limited(backfill_hold="on")
    key = finished(runs)
    backfilled(runs, key, "summary")
    runs.installation.store.campaign_changes.pause(NAME, "ada", "lunch")
    again = backfilled(runs, key, "decisions")
    assert again.success, "it is made already in this campaign"
    campaign = runs.installation.store.campaigns.get(NAME)
    assert (campaign.state, campaign.pause_code) == (CampaignState.PAUSED, PauseCode.BY_PERSON)
    assert campaign.spent.calls == 1
