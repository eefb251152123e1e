"""Repeated requests: one claim at a time, answers kept for a day, and expiring claims of dead processes."""

import pytest

from meeting_pipeline.domain.errors import WorkerFenced
from meeting_pipeline.store import policies
from meeting_pipeline.store.api.idempotency import Claim, InProgress, StoredAnswer, answer_within
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import Clock, new_recording, race

ANSWER = StoredAnswer("f", 202, {"Location": "/v1/recordings/a"}, b"{}")


def claimed(store: Store, key: str = "k", caller: str = "a") -> Claim:
    found = store.idempotency.claim(caller, key)
    assert isinstance(found, Claim)
    return found


def test_a_key_is_claimed_by_one_request_at_a_time(store: Store) -> None:
    claimed(store)
    assert isinstance(store.idempotency.claim("a", "k"), InProgress)
    claimed(store, "other")
    claimed(store, caller="b")


def test_of_many_at_the_same_moment_one_gets_the_claim(store: Store) -> None:
    found = race(12, lambda _: store.idempotency.claim("a", "k"))
    assert sum(isinstance(one, Claim) for one in found) == 1
    assert sum(isinstance(one, InProgress) for one in found) == 11


def test_an_answer_is_given_again_for_a_day(store: Store, clock: Clock) -> None:
    store.idempotency.answer(claimed(store), ANSWER)
    clock.advance(policies.IDEMPOTENCY_SECONDS - 1)
    assert store.idempotency.claim("a", "k") == ANSWER
    clock.advance(2)
    claimed(store)


def test_a_released_claim_leaves_nothing(store: Store) -> None:
    claim = claimed(store)
    store.idempotency.release(claim)
    store.idempotency.answer(claim, ANSWER)
    claimed(store)


def test_a_claim_that_is_renewed_stands_and_one_that_is_not_lapses(store: Store, clock: Clock) -> None:
    claim = claimed(store)
    for _ in range(4):
        clock.advance(policies.IDEMPOTENCY_LEASE_SECONDS - 1)
        assert store.idempotency.renew(claim)
        assert isinstance(store.idempotency.claim("a", "k"), InProgress)
    clock.advance(policies.IDEMPOTENCY_LEASE_SECONDS + 1)
    later = claimed(store)
    assert not store.idempotency.renew(claim)
    store.idempotency.release(claim)
    store.idempotency.answer(claim, ANSWER)
    assert isinstance(store.idempotency.claim("a", "k"), InProgress)
    store.idempotency.answer(later, ANSWER)
    assert store.idempotency.claim("a", "k") == ANSWER


def test_an_upload_of_days_keeps_its_claim(store: Store, clock: Clock) -> None:
    claim = claimed(store)
    for _ in range(3):
        clock.advance(policies.IDEMPOTENCY_SECONDS / 2)
        store.idempotency.renew(claim)
    claimed(store, "other")  # removes old rows
    assert store.idempotency.renew(claim)


def test_answer_and_recording_are_there_together_or_not_at_all(store: Store, clock: Clock) -> None:
    lost = claimed(store)
    clock.advance(policies.IDEMPOTENCY_LEASE_SECONDS + 1)
    claim = claimed(store)
    with pytest.raises(WorkerFenced):
        store.recordings.accept(new_recording(1), lambda session, *_: answer_within(session, lost, ANSWER))
    assert store.recordings.list() == []
    store.recordings.accept(new_recording(1), lambda session, *_: answer_within(session, claim, ANSWER))
    assert store.idempotency.claim("a", "k") == ANSWER
    assert len(store.recordings.list()) == 1
