"""A campaign is started, paused, resumed and cancelled by people, who are remembered with their reasons."""

import pytest

from meeting_pipeline.domain.campaign_names import campaign_name, clean_campaign_name
from meeting_pipeline.domain.campaigns import (
    Campaign,
    CampaignDecision,
    CampaignState,
    ItemState,
    PauseCode,
)
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.store import policies
from meeting_pipeline.store.campaigns.starting import NewCampaign
from meeting_pipeline.store.ledger.llm_calls import Begun
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import CampaignRecording
from meeting_pipeline_tests.store.campaigns.campaigning import NAME, made, not_made, paid, started, states, worked_on
from meeting_pipeline_tests.store.samples import START, Clock, completed, question, race, reply


def shown(store: Store) -> Campaign:
    return store.campaigns.get(NAME)


def test_a_started_campaign_says_what_it_makes_for_whom_and_how_far_it_is(store: Store) -> None:
    started(store, cap_usd=2.5, hold=True, plan={"total_usd": 1.25})
    found = shown(store)
    assert (found.state, found.hold, found.cap_usd, found.insights) == (CampaignState.RUNNING, True, 2.5, ("summary",))
    assert (found.started_by, found.started_at, found.plan) == ("ada", START, {"total_usd": 1.25})
    assert found.progress == {**dict.fromkeys(ItemState, 0), ItemState.WAITING: 3}
    assert [(note.change, note.made_by, note.reason, note.recordings) for note in found.notes] == [
        ("started", "ada", "a better prompt", 3)
    ]
    assert store.campaigns.running() == [NAME]


def test_a_name_is_used_once_however_many_start_at_the_same_time(store: Store) -> None:
    key = completed(store).key

    def start(_: int) -> str:
        try:
            store.campaign_changes.start(NewCampaign(NAME, [(key, ["summary"])]), "ada")
        except PermanentError as error:
            return error.code
        return "started"

    assert sorted(race(4, start)) == ["campaign_exists"] * 3 + ["started"]


def test_a_name_that_is_taken_gets_a_number(store: Store) -> None:
    assert store.campaigns.unused_name(NAME) == NAME
    started(store, 1)
    assert store.campaigns.unused_name(NAME) == f"{NAME}-2"
    store.campaign_changes.start(NewCampaign(f"{NAME}-2", []), "ada")
    assert store.campaigns.unused_name(NAME) == f"{NAME}-3"
    assert store.campaigns.unused_name("better_summaries") == "better_summaries", "an underscore is no wildcard"


@pytest.mark.parametrize("name", ["", "-x", "a b", "a/b", "ü", "a" * 49, "a\n", ".."])
def test_a_name_that_a_url_or_a_shell_would_read_otherwise_is_refused(name: str) -> None:
    with pytest.raises(PermanentError) as refused:
        clean_campaign_name(name)
    assert refused.value.code == "bad_campaign_name"


def test_a_name_is_made_from_the_plan() -> None:
    every = ["speakers", "summary", "action_items", "decisions"]
    names = [campaign_name(START.date(), made, every) for made in (["action_items"], every[:2], every, ["minutes"])]
    assert names == ["2025-03-14-action-items", "2025-03-14-2-results", "2025-03-14-all", "2025-03-14-minutes"]
    assert all(clean_campaign_name(name) == name for name in names)


def test_pausing_and_resuming_are_noted_and_hand_out_nothing_meanwhile(store: Store, clock: Clock) -> None:
    started(store)
    assert store.campaign_changes.pause(NAME, "ben", "lunch")
    assert not store.campaign_changes.pause(NAME, "ben"), "it is paused already"
    found = shown(store)
    assert (found.state, found.pause_code, found.pause_reason) == (CampaignState.PAUSED, PauseCode.BY_PERSON, "lunch")
    assert store.campaign_work.assign_next(NAME, 10) is None
    assert store.campaigns.running() == []
    clock.advance(60)
    store.campaign_changes.resume(NAME, "eve", "back")
    assert [(note.change, note.made_by, note.reason) for note in shown(store).notes[1:]] == [
        ("paused", "ben", "lunch"), ("resumed", "eve", "back"),
    ]  # fmt: skip
    assert store.campaign_work.assign_next(NAME, 10) is not None


def test_one_that_runs_cannot_be_resumed_and_one_that_is_over_cannot_be_changed(store: Store) -> None:
    started(store)
    with pytest.raises(PermanentError, match="is running already"):
        store.campaign_changes.resume(NAME, "ada")
    store.campaign_changes.cancel(NAME, "ada", "never mind")
    for change in (store.campaign_changes.pause, store.campaign_changes.resume, store.campaign_changes.cancel):
        with pytest.raises(PermanentError) as refused:
            change(NAME, "ada")
        assert refused.value.code == "campaign_over"
    assert not store.campaign_changes.finish(NAME)
    with pytest.raises(PermanentError) as unknown:
        store.campaign_changes.cancel("another", "ada")
    assert unknown.value.code == "unknown_campaign"


def test_a_campaign_at_its_cap_needs_a_higher_one_to_continue(store: Store) -> None:
    key, *_ = started(store, cap_usd=0.02)
    assert worked_on(store, key)
    paid(store, key, "run-c/0")
    paid(store, key, "run-c/0")
    assert store.campaign_limits.holds(NAME) is not None
    with pytest.raises(PermanentError) as refused:
        store.campaign_changes.resume(NAME, "ada")
    assert refused.value.code == "cap_reached"
    with pytest.raises(PermanentError):
        store.campaign_changes.resume(NAME, "ada", cap_usd=0.02)
    store.campaign_changes.resume(NAME, "ada", cap_usd=0.03)
    assert (shown(store).cap_usd, store.campaign_limits.holds(NAME)) == (0.03, None)


def test_resuming_tries_again_what_failed(store: Store) -> None:
    key, *_ = started(store)
    not_made(store, key, PermanentError("refused", "The model refuses."))
    assert states(store)[0] is ItemState.FAILED
    store.campaign_changes.pause(NAME, "ada")
    store.campaign_changes.resume(NAME, "ada")
    (item,) = store.campaigns.items(NAME, keys=[key])
    assert (item.state, item.tries, item.error_code) == (ItemState.WAITING, 0, None)


def test_it_is_finished_when_each_recording_is_over(store: Store) -> None:
    keys = started(store, 2)
    made(store, keys[0])
    assert not store.campaign_changes.finish(NAME)
    not_made(store, keys[1], PermanentError("refused", "The model refuses."))
    assert store.campaign_changes.finish(NAME)
    assert not store.campaign_changes.finish(NAME)
    assert shown(store).state is CampaignState.FINISHED
    assert shown(store).notes[-1].made_by == "meeting-pipeline"


def test_what_is_deleted_leaves_the_campaign_and_gives_nothing_back(store: Store) -> None:
    keys = started(store, 2, cap_usd=1.0)
    made(store, keys[0])
    store.deletions.delete(keys[0], "ada")
    found = shown(store)
    assert (found.recordings, found.gone, found.spent.calls) == (1, 1, 1)
    assert found.spent.usd == pytest.approx(0.01)
    with store.database.read() as session:
        assert session.get(CampaignRecording, (NAME, keys[0])) is None
    store.deletions.delete(keys[1], "ada")
    assert store.campaign_changes.finish(NAME)


def test_what_was_bought_at_an_unknown_price_or_refused_is_kept_of_deleted_recordings_too(store: Store) -> None:
    keys = started(store, 2, cap_usd=1.0)
    assert worked_on(store, keys[0])
    begun = store.llm_calls.begin(keys[0], "run-c/0", question("q"), bought_by=("run-c/0",), campaign=NAME)
    assert isinstance(begun, Begun)
    unknown = Usage(calls=1, input_tokens=5, output_tokens=5, unpriced_calls=1)
    store.llm_calls.answered(begun.id, reply().model_copy(update={"usage": unknown}), "refused")
    store.leases.end("run-c/0")
    before = shown(store).spent
    assert (before.unpriced, before.refused) == (1, 1)
    store.deletions.delete(keys[0], "ada")
    assert shown(store).spent == before
    assert store.campaign_limits.holds(NAME) is not None, "the cap can still not be kept"


def test_a_campaign_that_is_over_is_added_up_once(store: Store, clock: Clock) -> None:
    keys = started(store, 2)
    made(store, keys[0])
    store.campaign_changes.cancel(NAME, "ada")
    assert store.campaign_changes.settle() == 0, "a call may be under way"
    clock.advance(policies.CAMPAIGN_SETTLED_SECONDS + 1)
    before = shown(store).spent
    assert store.campaign_changes.settle() == 1
    assert store.campaign_changes.settle() == 0
    assert shown(store).spent == before
    store.deletions.delete(keys[0], "ada")
    assert (shown(store).spent, shown(store).gone) == (before, 1), (
        "deleting gives nothing back, and counts nothing twice"
    )


def test_decisions_are_counted_and_noted(store: Store) -> None:
    keys = started(store, 3)
    for key in keys:
        made(store, key, f"run-{key[-1]}/0")
    with store.database.write() as session:
        for key, decision in ((keys[0], CampaignDecision.PROMOTED), (keys[1], CampaignDecision.DISCARDED)):
            session.get_one(CampaignRecording, (NAME, key)).decision = decision.value
    number = store.campaign_changes.note_decision(NAME, CampaignDecision.PROMOTED, "eve", "shorter")
    store.campaign_changes.count_decided(NAME, number, 1)
    found = shown(store)
    assert (found.promoted, found.discarded, found.changed) == (1, 1, 3)
    assert (found.notes[-1].change, found.notes[-1].made_by, found.notes[-1].recordings) == ("promoted", "eve", 1)


def test_the_list_shows_the_newest_first_each_with_its_own_progress_and_cost(store: Store, clock: Clock) -> None:
    keys = started(store, 3)
    made(store, keys[0])
    clock.advance(60)
    store.campaign_changes.start(NewCampaign("later", [(keys[1], ["summary"])]), "ben")
    later, earlier = store.campaigns.all()
    assert (later.name, earlier.name) == ("later", NAME)
    assert (later.spent.usd, later.ended, later.recordings) == (0.0, 0, 1)
    assert earlier.spent.usd == pytest.approx(0.01)
    assert (earlier.ended, earlier.recordings) == (1, 3)


def test_what_another_campaign_has_yet_to_make_is_known(store: Store) -> None:
    keys = started(store, 3)
    made(store, keys[0])
    assert store.campaigns.unfinished(keys) == {key: {"summary": NAME} for key in keys[1:]}
    store.campaign_changes.cancel(NAME, "ada")
    assert store.campaigns.unfinished(keys) == {}
