"""The order of many concurrent deliveries. ``steps/delivery/test_deliver.py`` tests whole drains with a real store."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import pytest

from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.webhooks.deliver import Limits, deliver_due, signed_sender
from meeting_pipeline.webhooks.outcome import Due, Outcome
from meeting_pipeline.webhooks.signing import new_signing_secret, verify
from meeting_pipeline_tests.webhooks.servers import LOOPBACK, answer, serving

DELIVERED = Outcome(True, 200, None, "", None, False, 1, "127.0.0.1", False)
TIMED_OUT = Outcome(False, None, "webhook_timeout", "", None, False, 1, None, False)
LIMITS = Limits(look_s=0.01)


@dataclass(frozen=True)
class Delivery:
    delivery_id: str
    host: str = "cms.example"
    failing: bool = False
    event_id: str = "evt_1"
    body: bytes = b"{}"
    secret: str | None = None
    signing_secrets: tuple[str | None, ...] = ()
    attempt: int = 1
    url: str = "http://127.0.0.1:9/"


class Box:
    """An outbox in memory; records which deliveries were settled and given back."""

    def __init__(self, *due: Delivery, at_once: int = 100) -> None:
        self.due = list(due)
        self.at_once = at_once
        self.settled: list[tuple[str, Outcome]] = []
        self.returned: list[str] = []
        self.threads: set[int] = set()
        self.busy = threading.Lock()

    def take(self, *, failing: bool, avoid: Collection[str]) -> Sequence[Delivery]:
        with self._alone():
            fit = [due for due in self.due if due.failing == failing and due.host not in avoid][: self.at_once]
            self.due = [due for due in self.due if due not in fit]
            return fit

    def settle(self, due: Delivery, outcome: Outcome) -> None:
        with self._alone():
            time.sleep(0.001)
            self.settled.append((due.delivery_id, outcome))

    def give_back(self, due: Delivery) -> None:
        with self._alone():
            self.returned.append(due.delivery_id)

    def _alone(self) -> threading.Lock:
        self.threads.add(threading.get_ident())
        assert not self.busy.locked()
        return self.busy


async def deliver(due: Due) -> Outcome:
    return DELIVERED


def test_places_are_bounded_in_all_and_per_host() -> None:
    now: Counter[str] = Counter()
    most: Counter[str] = Counter()

    async def send(delivery: Due) -> Outcome:
        for name in (delivery.host, "all"):
            now[name] += 1
            most[name] = max(most[name], now[name])
        await asyncio.sleep(0.005)
        for name in (delivery.host, "all"):
            now[name] -= 1
        return DELIVERED

    box = Box(*(Delivery(str(n), f"cms{n // 10}") for n in range(100)))
    assert asyncio.run(deliver_due(box, send, replace(LIMITS, parallel=8, per_host=2))) == 0

    assert len(box.settled) == 100
    assert most["all"] == 8
    assert max(most[f"cms{n}"] for n in range(10)) == 2


def test_receivers_that_fail_take_no_place_of_those_that_work() -> None:
    box = Box(*(Delivery(f"dead{n}", f"dead{n}", failing=True) for n in range(100)), Delivery("fine"))

    async def send(delivery: Due) -> Outcome:
        while delivery.host != "cms.example" and not box.settled:
            await asyncio.sleep(0.001)
        return DELIVERED

    asyncio.run(deliver_due(box, send, replace(LIMITS, parallel=1, parallel_failing=3)))

    assert box.settled[0][0] == "fine"
    assert len(box.settled) == 101


def test_what_becomes_due_while_a_slow_receiver_is_waited_for_is_sent_meanwhile() -> None:
    box = Box(Delivery("slow", "slow"))

    async def send(delivery: Due) -> Outcome:
        if delivery.host == "slow":
            box.due.append(Delivery("late"))
            while not box.settled:
                await asyncio.sleep(0.001)
        return DELIVERED

    asyncio.run(deliver_due(box, send, LIMITS))

    assert [name for name, _ in box.settled] == ["late", "slow"]


def test_a_host_that_let_an_attempt_time_out_rests_and_what_was_taken_for_it_is_given_back() -> None:
    tried: list[str] = []

    async def send(delivery: Due) -> Outcome:
        tried.append(delivery.host)
        return TIMED_OUT if delivery.host == "slow" else DELIVERED

    box = Box(*(Delivery(f"slow{n}", "slow") for n in range(5)), Delivery("fast"), at_once=4)
    left = asyncio.run(deliver_due(box, send, replace(LIMITS, per_host=1)))

    assert Counter(tried) == {"slow": 1, "cms.example": 1}
    assert (left, box.returned) == (3, ["slow1", "slow2", "slow3"])
    assert [due.delivery_id for due in box.due] == ["slow4"]


def test_a_host_that_has_rested_is_tried_again_by_the_same_drain() -> None:
    tried: list[str] = []

    async def send(delivery: Due) -> Outcome:
        if delivery.host == "other":
            while len(tried) < 2:
                await asyncio.sleep(0.001)
            return DELIVERED
        tried.append(delivery.host)
        return TIMED_OUT if len(tried) == 1 else DELIVERED

    box = Box(Delivery("1", "slow"), Delivery("2", "slow"), Delivery("3", "other"), at_once=1)
    asyncio.run(deliver_due(box, send, replace(LIMITS, rest_s=0.01)))

    assert sorted(name for name, _ in box.settled) == ["1", "2", "3"]


def test_what_cannot_start_in_time_is_given_back() -> None:
    box = Box(Delivery("1"))
    assert asyncio.run(deliver_due(box, deliver, replace(LIMITS, start_within_s=-1))) == 1
    assert box.returned == ["1"]


def test_a_drain_that_was_long_enough_takes_nothing_new() -> None:
    box = Box(Delivery("1"))
    assert asyncio.run(deliver_due(box, deliver, replace(LIMITS, drain_s=-1))) == 0
    assert (len(box.due), box.settled) == (1, [])


def test_a_bug_in_one_delivery_is_a_failed_try_of_it_and_is_raised_after_all_others_had_their_turn() -> None:
    async def send(delivery: Due) -> Outcome:
        if delivery.delivery_id == "0":
            raise RuntimeError("a bug")
        await asyncio.sleep(0.001)
        return DELIVERED

    box = Box(*(Delivery(str(n), f"cms{n}") for n in range(40)), at_once=5)
    with pytest.raises(RuntimeError, match="a bug"):
        asyncio.run(deliver_due(box, send, LIMITS))
    settled = dict(box.settled)
    assert len(settled) == 40
    assert (settled["0"].error_code, settled["0"].permanent) == ("internal_error", False)
    assert box.returned == []


def test_a_bug_in_noting_one_delivery_stops_no_other() -> None:
    class Buggy(Box):
        def settle(self, due: Delivery, outcome: Outcome) -> None:
            if due.delivery_id == "0":
                raise KeyError("a bug")
            super().settle(due, outcome)

    box = Buggy(*(Delivery(str(n), f"cms{n}") for n in range(10)), at_once=1)
    with pytest.raises(KeyError, match="a bug"):
        asyncio.run(deliver_due(box, deliver, LIMITS))
    assert len(box.settled) == 9


def test_an_error_of_the_store_ends_the_drain_after_what_is_under_way() -> None:
    class Broken(Box):
        def settle(self, due: Delivery, outcome: Outcome) -> None:
            raise OSError("the database is away")

    box = Broken(Delivery("1"), Delivery("2"), at_once=1)
    with pytest.raises(OSError, match="away"):
        asyncio.run(deliver_due(box, deliver, LIMITS))
    assert [due.delivery_id for due in box.due] == ["2"]


def test_the_store_is_asked_by_one_thread_that_is_not_the_event_loops() -> None:
    box = Box(*(Delivery(str(n), f"c{n}") for n in range(20)))
    asyncio.run(deliver_due(box, deliver, LIMITS))
    assert len(box.threads) == 1
    assert threading.get_ident() not in box.threads


def test_the_sender_of_an_installation_signs_what_it_sends() -> None:
    secret = new_signing_secret()

    async def run() -> tuple[Outcome, dict[str, str], bytes]:
        async with serving(answer()) as raw:
            send = signed_sender(signing_secret=secret, allow=LOOPBACK)
            url = f"http://127.0.0.1:{raw.port}/"
            outcome = await send(Delivery("1", url=url, body=b'{"a":1}', secret="the submitter's"))
            head, body = raw.requests[0]
            return outcome, dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line), body

    outcome, headers, body = asyncio.run(run())

    assert outcome.delivered
    assert headers["X-Webhook-Secret"] == "the submitter's"
    assert headers["webhook-id"] == "evt_1"
    assert verify(body, headers, secret)


def test_an_endpoint_with_secrets_of_its_own_gets_a_signature_of_each() -> None:
    installations, new, old = (new_signing_secret() for _ in range(3))

    async def run(*own: str | None) -> tuple[dict[str, str], bytes]:
        async with serving(answer()) as raw:
            send = signed_sender(signing_secret=installations, allow=LOOPBACK)
            delivery = Delivery("1", url=f"http://127.0.0.1:{raw.port}/", signing_secrets=own)
            assert (await send(delivery)).delivered
            head, body = raw.requests[0]
            return dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line), body

    for own, good in (((new, old), {new, old}), ((new, None), {new, installations}), ((new,), {new})):
        headers, body = asyncio.run(run(*own))
        assert {secret for secret in (installations, new, old) if verify(body, headers, secret)} == good
        assert len(headers["webhook-signature"].split(" ")) == len(own)


@pytest.mark.parametrize("secret", ["a\r\nb: c", ""])
def test_a_secret_that_cannot_be_sent_is_an_outcome_of_its_own_delivery(secret: str) -> None:
    send = signed_sender(signing_secret=new_signing_secret(), allow=LOOPBACK)
    box = Box(Delivery("1", secret=secret))

    asyncio.run(deliver_due(box, send, LIMITS))

    ((_, outcome),) = box.settled
    assert (outcome.error_code, outcome.permanent) == ("webhook_secret_refused", True)


def test_a_sender_that_may_be_taken_for_dead_takes_nothing() -> None:
    box = Box(Delivery("1"))
    assert asyncio.run(deliver_due(box, deliver, LIMITS, lambda: False)) == 0
    assert (len(box.due), box.settled, box.returned) == (1, [], [])


def test_a_sender_that_may_be_taken_for_dead_begins_nothing_more_of_what_it_took() -> None:
    box = Box(*(Delivery(str(number)) for number in range(5)))
    sent: list[str] = []

    async def send(due: Due) -> Outcome:
        sent.append(due.event_id)
        return DELIVERED

    left = asyncio.run(deliver_due(box, send, replace(LIMITS, per_host=1), lambda: not sent))
    assert (left, len(sent), len(box.settled), len(box.returned)) == (4, 1, 1, 4)


def test_what_this_machine_cannot_send_is_given_back_unattempted_and_the_others_are_sent() -> None:
    box = Box(*(Delivery(str(n), "secure.example") for n in range(3)), Delivery("plain", "plain.example"), at_once=1)
    asked: Counter[str] = Counter()

    async def send(delivery: Due) -> Outcome:
        asked[delivery.host] += 1
        if delivery.host == "secure.example":
            raise OperatorError("bad_environment", "The environment variable SSL_CERT_FILE names no file.")
        return DELIVERED

    with pytest.raises(OperatorError) as caught:
        asyncio.run(deliver_due(box, send, LIMITS))
    assert caught.value.code == "bad_environment"
    assert [name for name, _ in box.settled] == ["plain"]
    assert box.returned == ["0"]
    assert asked == {"secure.example": 1, "plain.example": 1}
