"""Fixtures: one server of each kind per session, reset before every test that uses it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from meeting_pipeline_tests.fakes.control import Providers, Receiver
from meeting_pipeline_tests.fakes.providers import providers_app
from meeting_pipeline_tests.fakes.receiver import ReceiverState, receiver_app
from meeting_pipeline_tests.fakes.server import LoopbackServer
from meeting_pipeline_tests.fakes.state import ProviderState


@pytest.fixture(scope="session")
def provider_service() -> Iterator[Providers]:
    """The loopback providers, running for the whole session."""
    with LoopbackServer(providers_app(ProviderState())) as server, Providers(server.url) as control:
        yield control


@pytest.fixture(scope="session")
def receiver_service() -> Iterator[Receiver]:
    """The webhook receiver, running for the whole session."""
    with LoopbackServer(receiver_app(ReceiverState())) as server, Receiver(server.url) as control:
        yield control


@pytest.fixture
def providers(provider_service: Providers) -> Providers:
    """The loopback providers with an empty ledger and no faults."""
    provider_service.clear()
    return provider_service


@pytest.fixture
def receiver(receiver_service: Receiver) -> Receiver:
    """The webhook receiver with nothing received; responds with 204."""
    receiver_service.clear()
    return receiver_service
