"""AssemblyAI's webhooks reach a running system, which shows their secret nowhere and buys nothing twice for a new address."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from meeting_pipeline_tests.canaries import in_files
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import Outside, System

pytestmark = pytest.mark.scenario

PUBLIC = "MEETING_PIPELINE_API_PUBLIC_URL"
AN_HOUR = 3600.0


@pytest.fixture(scope="module")
def system(others_at_work: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system whose provider finishes orders only when it is told to."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    with Outside() as outside:
        outside.providers.settings(processing_seconds=AN_HOUR, webhook_pause_seconds=0.5)
        home = tmp_path_factory.mktemp("webhook") / "home"
        settings = {"MEETING_PIPELINE_API_PORT": port, PUBLIC: f"http://127.0.0.1:{port}"}
        system = System(home, outside, **settings)
        try:
            yield system.start()
        finally:
            system.kill()


def test_a_finished_order_is_reported_to_the_system(system: System) -> None:
    providers = system.outside.providers
    dropped = system.drop("weekly.wav", media.wav("weekly"), hook="weekly")
    order = system.wait_for(lambda: system.outside.orders(dropped.sha256), "the order")[0]
    system.wait_for(lambda: system.recording(dropped)["stage"] == "transcribing", "the order to be in flight")

    # While the order is in flight, the address changes: neither its identity nor what is paid for depends on it.
    system.stop()
    system.settings[PUBLIC] = system.settings[PUBLIC].replace("127.0.0.1", "localhost")
    system.start()
    providers.finish()
    system.wait_until_told("weekly")
    system.wait_for(lambda: providers.ledger()["webhooks"], "the provider's webhook")

    sent = providers.ledger()["webhooks"]
    assert [(one["id"], one["status"]) for one in sent if one["status"] is not None] == [(order["id"], 204)]
    assert len(providers.ledger()["orders"]) == 1
    calls = [json.loads(line) for line in (system.home / "logs" / "http-service.log").read_text().splitlines()]
    assert [one["status"] for one in calls if one.get("route", "").endswith("/finished")] == [204]
    assert in_files(system.home, [order["config"]["webhook_auth_header_value"]]) == set()
