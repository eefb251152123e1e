"""Deliveries of one recording to one target are sent in the order of their revisions."""

import json
from datetime import timedelta

from sqlalchemy import event, update

from meeting_pipeline import policies
from meeting_pipeline.store.outbox.attempts import LeasedDelivery
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import WebhookDelivery
from meeting_pipeline_tests.store.samples import (
    HOOK,
    REFUSED,
    Attempt,
    Clock,
    Journey,
    completed,
    new_recording,
    race,
    summary,
)

OTHER = f"{HOOK}/other"


def revised(store: Store, number: int = 1, hook: str = HOOK, revisions: int = 2) -> Journey:
    """A recording with this many revisions."""
    journey = completed(store, number, hook=hook)
    for revision in range(2, revisions + 1):
        assert journey.begin(collecting=False).answer(summary(f"View {revision}.")).complete() == revision
    return journey


def revision(taken: LeasedDelivery) -> int:
    return int(json.loads(taken.body)["revision"])


def take(store: Store) -> list[tuple[str, int]]:
    """Take all available deliveries. Returns the target and revision of each."""
    return sorted((taken.url, revision(taken)) for taken in store.outbox.take(10))


def take_one(store: Store) -> LeasedDelivery:
    (taken,) = store.outbox.take(10)
    return taken


def test_of_two_revisions_that_are_due_only_the_first_is_taken(store: Store) -> None:
    revised(store, revisions=3)
    assert store.deliveries.due() == 1
    assert take(store) == [(HOOK, 1)]
    assert store.deliveries.due() == 0


def test_the_next_revision_goes_when_the_one_before_is_delivered(store: Store) -> None:
    revised(store, revisions=3)
    for expected in (1, 2, 3):
        taken = take_one(store)
        assert revision(taken) == expected
        store.outbox.settle(taken, Attempt(), None)
    assert store.deliveries.due() == 0


def test_a_revision_waits_while_the_one_before_waits_for_its_next_attempt(store: Store, clock: Clock) -> None:
    revised(store)
    store.outbox.settle(take_one(store), REFUSED, clock.now + timedelta(seconds=300))
    clock.advance(299)
    assert take(store) == []
    clock.advance(1)
    assert take(store) == [(HOOK, 1)]


def test_a_revision_waits_for_one_whose_sender_died(store: Store, clock: Clock) -> None:
    revised(store)
    take_one(store)
    clock.advance(policies.WEBHOOK_LEASE_SECONDS + 1)
    assert take(store) == [(HOOK, 1)]


def test_a_dead_letter_holds_up_no_later_revision(store: Store) -> None:
    revised(store)
    store.outbox.settle(take_one(store), REFUSED, None)
    assert take(store) == [(HOOK, 2)]


def test_a_held_one_holds_up_no_later_revision(store: Store) -> None:
    revised(store)
    first = take_one(store)
    with store.database.write() as session:
        session.execute(update(WebhookDelivery).where(WebhookDelivery.id == first.delivery_id).values(state="held"))
    assert take(store) == [(HOOK, 2)]


def test_dead_letters_replayed_together_go_out_in_order(store: Store) -> None:
    revised(store, revisions=3)
    dead = []
    for _ in range(3):
        taken = take_one(store)
        dead.append(taken.delivery_id)
        store.outbox.settle(taken, REFUSED, None)
    assert store.outbox.replay(dead[::-1]) == 3
    assert take(store) == [(HOOK, 1)]


def test_a_dead_letter_replayed_after_a_newer_revision_arrived_goes_out(store: Store) -> None:
    revised(store)
    first = take_one(store)
    store.outbox.settle(first, REFUSED, None)
    store.outbox.settle(take_one(store), Attempt(), None)
    store.outbox.replay([first.delivery_id])
    assert take(store) == [(HOOK, 1)]


def test_other_targets_and_other_recordings_wait_for_nothing(store: Store, clock: Clock) -> None:
    journey = completed(store, 1, hook=HOOK)
    clock.advance(1)
    store.recordings.accept(new_recording(1, hook=OTHER))
    store.outbox.settle(take_first(store, HOOK), REFUSED, clock.now + timedelta(days=1))
    journey.begin(collecting=False).answer(summary("View 2.")).complete()
    revised(store, 2, revisions=1)
    assert take(store) == [(HOOK, 1), (OTHER, 1)]


def take_first(store: Store, url: str) -> LeasedDelivery:
    """Take the delivery to this URL, and give back the others."""
    found = {taken.url: taken for taken in store.outbox.take(10)}
    for other, taken in found.items():
        if other != url:
            store.outbox.give_back(taken)
    return found[url]


def test_submissions_that_share_a_target_share_its_order(store: Store, clock: Clock) -> None:
    journey = completed(store, hook=HOOK)
    clock.advance(1)
    store.recordings.accept(new_recording(hook=HOOK))  # gets the first revision too, as a separate submission
    journey.begin(collecting=False).answer(summary("View 2.")).complete()
    first, second = store.outbox.take(10)
    assert [revision(first), revision(second)] == [1, 1]
    store.outbox.settle(first, Attempt(), None)
    assert take(store) == []
    store.outbox.settle(second, Attempt(), None)
    assert take(store) == [(HOOK, 2)]


def test_takers_at_once_take_the_revisions_of_a_recording_one_after_another(store: Store) -> None:
    for number in range(1, 5):
        revised(store, number, revisions=3)
    heard: dict[str, list[int]] = {}

    def work(_: int) -> None:
        while store.deliveries.due():
            for taken in store.outbox.take(3):
                heard.setdefault(taken.recording_key, []).append(revision(taken))
                store.outbox.settle(taken, Attempt(), None)

    race(4, work)
    while rest := store.outbox.take(10):  # a taker ends as soon as it sees nothing due
        for taken in rest:
            heard.setdefault(taken.recording_key, []).append(revision(taken))
            store.outbox.settle(taken, Attempt(), None)
    assert list(heard.values()) == [[1, 2, 3]] * 4


def test_what_is_before_a_delivery_is_found_by_an_index(store: Store) -> None:
    if not store.database.sqlite:
        return  # PostgreSQL reads a small table without the index
    statements: list[str] = []
    event.listen(store.database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    store.deliveries.due()
    question = next(statement for statement in statements if "EXISTS" in statement)
    with store.database.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {question}", ("",) * question.count("?")).all()
    assert any("ix_deliveries_recording" in str(line) for line in plan)
