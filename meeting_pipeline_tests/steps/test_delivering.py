"""Draining the outbox over real HTTP."""

import json

from meeting_pipeline import policies
from meeting_pipeline.steps.delivering import Drained, drain
from meeting_pipeline.steps.opening import Installation, results_url
from meeting_pipeline.store.secrets import signing_secret
from meeting_pipeline_tests.fakes.control import Receiver
from meeting_pipeline_tests.installations import Clock, drop, take_all

SECRET = "correct-horse-battery"


def refuse(installation: Installation, receiver: Receiver, *hooks: str) -> None:
    """An outcome for each hook: a file that is refused."""
    for hook in hooks:
        drop(installation, f"{hook}.wav", b"", webhook_url=receiver.hook(hook), webhook_secret=SECRET)
    take_all(installation)


def test_what_is_due_is_delivered_signed_and_with_the_secret(installation: Installation, receiver: Receiver) -> None:
    receiver.expect(signing_secret=signing_secret(installation.settings), secret=SECRET)
    refuse(installation, receiver, "one", "two")
    assert drain(installation) == Drained(delivered=2)
    received = receiver.received()
    assert [(entry["signature_ok"], entry["secret_ok"]) for entry in received] == [(True, True)] * 2
    body = json.loads(received[0]["body"])
    assert body["results_url"] == results_url(installation.settings, body["job_id"])
    assert drain(installation) == Drained()


def test_a_receiver_that_fails_is_tried_again_with_the_same_body(
    installation: Installation, receiver: Receiver, clock: Clock
) -> None:
    receiver.answer(500)
    refuse(installation, receiver, "one")
    assert drain(installation) == Drained(postponed=1)
    assert drain(installation) == Drained()
    clock.advance(policies.WEBHOOK_SCHEDULE_SECONDS[1] * 2)
    assert drain(installation) == Drained(delivered=1)
    first, second = receiver.received()
    assert first["body"] == second["body"]
    assert first["headers"]["webhook-id"] == second["headers"]["webhook-id"]


def test_after_the_last_attempt_a_delivery_is_dead_and_can_be_seen(
    installation: Installation, receiver: Receiver, clock: Clock
) -> None:
    receiver.answer(500, stay=True)
    refuse(installation, receiver, "one")
    for _ in policies.WEBHOOK_SCHEDULE_SECONDS:
        last = drain(installation)
        clock.advance(2 * 86400)
    assert last == Drained(dead=1)
    assert [row.state for row in installation.store.outbox.list()] == ["dead"]


def test_one_dead_receiver_does_not_keep_the_others_waiting(installation: Installation, receiver: Receiver) -> None:
    receiver.answer(500, name="bad")
    refuse(installation, receiver, "bad", "good")
    assert drain(installation) == Drained(delivered=1, postponed=1)
