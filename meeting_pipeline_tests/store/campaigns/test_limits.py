"""A campaign buys nothing beyond its cap, and knows what went wrong since it was started or resumed."""

from meeting_pipeline.domain.campaigns import CampaignState, PauseCode
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.provenance import Usage
from meeting_pipeline.store.ledger.llm_calls import Begun
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.campaigns.campaigning import NAME, made, paid, started, worked_on
from meeting_pipeline_tests.store.samples import Clock, question, race, reply


def test_nothing_is_bought_at_the_cap_and_the_campaign_is_paused_at_once(store: Store) -> None:
    key, *_ = started(store, cap_usd=0.02)
    assert worked_on(store, key)
    paid(store, key, "run-c/0")
    assert store.campaign_limits.holds(NAME) is None
    paid(store, key, "run-c/0")
    why = store.campaign_limits.holds(NAME)
    assert why == "0.0200 USD were spent, and its cap is 0.0200 USD."
    found = store.campaigns.get(NAME)
    assert (found.state, found.pause_code, found.pause_reason) == (CampaignState.PAUSED, PauseCode.CAP_REACHED, why)
    assert found.notes[-1].made_by == "meeting-pipeline"
    assert store.campaign_limits.holds(NAME) == "it is paused."


def test_many_calls_that_look_at_the_cap_at_once_pause_it_once(store: Store) -> None:
    key, *_ = started(store, cap_usd=0.01)
    assert worked_on(store, key)
    paid(store, key, "run-c/0")
    assert all(race(4, lambda _: store.campaign_limits.holds(NAME)))
    assert [note.change for note in store.campaigns.get(NAME).notes] == ["started", "paused"]


def test_a_cap_with_an_unknown_price_cannot_be_kept(store: Store) -> None:
    key, *_ = started(store, cap_usd=5.0)
    assert worked_on(store, key)
    begun = store.llm_calls.begin(key, "run-c/0", question(), bought_by=(), campaign=NAME)
    assert isinstance(begun, Begun)
    store.llm_calls.answered(begun.id, reply().model_copy(update={"usage": Usage(calls=1, unpriced_calls=1)}))
    assert store.campaign_limits.holds(NAME) is not None
    assert store.campaigns.get(NAME).pause_code is PauseCode.UNKNOWN_PRICE


def test_without_a_cap_an_unknown_price_holds_nothing(store: Store) -> None:
    key, *_ = started(store)
    assert worked_on(store, key)
    begun = store.llm_calls.begin(key, "run-c/0", question(), bought_by=(), campaign=NAME)
    assert isinstance(begun, Begun)
    assert store.campaign_limits.holds(NAME) is None
    assert store.campaigns.spent(NAME).unanswered == 1


def test_calls_of_others_are_not_of_the_campaign(store: Store) -> None:
    key, *_ = started(store, cap_usd=0.01)
    store.lifecycle.begin(key, "other", collecting=False)
    begun = store.llm_calls.begin(key, "other", question())
    assert isinstance(begun, Begun)
    store.llm_calls.answered(begun.id, reply())
    assert store.campaigns.spent(NAME).usd == 0.0
    assert store.campaign_limits.holds(NAME) is None


def test_failures_and_refused_answers_count_from_the_last_start(store: Store, clock: Clock) -> None:
    keys = started(store, 3)
    made(store, keys[0], "run-0/0")
    clock.advance(1)
    assert worked_on(store, keys[1], "run-1/0")
    paid(store, keys[1], "run-1/0", problem="refused")
    store.campaign_work.not_done(NAME, keys[1], "run-1/0", PermanentError("refused", "No."))
    store.leases.end("run-1/0")
    recent = store.campaign_limits.recent(NAME, 10)
    assert (recent.ended, recent.failed, recent.calls, recent.refused) == (2, 1, 2, 1)
    assert store.campaign_limits.recent(NAME, 1).failed == 1, "the latest"
    store.campaign_changes.pause(NAME, "ada")
    clock.advance(1)
    store.campaign_changes.resume(NAME, "ada")
    recent = store.campaign_limits.recent(NAME, 10)
    assert (recent.ended, recent.failed, recent.calls, recent.refused) == (0, 0, 0, 0)
