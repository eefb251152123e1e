"""AssemblyAI's webhooks reach a running system, which shows their secret nowhere and buys nothing twice for a new address."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from meeting_pipeline_tests.canaries import in_files
from meeting_pipeline_tests.ports import free_port
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.forked_up import QuickSystem
from meeting_pipeline_tests.scenario.system import AN_HOUR, Outside, System

pytestmark = pytest.mark.scenario

PUBLIC = "MEETING_PIPELINE_API_PUBLIC_URL"


@pytest.fixture(scope="module")
def system(others_at_work: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system whose provider finishes orders only when it is told to."""
    port = str(free_port())
    with Outside() as outside:
        outside.providers.settings(processing_seconds=AN_HOUR, webhook_pause_seconds=0.5)
        home = tmp_path_factory.mktemp("webhook") / "home"
        settings = {"MEETING_PIPELINE_API_PORT": port, PUBLIC: f"http://127.0.0.1:{port}"}
        system = QuickSystem(home, outside, **settings)
        try:
            yield system.start()
        finally:
            system.kill()


def responses(ledger: dict[str, Any]) -> list[tuple[str, int]]:
    """The webhooks of the provider that were answered."""
    return [(one["id"], one["status"]) for one in ledger["webhooks"] if one["status"] is not None]


def noted(system: System) -> list[int]:
    """What the system's log says of them. The last line may not be complete yet."""
    complete = (system.home / "logs" / "http-service.log").read_text().rpartition("\n")[0].splitlines()
    calls = [json.loads(line) for line in complete]
    return [one["status"] for one in calls if one.get("route", "").endswith("/finished")]


def test_a_finished_order_is_reported_to_the_system(system: System) -> None:
    providers = system.outside.providers
    dropped = system.drop("weekly.wav", media.wav("weekly"), hook="weekly")
    order = system.wait_for(lambda: system.outside.orders(dropped.sha256), "the order")[0]
    system.wait_until_ordered(dropped)

    # While the order is in flight, the address changes: neither its identity nor what is paid for depends on it.
    system.stop()
    system.settings[PUBLIC] = system.settings[PUBLIC].replace("127.0.0.1", "localhost")
    system.start()
    providers.finish()
    system.wait_until_told("weekly")
    sent = system.wait_for(lambda: responses(providers.ledger()), "the provider's webhook to be answered")

    assert sent == [(order["id"], 204)]
    assert len(providers.ledger()["orders"]) == 1
    assert system.wait_for(lambda: noted(system), "the call to be noted in the log") == [204]
    assert in_files(system.home, [order["config"]["webhook_auth_header_value"]]) == set()
