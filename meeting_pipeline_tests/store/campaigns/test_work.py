"""Recordings of a campaign are handed out any number of times, made once, and paid for once."""

import pytest

from meeting_pipeline.domain.campaigns import ItemState, not_bought
from meeting_pipeline.domain.errors import PermanentError, ProviderUnavailable
from meeting_pipeline.store import policies
from meeting_pipeline.store.ledger.llm_calls import Begun, Known
from meeting_pipeline.store.recordings.leases import LeaseHolder
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.campaigns.campaigning import NAME, not_made, started, states, worked_on
from meeting_pipeline_tests.store.samples import Clock, question, race, reply

AWAY = ProviderUnavailable("provider_unavailable", "It does not respond.")
W, R, K, D, F = ItemState.WAITING, ItemState.REQUESTED, ItemState.WORKING, ItemState.DONE, ItemState.FAILED


def taken_back(store: Store, *, over: tuple[int, ...] = (), at_hand: tuple[int, ...] = ()) -> int:
    return store.campaign_work.take_back(NAME, over=over, at_hand=at_hand)


def test_portions_follow_the_order_of_the_plan_and_overlap_nowhere(store: Store) -> None:
    keys = started(store, 5)
    first, second = store.campaign_work.assign_next(NAME, 3), store.campaign_work.assign_next(NAME, 3)
    assert first is not None
    assert second is not None
    assert first.items == tuple((key, ("summary",)) for key in keys[:3])
    assert [key for key, _ in second.items] == keys[3:]
    assert (first.number, second.number) == (1, 2)
    assert first.asked != second.asked
    assert store.campaign_work.assigned_portions(NAME) == [1, 2]
    assert store.campaign_work.assign_next(NAME, 3) is None


def test_two_who_hand_out_at_the_same_time_hand_out_different_recordings(store: Store) -> None:
    started(store, 6)
    portions = race(3, lambda _: store.campaign_work.assign_next(NAME, 2))
    handed = [key for portion in portions if portion is not None for key, _ in portion.items]
    assert len(handed) == len(set(handed)) == 6


def test_a_portion_whose_run_is_over_or_was_never_created_is_handed_out_again(store: Store, clock: Clock) -> None:
    started(store, 3)
    for _ in range(3):
        store.campaign_work.assign_next(NAME, 1)
    assert taken_back(store, over=(1,), at_hand=(2,)) == 1
    assert states(store) == [W, R, R], "the third may still be created"
    clock.advance(policies.CAMPAIGN_REQUEST_SECONDS + 1)
    assert taken_back(store, at_hand=(2,)) == 1
    assert states(store) == [W, R, W]


def test_what_a_lost_worker_was_making_is_handed_out_again_and_a_living_one_keeps_it(store: Store) -> None:
    keys = started(store, 2)
    store.campaign_work.assign_next(NAME, 2)
    assert worked_on(store, keys[0], "run-a/0")
    assert worked_on(store, keys[1], "run-b/0")
    store.lease_watch.fence_lease("run-b/0")
    assert store.lease_watch.revoke_silent_lease(LeaseHolder("run-a/0", keys[0])) is False, "it gives signs of life"
    assert taken_back(store, over=(1,)) == 0, "a worker that must stop may still get an answer"
    store.leases.end("run-a/0")
    assert taken_back(store, over=(1,)) == 1
    assert states(store) == [W, K]


def test_only_one_worker_makes_a_recording(store: Store) -> None:
    key, *_ = started(store)
    assert worked_on(store, key, "run-a/0")
    assert not worked_on(store, key, "run-b/0")
    store.leases.end("run-a/0")
    assert worked_on(store, key, "run-b/0")
    store.campaign_work.done(NAME, key, "run-a/0", {})
    assert states(store)[0] is K, "the first one was taken for lost, and has no say any more"
    store.campaign_work.done(NAME, key, "run-b/0", {})
    assert states(store)[0] is D
    assert not worked_on(store, key, "run-d/0")


def test_whoever_begins_again_knows_the_earlier_leases(store: Store) -> None:
    key, *_ = started(store)
    assert worked_on(store, key, "run-a/0")
    store.leases.end("run-a/0")
    store.lifecycle.begin(key, "run-b/0", collecting=False)
    begun = store.campaign_work.begin(NAME, key, "run-b/0")
    assert begun is not None
    assert begun.earlier == ("run-a/0",)


def test_nothing_is_begun_while_it_is_paused_and_what_was_requested_waits_again(store: Store) -> None:
    key, *_ = started(store)
    store.campaign_work.assign_next(NAME, 1)
    store.campaign_changes.pause(NAME, "ada")
    assert not worked_on(store, key)
    assert states(store)[0] is W


def test_an_answer_that_the_campaign_has_paid_for_is_reused_and_an_earlier_one_is_not(store: Store) -> None:
    key, *_ = started(store)
    store.lifecycle.begin(key, "before", collecting=False)
    before = store.llm_calls.begin(key, "before", question())
    assert isinstance(before, Begun)
    store.llm_calls.answered(before.id, reply("before"))
    store.leases.end("before")
    assert worked_on(store, key, "run-a/0")
    mine = store.llm_calls.begin(key, "run-a/0", question(), bought_by=("run-a/0",), campaign=NAME)
    assert isinstance(mine, Begun), "a person wants a new answer"
    store.llm_calls.answered(mine.id, reply("mine"))
    store.leases.end("run-a/0")
    assert worked_on(store, key, "run-b/0")
    known = store.llm_calls.begin(key, "run-b/0", question(), bought_by=("run-b/0",), campaign=NAME)
    assert isinstance(known, Known)
    assert known.reply.text == "mine"
    assert store.campaigns.spent(NAME).calls == 1


def test_errors_that_may_pass_are_tried_again_a_few_times_and_others_not(store: Store) -> None:
    keys = started(store, 2)
    not_made(store, keys[1], PermanentError("refused", "The model refuses."), "run-x/0")
    for number in range(policies.CAMPAIGN_TRIES):
        assert states(store) == [W, F]
        not_made(store, keys[0], AWAY, f"run-{number}/0")
    assert states(store) == [F, F]
    assert [item.error_code for item in store.campaigns.items(NAME)] == ["provider_unavailable", "refused"]


def test_what_was_not_bought_and_what_an_outage_prevented_counts_as_no_attempt(store: Store) -> None:
    key, *_ = started(store, 1)
    for number in range(policies.CAMPAIGN_TRIES + 1):
        not_made(store, key, not_bought(NAME, "it is paused."), f"run-{number}/0")
    (item,) = store.campaigns.items(NAME)
    assert (item.state, item.tries) == (W, 0)


def test_a_recording_that_kills_its_workers_fails_in_the_end(store: Store) -> None:
    key, *_ = started(store, 1)
    for number in range(policies.CAMPAIGN_LOSSES):
        assert worked_on(store, key, f"run-{number}/0")
        store.leases.end(f"run-{number}/0")
        assert taken_back(store) == 1
    (item,) = store.campaigns.items(NAME)
    assert (item.state, item.error_code) == (F, "worker_lost")


@pytest.mark.parametrize("name", [NAME, "nobody-knows-it"])
def test_a_recording_that_is_no_part_of_it_is_not_made(store: Store, name: str) -> None:
    started(store, 1)
    assert store.campaign_work.begin(name, "2025-03-14-other-00000009", "run-c/0") is None
