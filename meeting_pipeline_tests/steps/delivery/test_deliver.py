"""Sending all due deliveries of the outbox over real HTTP."""

import asyncio
import json
import threading
from datetime import timedelta

import pytest

from meeting_pipeline.installation import Installation, results_url
from meeting_pipeline.steps.delivery import policies as delivery_policies
from meeting_pipeline.steps.delivery.deliver import Drained, drain, drain_own
from meeting_pipeline.store.engine.secrets import signing_secret
from meeting_pipeline.webhooks import policies
from meeting_pipeline.webhooks.signing import new_signing_secret, verify
from meeting_pipeline_tests.fakes.control import Receiver
from meeting_pipeline_tests.installations import Clock, OpenWith, drop, take_all
from meeting_pipeline_tests.steps.delivery.ending import ended_once
from meeting_pipeline_tests.store.samples import REFUSED
from meeting_pipeline_tests.webhooks.servers import Raw, serving_in_a_thread

SECRET = "correct-horse-battery"


def refuse(installation: Installation, receiver: Receiver, *hooks: str) -> None:
    """Create an outcome for each hook, by submitting a file that is rejected."""
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
    assert body["results_url"] == results_url(installation.settings, body["recording_id"])
    assert drain(installation) == Drained()


def test_each_submission_gets_its_own_body_of_one_event(
    installation: Installation, receiver: Receiver, clock: Clock
) -> None:
    receiver.answer(500, name="thin")
    attached = {"reference": "cms-1", "metadata": {"site": "Ulm", "größe": 1.5}}
    for hook, more in {"plain": {}, "thin": {"webhook_body": "thin", **attached}, "full": attached}.items():
        drop(installation, f"{hook}.wav", b"", webhook_url=receiver.hook(hook), **more)
    take_all(installation)
    assert drain(installation) == Drained(delivered=2, postponed=1)
    clock.advance(policies.WEBHOOK_SCHEDULE_SECONDS[1] * 2)
    assert drain(installation) == Drained(delivered=1)
    [plain], [first, second], [full] = (receiver.received(hook) for hook in ("plain", "thin", "full"))
    assert first["body"] == second["body"], "the same bytes on every attempt"
    thin, whole, without = (json.loads(one["body"]) for one in (first, full, plain))
    assert {name: thin.get(name) for name in attached} == {name: whole.get(name) for name in attached} == attached
    assert not attached.keys() & without.keys()
    assert set(whole) - set(thin) == {"meeting"}
    assert thin["status"] == "failed"
    assert thin["links"]["recording"].endswith(f"/v1/recordings/{thin['recording_id']}")


def test_a_chat_gets_messages_and_its_retry_after_is_honoured(
    installation: Installation, receiver: Receiver, clock: Clock
) -> None:
    receiver.answer(429, name="slack", headers={"Retry-After": "900"})
    for form in ("slack", "teams"):
        drop(installation, f"{form}.wav", b"", webhook_url=receiver.hook(form), webhook_body=form)
    take_all(installation)
    assert drain(installation) == Drained(delivered=1, postponed=1)
    clock.advance(890)
    assert drain(installation) == Drained(), "Slack asked for 15 minutes"
    clock.advance(20)
    assert drain(installation) == Drained(delivered=1)
    first, second = receiver.received("slack")
    assert first["body"] == second["body"]
    assert json.loads(first["body"])["blocks"][0]["text"]["text"] == "slack.wav"
    [card] = receiver.received("teams")
    assert json.loads(card["body"])["attachments"][0]["content"]["type"] == "AdaptiveCard"


def test_during_a_rotation_both_secrets_sign_and_afterwards_the_new_one_alone(
    installation: Installation, receiver: Receiver, clock: Clock
) -> None:
    own = new_signing_secret()
    secrets = installation.store.signing_secrets
    secrets.rotate(receiver.hook("one"), own, 3600)
    old = signing_secret(installation.settings)

    def accepted_by(hook: str) -> set[str]:
        last = receiver.received(hook)[-1]
        names = {"old": old, "own": own}
        return {name for name, secret in names.items() if verify(last["body"].encode(), last["headers"], secret)}

    refuse(installation, receiver, "one", "two")
    assert drain(installation) == Drained(delivered=2)
    assert (accepted_by("one"), accepted_by("two")) == ({"old", "own"}, {"old"})
    clock.advance(3601)
    drop(installation, "later.wav", b"", webhook_url=receiver.hook("one"), webhook_secret=SECRET)
    take_all(installation)
    assert drain(installation) == Drained(delivered=1)
    assert accepted_by("one") == {"own"}


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
    assert [row.state for row in installation.store.deliveries.list()] == ["dead"]


def test_one_dead_receiver_does_not_keep_the_others_waiting(installation: Installation, receiver: Receiver) -> None:
    receiver.answer(500, name="bad")
    refuse(installation, receiver, "bad", "good")
    assert drain(installation) == Drained(delivered=1, postponed=1)


# --- the run of a recording -------------------------------------------------------------------------------------------


def keys(installation: Installation) -> dict[str, str]:
    """Hook -> recording id."""
    return {row.original_name.removesuffix(".wav"): row.key for row in installation.store.recordings.list()}


def test_a_run_delivers_its_own_recording_only(installation: Installation, receiver: Receiver) -> None:
    refuse(installation, receiver, "own", "other")
    assert drain_own(installation, keys(installation)["own"], taker="run") == Drained(delivered=1)
    assert len(receiver.received("own")) == 1
    assert receiver.received("other") == []
    assert drain(installation) == Drained(delivered=1), "the sensor's run sends what is left"


def test_a_run_leaves_a_receiver_that_failed_last_time_to_the_sensor(
    installation: Installation, receiver: Receiver, clock: Clock
) -> None:
    receiver.answer(500)
    refuse(installation, receiver, "one")
    key = keys(installation)["one"]
    assert drain_own(installation, key, taker="run") == Drained(postponed=1)
    clock.advance(policies.WEBHOOK_SCHEDULE_SECONDS[1] * 2)
    assert drain_own(installation, key, taker="run") == Drained()
    assert drain(installation) == Drained(delivered=1)


def test_a_run_leaves_a_receiver_that_was_slow_to_the_sensor(
    installation: Installation, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(installation, receiver, "one")
    key = keys(installation)["one"]
    assert drain_own(installation, key, taker="run") == Drained(delivered=1), "never reached before"
    monkeypatch.setattr(delivery_policies, "WEBHOOK_QUICK_MS", -1)  # everything is slow
    installation.store.outbox.replay([row.id for row in installation.store.deliveries.list()])
    assert drain_own(installation, key, taker="run") == Drained()
    assert drain(installation) == Drained(delivered=1)


def test_a_run_that_may_be_taken_for_dead_delivers_nothing(installation: Installation, receiver: Receiver) -> None:
    refuse(installation, receiver, "one")
    assert drain_own(installation, keys(installation)["one"], taker="run", may_start=lambda: False) == Drained()
    assert receiver.received() == []


LOOPBACK_HOSTS = [f"127.0.0.{number}" for number in range(1, 52)]


class Receivers:
    """Receivers on loopback addresses. The first ``tarpits`` drip until the others have received ``awaited`` deliveries."""

    def __init__(self, tarpits: int, awaited: int) -> None:
        self.awaited = awaited
        self.arrived: list[str] = []
        self.tarpits = set(LOOPBACK_HOSTS[:tarpits])
        self.reached = threading.Event()
        """Set when a delivery reaches a tarpit."""

    async def __call__(self, writer: asyncio.StreamWriter) -> None:
        host = str(writer.get_extra_info("sockname")[0])
        if host not in self.tarpits:
            self.arrived.append(host)
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            return
        self.reached.set()
        writer.write(b"HTTP/1.1 500 Oops\r\n\r\n")
        while len(self.arrived) < self.awaited:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)


def tell(installation: Installation, raw: Raw, hosts: list[str], prefix: str = "told") -> None:
    """Create an outcome for a receiver on each of these hosts."""
    for number, host in enumerate(hosts):
        drop(installation, f"{prefix}{number}.wav", b"", webhook_url=f"http://{host}:{raw.ports[host]}/hook")
    take_all(installation)


@pytest.fixture
def at_loopback(open_with: OpenWith) -> Installation:
    return open_with(MEETING_PIPELINE_WEBHOOK_ALLOW="127.0.0.0/8")


def test_one_tarpit_among_fifty_receivers_delays_nobody(at_loopback: Installation) -> None:
    receivers = Receivers(tarpits=1, awaited=49)
    with serving_in_a_thread(receivers, hosts=LOOPBACK_HOSTS) as raw:
        tell(at_loopback, raw, LOOPBACK_HOSTS[:1] * 5 + LOOPBACK_HOSTS[1:50])
        # The tarpit drips until all other deliveries have arrived. Waiting for it first would take the full 30 s of its limit.
        assert drain(at_loopback) == Drained(delivered=49, postponed=5)
    assert sorted(receivers.arrived) == sorted(LOOPBACK_HOSTS[1:50])


def test_a_hundred_due_deliveries_of_dead_receivers_do_not_delay_one_that_works(
    at_loopback: Installation, clock: Clock
) -> None:
    receivers = Receivers(tarpits=50, awaited=1)
    with serving_in_a_thread(receivers, hosts=LOOPBACK_HOSTS) as raw:
        tell(at_loopback, raw, LOOPBACK_HOSTS[:50] * 2)
        for taken in at_loopback.store.outbox.take(100):
            at_loopback.store.outbox.settle(taken, REFUSED, clock() + timedelta(seconds=60))
        clock.advance(3600)
        tell(at_loopback, raw, LOOPBACK_HOSTS[50:], "healthy")
        assert drain(at_loopback) == Drained(delivered=1, postponed=100)


def test_an_event_that_comes_while_a_slow_receiver_is_waited_for_is_delivered_meanwhile(
    at_loopback: Installation,
) -> None:
    receivers = Receivers(tarpits=1, awaited=1)
    with serving_in_a_thread(receivers, hosts=LOOPBACK_HOSTS) as raw:
        tell(at_loopback, raw, LOOPBACK_HOSTS[:1])

        def come_later() -> None:
            assert receivers.reached.wait(120)
            tell(at_loopback, raw, LOOPBACK_HOSTS[1:2], "late")

        late = threading.Thread(target=come_later)
        late.start()
        assert drain(at_loopback) == Drained(delivered=1, postponed=1)
        late.join()


def test_a_receiver_that_answers_410_gets_nothing_more_until_it_is_enabled(
    installation: Installation, receiver: Receiver
) -> None:
    receiver.answer(410)
    refuse(installation, receiver, "gone")
    drained = drain(installation)
    assert (drained.held, drained.given_up) == (1, {receiver.hook("gone")})
    drop(installation, "later.wav", b"", webhook_url=receiver.hook("gone"))
    take_all(installation)
    assert drain(installation) == Drained()
    assert len(receiver.received()) == 1
    assert {row.state for row in installation.store.deliveries.list()} == {"held"}
    installation.store.outbox.replay([row.id for row in installation.store.deliveries.list()])
    assert drain(installation) == Drained(delivered=2)


def test_a_receiver_that_asks_for_rest_gets_it(installation: Installation, receiver: Receiver, clock: Clock) -> None:
    receiver.answer(503, headers={"Retry-After": "7200"})
    refuse(installation, receiver, "one")
    drain(installation)
    clock.advance(7100)
    assert drain(installation) == Drained()
    clock.advance(200)
    assert drain(installation) == Drained(delivered=1)


def test_a_receiver_that_asks_for_years_of_rest_is_tried_after_a_day(
    installation: Installation, receiver: Receiver, clock: Clock
) -> None:
    receiver.answer(429, headers={"Retry-After": "999999999"})
    refuse(installation, receiver, "one")
    drain(installation)
    clock.advance(86400 + 60)
    assert drain(installation) == Drained(delivered=1)


# --- a process that is ended in order ------------------------------------------------------------------------------------


def test_what_an_ended_run_was_sending_is_due_again_at_once_with_the_same_event_id(at_loopback: Installation) -> None:
    receivers = Receivers(tarpits=1, awaited=1)
    with serving_in_a_thread(receivers, hosts=LOOPBACK_HOSTS[:1]) as raw:
        tell(at_loopback, raw, LOOPBACK_HOSTS[:1] * 12)
        before = {row.id: row.event_id for row in at_loopback.store.deliveries.list()}
        with ended_once(receivers.reached.is_set):
            drain(at_loopback, taker="a-run")
        assert at_loopback.store.deliveries.due() == 12, "nobody waits for a lease"
        assert {(row.state, row.attempts) for row in at_loopback.store.deliveries.list()} == {("pending", 0)}
        receivers.tarpits.clear()
        receivers.awaited = 0
        assert drain(at_loopback) == Drained(delivered=12)
    assert {row.id: row.event_id for row in at_loopback.store.deliveries.list()} == before


def test_what_an_ended_run_had_delivered_is_not_delivered_again(at_loopback: Installation) -> None:
    receivers = Receivers(tarpits=1, awaited=3)
    with serving_in_a_thread(receivers, hosts=LOOPBACK_HOSTS[:3]) as raw:
        tell(at_loopback, raw, LOOPBACK_HOSTS[:3])

        def both_are_delivered() -> bool:
            states = [row.state for row in at_loopback.store.deliveries.list()]
            return states.count("delivered") == 2 and receivers.reached.is_set()

        with ended_once(both_are_delivered):
            drain(at_loopback, taker="a-run")
        receivers.tarpits.clear()
        assert drain(at_loopback) == Drained(delivered=1)
    assert sorted(receivers.arrived) == sorted(LOOPBACK_HOSTS[:3])
