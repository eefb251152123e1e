"""``GET /v1/machines`` and the metrics of each worker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.machines import CONTROL, WORKER, Machine, Machines
from meeting_pipeline_tests.installations import Clock, OpenWith

BASE = "http://127.0.0.1:3001"
UP = Machine("control", CONTROL, "hq", "q-recordings", 6, "1.0", "0040-a", "key", "secret")
ONE = Machine("one-17", WORKER, "one", "q-recordings", 2, "1.0", "0040-a", "key", "secret")


@pytest.fixture
def queued(open_with: OpenWith) -> Installation:
    return open_with(MEETING_PIPELINE_BROKER_URL="redis://127.0.0.1:1/0")


@pytest.fixture
def client(queued: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(queued, guarded=False)), base_url=BASE) as client:
        yield client


def metrics(client: TestClient) -> dict[tuple[str, str], float]:
    return {
        (
            sample.name.removeprefix("meeting_pipeline_"),
            sample.labels.get("worker") or sample.labels["machine"],
        ): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
        if {"worker", "machine"} & set(sample.labels)
    }


def test_machines_are_listed_with_what_somebody_should_look_at(
    queued: Installation, client: TestClient, clock: Clock
) -> None:
    store = queued.store
    store.machines.announce(ONE)
    clock.advance(40)
    store.machines.announce(UP)
    Machines(store.context, lambda: clock() + timedelta(seconds=90)).announce(
        replace(ONE, name="two-18", code="0041-b", encryption_key="other")
    )
    found = client.get("/v1/machines").raise_for_status().json()["machines"]
    shown = [(one["name"], one["state"], one["same_code"], one["same_keys"]) for one in found]
    assert shown == [
        ("control", "working", True, True),
        ("one-17", "silent", True, True),
        ("two-18", "working", False, False),
    ]
    assert [one["slots"] for one in found] == [6, 2, 2]
    assert found[2]["clock_ahead_seconds"] == pytest.approx(90, abs=1)
    assert "secret" not in str(found), "not even fingerprints"


def test_each_worker_has_its_metrics(queued: Installation, client: TestClient, clock: Clock) -> None:
    queued.store.machines.announce(UP)
    queued.store.machines.announce(ONE)
    clock.advance(40)
    found = metrics(client)
    assert found["worker_up", "one-17"] == 0
    queued.store.machines.announce(ONE)
    found = metrics(client)
    assert (found["worker_up", "one-17"], found["worker_slots", "one-17"], found["worker_slots_busy", "one-17"]) == (
        1,
        2,
        0,
    )
    assert {machine for name, machine in found if name == "machine_clock_ahead_seconds"} == {"control", "one-17"}
    assert ("worker_up", "control") not in found


def test_without_machines_or_database_a_scrape_works(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert metrics(client) == {}

    def away(_: Machines) -> None:
        raise StoreUnavailable("database_unreachable", "The database does not respond.")

    monkeypatch.setattr(Machines, "all", away)
    assert metrics(client) == {}
    assert "no metrics of machines: database_unreachable" in caplog.text


def test_without_a_broker_there_are_none(installation: Installation) -> None:
    installation.store.machines.announce(ONE)  # from before the setting was removed
    with TestClient(build_app(Service(installation, guarded=False)), base_url=BASE) as client:
        assert client.get("/v1/machines").raise_for_status().json() == {"machines": []}
        assert metrics(client) == {}
