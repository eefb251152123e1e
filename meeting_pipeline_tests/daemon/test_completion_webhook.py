"""From a provider's webhook to the poll that it causes: the provider, the HTTP service, the store and the waker at work.

Polling is so slow here that only the webhook can end the wait.
"""

import threading
import time
from collections.abc import Iterator

import pytest

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.daemon import policies
from meeting_pipeline.daemon.pending_work import TRANSCRIPTS_READY
from meeting_pipeline.daemon.wake_up import WakeUp
from meeting_pipeline.daemon.waker import Waker
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.transcription.order import OrderReport, order_due
from meeting_pipeline.steps.transcription.poll import poll_orders
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.fakes.server import LoopbackServer
from meeting_pipeline_tests.installations import OpenWith, accepted

AN_HOUR = 3600.0
LONG = 120.0
A_MOMENT = 1.5
NEVER = threading.Event()


@pytest.fixture
def served(open_with: OpenWith) -> Iterator[str]:
    """The address of the HTTP service."""
    with LoopbackServer(build_app(Service(open_with(), guarded=False)), lifespan=True) as server:
        yield server.url


@pytest.fixture
def waking(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[WakeUp, list[Waker]]]:
    """A waker that polls once an hour; the test starts it."""
    monkeypatch.setattr(policies, "POLL_FIRST_SECONDS", AN_HOUR)
    monkeypatch.setattr(policies, "ALL_SENSORS_SECONDS", AN_HOUR)
    started: list[Waker] = []
    yield WakeUp(), started
    for one in started:
        one.stop()


def woken(wake_up: WakeUp, seconds: float) -> bool:
    """Whether the sensor that polls is woken within this time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if TRANSCRIPTS_READY in wake_up.take(until - time.monotonic(), NEVER):
            return True
    return False


def ordered(installation: Installation, providers: Providers, waking: tuple[WakeUp, list[Waker]]) -> WakeUp:
    """A recording whose order was polled for, and which waits for the next poll an hour later."""
    providers.settings(processing_seconds=AN_HOUR)
    accepted(installation)
    assert order_due(installation, "worker") == OrderReport(placed=1)
    wake_up, started = waking
    started.append(Waker(installation, wake_up, lambda: None))
    started[0]._waiting._polled_at = -AN_HOUR  # however long this machine is up
    started[0].start()
    assert woken(wake_up, LONG), "the first poll"
    assert (poll_orders(installation).in_flight, poll_orders(installation).moved_on) == (1, 0)
    return wake_up


def test_a_webhook_causes_the_poll_that_finds_the_transcript(
    open_with: OpenWith, providers: Providers, served: str, waking: tuple[WakeUp, list[Waker]]
) -> None:
    installation = open_with(**providers.environment(), MEETING_PIPELINE_API_PUBLIC_URL=served)
    wake_up = ordered(installation, providers, waking)
    providers.finish()
    assert woken(wake_up, LONG)
    assert poll_orders(installation).moved_on == 1
    assert [row.stage for row in installation.store.recordings.list()] == [Stage.READY]
    ledger = providers.ledger()
    assert len(ledger["orders"]) == 1
    deadline = time.monotonic() + LONG
    while not (sent := providers.ledger()["webhooks"]):  # the provider notes the response a moment later
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert [one["status"] for one in sent] == [204]


def test_without_it_the_transcript_waits_for_the_next_poll(
    open_with: OpenWith, providers: Providers, waking: tuple[WakeUp, list[Waker]]
) -> None:
    installation = open_with(**providers.environment())
    wake_up = ordered(installation, providers, waking)
    providers.finish()
    assert not woken(wake_up, A_MOMENT)
    assert poll_orders(installation).moved_on == 1
