"""Deliveries: leased, attempted, settled and replayed."""

from collections import Counter
from datetime import timedelta

from cryptography.fernet import Fernet
from sqlalchemy import select

from meeting_pipeline import policies
from meeting_pipeline.domain.sidecar_options import SidecarOptions
from meeting_pipeline.store import policies as store_policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.secrets import Cipher
from meeting_pipeline.store.outbox.attempts import LeasedDelivery
from meeting_pipeline.store.outbox.outbox import Outbox
from meeting_pipeline.store.outbox.webhook_urls import host_of, target_of
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import Submission, WebhookDelivery
from meeting_pipeline_tests.store.samples import (
    HOOK,
    REFUSED,
    Attempt,
    Clock,
    completed,
    event_types,
    race,
)


def one_taken(store: Store) -> LeasedDelivery:
    """The leased delivery of a recording that has only this one."""
    completed(store, hook=HOOK)
    (taken,) = store.outbox.take(10)
    return taken


def delivery(store: Store, taken: LeasedDelivery) -> WebhookDelivery:
    with store.database.read() as session:
        return session.get_one(WebhookDelivery, taken.delivery_id)


def due_at_once(store: Store, count: int) -> None:
    """Make this many deliveries due. All belong to one recording, which is faster."""
    completed(store, hook=HOOK)
    with store.database.write() as session:
        first = session.scalars(select(WebhookDelivery)).one()
        event = store.deliveries.events(first.recording_key)[0]
        for number in range(1, count):
            submission = Submission(
                id=f"submission-{number}",
                recording_key=first.recording_key,
                source="cli",
                original_name="a.wav",
                duplicate=True,
                webhook_url=f"{HOOK}/{number}",
                submitted_at=store.context.now(),
            )
            session.add(submission)
            session.flush()
            session.add(
                WebhookDelivery(
                    id=f"delivery-{number:02}",
                    event_id=event.id,
                    submission_id=submission.id,
                    recording_key=first.recording_key,
                    target=target_of(f"{HOOK}/{number}"),
                    host=host_of(HOOK),
                    state="pending",
                    attempts=0,
                    next_at=store.context.now() - timedelta(seconds=number),
                    created_at=store.context.now(),
                )
            )


def test_a_delivery_is_taken_with_all_that_sending_needs(store: Store) -> None:
    options = SidecarOptions(webhook_url=HOOK, webhook_secret="tell-nobody")
    key = completed(store, options=options).key
    assert store.deliveries.due() == 1
    (taken,) = store.outbox.take(10)
    (event,) = store.deliveries.events(key)
    assert (taken.url, taken.secret, taken.attempt) == (HOOK, "tell-nobody", 1)
    assert (taken.event_id, taken.body) == (event.id, event.body)
    assert store.deliveries.due() == 0


def test_takers_at_once_share_no_delivery(store: Store) -> None:
    due_at_once(store, 24)
    found = [taken.delivery_id for part in race(6, lambda _: store.outbox.take(6)) for taken in part]
    assert max(Counter(found).values()) == 1
    rest = [taken.delivery_id for taken in store.outbox.take(24)]
    assert len(set(found + rest)) == 24


def test_the_longest_waiting_is_taken_first(store: Store) -> None:
    due_at_once(store, 5)
    assert [taken.delivery_id for taken in store.outbox.take(2)] == ["delivery-04", "delivery-03"]


def test_a_delivery_of_a_dead_sender_is_taken_again(store: Store, clock: Clock) -> None:
    taken = one_taken(store)
    clock.advance(policies.WEBHOOK_LEASE_SECONDS)
    assert store.outbox.take(10) == []
    clock.advance(1)
    (again,) = store.outbox.take(10)
    assert (again.delivery_id, again.attempt) == (taken.delivery_id, 1)
    assert again.token != taken.token


def test_a_sender_that_wakes_up_late_changes_nothing(store: Store, clock: Clock) -> None:
    late = one_taken(store)
    clock.advance(policies.WEBHOOK_LEASE_SECONDS + 1)
    (taken,) = store.outbox.take(10)
    assert not store.outbox.settle(late, Attempt(), None)
    store.outbox.give_back(late)
    row = delivery(store, taken)
    assert (row.state, row.attempts, row.lease_token) == ("leased", 0, taken.token)
    assert store.deliveries.attempts(taken.delivery_id) == []
    assert store.outbox.settle(taken, Attempt(), None)


def test_a_delivered_one_is_never_due_again(store: Store, clock: Clock) -> None:
    taken = one_taken(store)
    assert store.outbox.settle(taken, Attempt(), None)
    row = delivery(store, taken)
    assert (row.state, row.delivered_at, row.last_status) == ("delivered", clock.now, 204)
    clock.advance(1_000_000)
    assert store.deliveries.due() == 0


def test_a_refused_one_is_due_at_its_time_with_the_same_body(store: Store, clock: Clock) -> None:
    first = one_taken(store)
    assert store.outbox.settle(first, REFUSED, clock.now + timedelta(seconds=300))
    clock.advance(299)
    assert store.outbox.take(10) == []
    clock.advance(1)
    (second,) = store.outbox.take(10)
    assert (second.attempt, second.event_id, second.body) == (2, first.event_id, first.body)
    (attempt,) = store.deliveries.attempts(first.delivery_id)
    assert (attempt.number, attempt.status, attempt.error_code, attempt.detail) == (
        1,
        500,
        "webhook_status",
        "HTTP 500",
    )


def test_one_without_another_time_is_a_dead_letter(store: Store, clock: Clock) -> None:
    taken = one_taken(store)
    store.outbox.settle(taken, REFUSED, None)
    clock.advance(1_000_000)
    assert store.deliveries.due() == 0
    assert [row.id for row in store.deliveries.list(state="dead")] == [taken.delivery_id]


def test_a_try_is_an_event_of_the_recording(store: Store) -> None:
    taken = one_taken(store)
    store.outbox.settle(taken, REFUSED, None)
    assert event_types(store, taken.recording_key)[-1] == "webhook"
    assert store.recordings.events(taken.recording_key)[-1].data == {"state": "dead", "attempt": 1}


def test_a_failed_delivery_leaves_the_recording_completed(store: Store) -> None:
    taken = one_taken(store)
    store.outbox.settle(taken, REFUSED, None)
    assert store.recordings.get(taken.recording_key).status == "completed"


def test_one_that_was_not_tried_goes_behind_those_that_wait(store: Store, clock: Clock) -> None:
    due_at_once(store, 3)
    clock.advance(1)
    (first,) = store.outbox.take(1)
    store.outbox.give_back(first)
    assert [taken.delivery_id == first.delivery_id for taken in store.outbox.take(3)] == [False, False, True]
    assert delivery(store, first).attempts == 0


def test_a_replayed_one_has_its_whole_schedule_again_and_keeps_its_history(store: Store, clock: Clock) -> None:
    taken = one_taken(store)
    for _ in range(2):
        store.outbox.settle(taken, REFUSED, clock.now)
        (taken,) = store.outbox.take(1)
    store.outbox.settle(taken, REFUSED, None)
    assert store.outbox.replay([taken.delivery_id, taken.delivery_id, "unknown"]) == 1
    (again,) = store.outbox.take(1)
    assert (again.attempt, again.event_id, again.body) == (1, taken.event_id, taken.body)
    assert store.outbox.settle(again, Attempt(), None)
    assert [attempt.number for attempt in store.deliveries.attempts(taken.delivery_id)] == [1, 2, 3, 4]


def test_one_that_is_being_tried_is_not_replayed(store: Store) -> None:
    taken = one_taken(store)
    assert store.outbox.replay([taken.delivery_id]) == 0
    assert delivery(store, taken).lease_token == taken.token


def test_two_replays_of_the_same_letters_in_opposite_order_both_end(store: Store) -> None:
    due_at_once(store, 12)
    ids = [row.id for row in store.deliveries.list()]
    assert race(4, lambda i: store.outbox.replay(ids if i % 2 else ids[::-1])) == [12] * 4


def test_a_secret_of_another_key_holds_up_nobody_else(store: Store, clock: Clock) -> None:
    locked = completed(store, 1, options=SidecarOptions(webhook_url=HOOK, webhook_secret="tell-nobody")).key
    free = completed(store, 2, hook=HOOK).key
    stranger = Outbox(StoreContext(store.database, Cipher(Fernet.generate_key().decode()), clock))
    assert [taken.recording_key for taken in stranger.take(10)] == [free]
    (row,) = store.deliveries.list(key=locked)
    assert (row.state, row.attempts, row.last_error) == ("pending", 0, "wrong_encryption_key")
    clock.advance(store_policies.OPERATOR_RETRY_SECONDS)
    assert [taken.secret for taken in store.outbox.take(10) if taken.recording_key == locked] == ["tell-nobody"]


def test_settling_while_others_take_and_replay_ends_without_a_deadlock(store: Store, clock: Clock) -> None:
    due_at_once(store, 16)
    taken = store.outbox.take(8)
    ids = [row.id for row in store.deliveries.list()]

    def work(index: int) -> object:
        if index < 6:
            return store.outbox.settle(taken[index], REFUSED, clock.now)
        return store.outbox.take(4) if index == 6 else store.outbox.replay(ids)

    assert race(8, work)[:6] == ["pending"] * 6
