"""Campaigns advance automatically: what nobody makes waits again, what goes wrong pauses them, new recordings go first."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from meeting_pipeline.domain.campaigns import CampaignDecision, CampaignState, InsightChange, ItemState, PauseCode
from meeting_pipeline.domain.errors import OperatorError, PermanentError
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.campaigns import policies
from meeting_pipeline.steps.campaigns.advance import Advanced, PortionRuns, advance
from meeting_pipeline.steps.campaigns.promotion import decide
from meeting_pipeline.steps.campaigns.report import campaign_report
from meeting_pipeline.steps.campaigns.start import CampaignOptions, is_campaign, start_campaign
from meeting_pipeline.steps.operations.bill import Bill
from meeting_pipeline.steps.operations.reprocess import Plan
from meeting_pipeline.steps.operations.reprocess_plan import PricedPlan
from meeting_pipeline.store.campaigns.starting import NewCampaign
from meeting_pipeline_tests.store.campaigns.campaigning import NAME, made, not_made, paid, started, states, worked_on
from meeting_pipeline_tests.store.results.test_versions import AFTER, hold, shown
from meeting_pipeline_tests.store.samples import completed, failed, summary

REFUSED = PermanentError("refused", "The model refuses.")
HELD = ("summary", "decisions")


def moved(installation: Installation, *, free: int = 2, wait: bool = False, **runs: Any) -> Advanced:
    known = {NAME: PortionRuns(**runs)}
    return advance(installation, known, free=free, new_recordings_wait=wait)


def state(installation: Installation) -> tuple[CampaignState, PauseCode | None]:
    found = installation.store.campaigns.get(NAME)
    return found.state, found.pause_code


def test_one_portion_is_handed_out_in_a_round_while_runs_are_free(installation: Installation) -> None:
    started(installation.store, 3)
    assert moved(installation, free=0).portions == []
    (portion,) = moved(installation).portions
    assert len(portion.items) == 3
    assert moved(installation, at_hand=frozenset({1})).portions == []


def test_nothing_is_handed_out_while_a_new_recording_waits(installation: Installation) -> None:
    started(installation.store, 1)
    done = moved(installation, wait=True)
    assert (done.portions, done.waits) == ([], {NAME: "New recordings go first."})


def test_nothing_is_handed_out_during_an_outage(installation: Installation) -> None:
    started(installation.store, 1)
    away = OperatorError("key_refused", "The key is refused.")
    assert installation.store.outages.failed(installation.analyst.name, Service.INSIGHTS, away, None).outage
    done = moved(installation)
    assert done.portions == []
    assert "The key is refused." in done.waits[NAME]


def test_a_campaign_whose_recordings_are_all_over_is_finished(installation: Installation) -> None:
    (key,) = started(installation.store, 1)
    made(installation.store, key)
    assert moved(installation).finished == [NAME]
    assert state(installation) == (CampaignState.FINISHED, None)


def test_too_many_failures_pause_it_and_a_few_do_not(installation: Installation) -> None:
    keys = started(installation.store, 6)
    for key in keys[: policies.CAMPAIGN_FAILURES_FROM - 1]:
        not_made(installation.store, key, REFUSED, f"run-{key[-1]}/0")
    assert moved(installation, free=0).paused == {}
    not_made(installation.store, keys[4], REFUSED, "run-4/0")
    assert "5 of its latest 5 recordings failed" in moved(installation).paused[NAME]
    assert state(installation) == (CampaignState.PAUSED, PauseCode.TOO_MANY_FAILURES)
    installation.store.campaign_changes.resume(NAME, "ada")
    assert moved(installation, free=0).paused == {}, "it gets another chance"


def test_too_many_answers_that_cannot_be_used_pause_it(installation: Installation) -> None:
    key, *_ = started(installation.store, 2)
    assert worked_on(installation.store, key)
    for number in range(policies.CAMPAIGN_REFUSED_FROM):
        assert moved(installation, free=0).paused == {}
        paid(installation.store, key, "run-c/0", problem="refused" if number % 5 == 0 else None)
    assert "4 of 20 answers" in moved(installation).paused[NAME]
    assert state(installation)[1] is PauseCode.TOO_MANY_REFUSED


def test_a_person_who_terminates_a_run_pauses_the_campaign(installation: Installation) -> None:
    started(installation.store, 1)
    assert moved(installation, stopped="abcd").paused == {NAME: "Its run abcd was terminated."}
    assert state(installation) == (CampaignState.PAUSED, PauseCode.RUN_CANCELLED)


def test_the_cap_pauses_it_even_if_no_call_meets_it(installation: Installation) -> None:
    key, *_ = started(installation.store, 2, cap_usd=0.01)
    made(installation.store, key)
    done = moved(installation)
    assert done.portions == []
    assert state(installation) == (CampaignState.PAUSED, PauseCode.CAP_REACHED)


def test_one_that_cannot_be_moved_on_does_not_stop_the_others(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = started(installation.store, 2)
    installation.store.campaign_changes.start(NewCampaign("other", [(keys[0], ["decisions"])]), "ada")
    take_back = installation.store.campaign_work.take_back

    def broken(name: str, **more: Any) -> int:
        if name == NAME:
            raise KeyError("a bug")
        return take_back(name, **more)

    monkeypatch.setattr(installation.store.campaign_work, "take_back", broken)
    runs = {NAME: PortionRuns(), "other": PortionRuns()}
    done = advance(installation, runs, free=2, new_recordings_wait=False)
    assert [portion.campaign for portion in done.portions] == ["other"]


# --- starting ---------------------------------------------------------------------------------------------------------


def plan(keys: Sequence[str], assets: Sequence[str] = ("summary",), **bill: Any) -> PricedPlan:
    return PricedPlan(Plan(backfilled=tuple(keys)), tuple(assets), None, Bill(recordings=len(keys), **bill))


def test_many_recordings_or_a_wish_make_a_campaign_and_transcripts_never_do() -> None:
    few, many = [str(n) for n in range(policies.CAMPAIGN_ABOVE)], [str(n) for n in range(policies.CAMPAIGN_ABOVE + 1)]
    assert not is_campaign(plan(few), CampaignOptions())
    assert is_campaign(plan(many), CampaignOptions())
    assert is_campaign(plan(few), CampaignOptions(cap_usd=1.0))
    assert not is_campaign(plan(many, ResultKind.names()), CampaignOptions())
    with pytest.raises(OperatorError) as refused:
        is_campaign(plan(few, ResultKind.names()), CampaignOptions("a"))
    assert refused.value.code == "not_in_campaign"


def test_what_another_campaign_has_yet_to_make_is_left(installation: Installation) -> None:
    keys = started(installation.store, 3)
    made(installation.store, keys[0])
    found = start_campaign(installation, plan(keys), CampaignOptions(), "ben", {})
    assert (found.recordings, [left.key for left in found.left]) == (1, keys[1:])
    assert found.name.endswith("-summary")
    other = start_campaign(
        installation, plan(keys, ["decisions"]), CampaignOptions("mine", 2.0), "ben", {"total_usd": 1.0}
    )
    assert (other.name, other.recordings) == ("mine", 3)
    with pytest.raises(OperatorError, match="Nothing was started"):
        start_campaign(installation, plan(keys), CampaignOptions(), "ben", {})


def test_a_name_that_is_taken_starts_nothing_over(installation: Installation) -> None:
    started(installation.store, 1)
    lost = failed(installation.store, 9).key
    key = completed(installation.store, 8).key
    again = replace(plan([key]), plan=Plan((lost,), (key,), ()))
    with pytest.raises(PermanentError, match=NAME):
        start_campaign(installation, again, CampaignOptions(NAME), "ben", {})
    assert installation.store.recordings.get(lost).status == "failed"


def test_a_recording_that_was_deleted_since_it_was_planned_is_left_out(installation: Installation) -> None:
    keys = [completed(installation.store, number).key for number in (1, 2)]
    installation.store.deletions.delete(keys[0], "ops", drop_deliveries=True)
    found = start_campaign(installation, plan(keys), CampaignOptions("later"), "ben", {})
    assert [item.key for item in installation.store.campaigns.items(found.name)] == keys[1:]


def test_a_cap_is_refused_where_it_could_not_be_kept(installation: Installation) -> None:
    key = completed(installation.store).key
    with pytest.raises(OperatorError) as refused:
        start_campaign(installation, plan([key], unpriced=1), CampaignOptions(cap_usd=1.0), "ada", {})
    assert refused.value.code == "unknown_price"
    assert installation.store.campaigns.all() == []


# --- deciding ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def held(installation: Installation) -> list[str]:
    """A campaign that holds a summary of three recordings."""
    store = installation.store
    keys = started(store, 3, hold=True)
    for number, key in enumerate(keys):
        run_id = f"run-{number}/0"
        hold(store, key, summary(AFTER), run_id=run_id)
        assert worked_on(store, key, run_id)
        change = InsightChange(2, before=1, changed=1, size=number + 1, claims_before=4, verified_before=2, claims=2,
                               verified=2, held=True)  # fmt: skip
        store.campaign_work.done(NAME, key, run_id, {"summary": change})
        store.leases.end(run_id)
    return keys


def test_what_it_holds_is_promoted_for_some_or_for_all_with_who_and_why(
    installation: Installation, held: list[str]
) -> None:
    store = installation.store
    assert [one.key for one in decide(installation, NAME, CampaignDecision.PROMOTED, "eve", "better", [held[1]])] == [
        held[1]
    ]
    assert [shown(store, key) == AFTER for key in held] == [False, True, False]
    assert [one.key for one in decide(installation, NAME, CampaignDecision.PROMOTED, "ben")] == [held[0], held[2]]
    assert {shown(store, key) for key in held} == {AFTER}
    assert list(decide(installation, NAME, CampaignDecision.PROMOTED, "ben")) == []
    campaign = store.campaigns.get(NAME)
    assert campaign.promoted == 3
    assert [(note.made_by, note.reason, note.recordings) for note in campaign.notes[-2:]] == [
        ("eve", "better", 1), ("ben", None, 2),
    ]  # fmt: skip
    (current, *_) = store.version_history.of(held[1], Insight.SUMMARY)
    assert (current.notes[0].made_by, current.notes[0].reason) == ("eve", "better")


def test_one_who_stops_halfway_has_noted_what_was_done(installation: Installation, held: list[str]) -> None:
    deciding = decide(installation, NAME, CampaignDecision.PROMOTED, "eve")
    next(deciding)
    deciding.close()  # type: ignore[attr-defined]  # it is a generator
    campaign = installation.store.campaigns.get(NAME)
    assert (campaign.promoted, campaign.notes[-1].recordings) == (1, 1)
    assert len(list(decide(installation, NAME, CampaignDecision.PROMOTED, "eve"))) == 2


def test_a_death_between_promoting_and_the_next_line_loses_no_decision(
    installation: Installation, held: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(installation.store.campaign_changes, "count_decided", dies)
    with pytest.raises(KeyboardInterrupt):
        list(decide(installation, NAME, CampaignDecision.PROMOTED, "eve", "better"))
    campaign = installation.store.campaigns.get(NAME)
    assert campaign.promoted == 1
    assert (campaign.notes[-1].made_by, campaign.notes[-1].reason) == ("eve", "better")


def test_what_is_promoted_or_restored_elsewhere_counts_in_its_campaign(
    installation: Installation, held: list[str]
) -> None:
    store = installation.store
    store.versions.promote(held[0], "ben")
    store.versions.restore(held[1], Insight.SUMMARY, 2, "ben")
    store.versions.discard(held[2], "ben")
    campaign = store.campaigns.get(NAME)
    assert (campaign.promoted, campaign.discarded) == (2, 1)


def test_recordings_that_are_deleted_meanwhile_do_not_stop_a_promotion(
    installation: Installation, held: list[str]
) -> None:
    deciding = decide(installation, NAME, CampaignDecision.PROMOTED, "eve")
    assert next(deciding).key == held[0]
    installation.store.deletions.delete(held[1], "ada", drop_deliveries=True)
    assert [one.key for one in deciding] == [held[2]]
    campaign = installation.store.campaigns.get(NAME)
    assert (campaign.promoted, campaign.gone) == (2, 1)
    assert campaign.notes[-1].recordings == 2


def test_what_somebody_held_later_is_not_the_campaigns(installation: Installation, held: list[str]) -> None:
    hold(installation.store, held[0], summary("Another one."), run_id="later")
    assert [one.key for one in decide(installation, NAME, CampaignDecision.DISCARDED, "eve")] == held[1:]
    assert installation.store.version_history.held_numbers(held[0]) == {Insight.SUMMARY: 3}
    assert installation.store.campaigns.get(NAME).discarded == 2


def test_a_recording_of_another_campaign_is_refused_before_anything_changes(
    installation: Installation, held: list[str]
) -> None:
    other = completed(installation.store, 9).key
    with pytest.raises(PermanentError) as refused:
        list(decide(installation, NAME, CampaignDecision.PROMOTED, "eve", keys=[held[0], other]))
    assert refused.value.code == "not_in_campaign"
    with pytest.raises(PermanentError):
        list(decide(installation, "nobody", CampaignDecision.PROMOTED, "eve"))
    assert installation.store.campaigns.get(NAME).promoted == 0


def test_the_report_adds_up_what_changed_and_what_was_verified(installation: Installation, held: list[str]) -> None:
    failed = completed(installation.store, 9).key
    installation.store.campaign_changes.start(NewCampaign("next", [(failed, ["summary"])]), "ada")
    report = campaign_report(installation, NAME)
    (one,) = report.insights
    assert (one.recordings, one.differ, one.changed) == (3, 3, 3)
    assert (one.rate_before, one.rate) == (0.5, 1.0)
    assert [item.key for item in report.largest] == held[::-1]
    empty = campaign_report(installation, "next")
    assert (empty.insights, empty.largest, empty.failures) == ((), (), {})
    assert states(installation.store, "next") == [ItemState.WAITING]
