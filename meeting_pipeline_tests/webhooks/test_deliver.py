"""Many deliveries at once."""

import asyncio
import threading
import time
from collections import Counter
from dataclasses import dataclass

import pytest

from meeting_pipeline.webhooks.client import post
from meeting_pipeline.webhooks.deliver import deliver_batch, signed_sender
from meeting_pipeline.webhooks.outcome import Due, Outcome
from meeting_pipeline.webhooks.signing import new_signing_secret, verify
from meeting_pipeline_tests.webhooks.servers import LOOPBACK, answer, serving, silence

DELIVERED = Outcome(True, 200, None, "", None, False, 1, "127.0.0.1", False)
TIMED_OUT = Outcome(False, None, "webhook_timeout", "", None, False, 1, None, False)


@dataclass(frozen=True)
class Delivery:
    delivery_id: str
    url: str
    event_id: str = "evt_1"
    body: bytes = b"{}"
    secret: str | None = None
    attempt: int = 1


def test_one_tarpit_among_fifty_receivers_delays_nobody() -> None:
    finished: list[str] = []

    async def run() -> None:
        async with serving(silence) as tarpit, serving(answer()) as raw:
            # The same loopback address under 50 host names, each with two deliveries; the tarpit's come first.
            hosts = {f"cms{n}.example": tarpit.port if n == 0 else raw.port for n in range(50)}
            due = [Delivery(f"{host} {n}", f"http://{host}:{port}/") for host, port in hosts.items() for n in range(2)]

            async def loopback(host: str, port: int) -> list[str]:
                return ["127.0.0.1"]

            async def send(delivery: Due) -> Outcome:
                total_s = 2.0 if delivery.url.startswith("http://cms0.") else 60.0
                return await post(delivery.url, b"{}", {}, allow=LOOPBACK, resolver=loopback, total_s=total_s)

            left = await deliver_batch(due, send, lambda d, o: finished.append(f"{d.delivery_id} {o.delivered}"))
            assert left == ()

    asyncio.run(run())

    assert len(finished) == 100
    assert [line for line in finished if line.endswith("False")] == finished[-2:]
    assert all(line.startswith("cms0.example") for line in finished[-2:])


def test_places_are_bounded_in_all_and_per_host() -> None:
    now: Counter[str] = Counter()
    most: Counter[str] = Counter()

    async def send(delivery: Due) -> Outcome:
        host = delivery.url
        for name in (host, "all"):
            now[name] += 1
            most[name] = max(most[name], now[name])
        await asyncio.sleep(0.005)
        for name in (host, "all"):
            now[name] -= 1
        return DELIVERED

    due = [Delivery(str(n), f"http://cms{n // 10}.example/") for n in range(100)]
    asyncio.run(deliver_batch(due, send, lambda d, o: None, parallel=8, per_host=2))

    assert most["all"] == 8
    assert max(most[f"http://cms{n}.example/"] for n in range(10)) == 2


def test_a_host_that_let_an_attempt_time_out_is_left_for_the_rest_of_the_batch() -> None:
    tried: list[str] = []

    async def send(delivery: Due) -> Outcome:
        tried.append(delivery.delivery_id)
        return TIMED_OUT if "slow" in delivery.url else DELIVERED

    due = [Delivery(f"slow{n}", "http://slow.example/") for n in range(5)] + [Delivery("fast", "http://fast.example/")]
    left = asyncio.run(deliver_batch(due, send, lambda d, o: None, per_host=1))

    assert sorted(tried) == ["fast", "slow0"]
    assert [delivery.delivery_id for delivery in left] == ["slow1", "slow2", "slow3", "slow4"]


def test_what_cannot_start_in_time_is_left() -> None:
    async def send(delivery: Due) -> Outcome:
        return DELIVERED

    due = [Delivery("1", "http://a.example/")]

    assert asyncio.run(deliver_batch(due, send, lambda d, o: None, start_within_s=-1)) == tuple(due)


def test_an_error_in_one_delivery_is_raised_after_all_others_had_their_turn() -> None:
    done: list[str] = []

    async def send(delivery: Due) -> Outcome:
        if delivery.delivery_id == "0":
            raise RuntimeError("a bug")
        return DELIVERED

    due = [Delivery(str(n), f"http://cms{n}.example/") for n in range(40)]
    with pytest.raises(RuntimeError, match="a bug"):
        asyncio.run(deliver_batch(due, send, lambda d, o: done.append(d.delivery_id)))
    assert len(done) == 39


def test_results_are_noted_one_at_a_time_outside_the_event_loop() -> None:
    threads: set[int] = set()
    inside = 0
    most = 0

    def note(delivery: Due, outcome: Outcome) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        threads.add(threading.get_ident())
        time.sleep(0.002)
        inside -= 1

    async def send(delivery: Due) -> Outcome:
        return DELIVERED

    asyncio.run(deliver_batch([Delivery(str(n), f"http://c{n}.example/") for n in range(20)], send, note))

    assert most == 1
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_the_sender_of_an_installation_signs_what_it_sends() -> None:
    secret = new_signing_secret()

    async def run() -> tuple[Outcome, dict[str, str], bytes]:
        async with serving(answer()) as raw:
            send = signed_sender(signing_secret=secret, allow=LOOPBACK)
            delivery = Delivery("1", f"http://127.0.0.1:{raw.port}/", body=b'{"a":1}', secret="the submitter's")
            outcome = await send(delivery)
            head, body = raw.requests[0]
            return outcome, dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line), body

    outcome, headers, body = asyncio.run(run())

    assert outcome.delivered
    assert headers["X-Webhook-Secret"] == "the submitter's"
    assert headers["webhook-id"] == "evt_1"
    assert verify(body, headers, secret)


@pytest.mark.parametrize("secret", ["a\r\nb: c", ""])
def test_a_secret_that_cannot_be_sent_is_an_outcome_of_its_own_delivery(secret: str) -> None:
    outcomes: list[Outcome] = []
    send = signed_sender(signing_secret=new_signing_secret(), allow=LOOPBACK)
    due = [Delivery("1", "http://127.0.0.1:9/", secret=secret)]

    asyncio.run(deliver_batch(due, send, lambda d, o: outcomes.append(o)))

    assert [(o.error_code, o.permanent) for o in outcomes] == [("webhook_secret_refused", True)]
