"""``/metrics``: a scrape gets reliable numbers."""

import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from meeting_pipeline import policies
from meeting_pipeline.api import policies as api_policies
from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.api.metrics import system
from meeting_pipeline.api.metrics.store import StoreCollector
from meeting_pipeline.domain.errors import OperatorError, StoreUnavailable
from meeting_pipeline.foundation.dagster_api import SensorState, SystemState
from meeting_pipeline.foundation.ownership import note_owner, owning
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.metrics.statistics import StatisticsOfStore
from meeting_pipeline.supervisor.health import Fault, Health, note_health
from meeting_pipeline_tests.store.samples import HOOK, Journey, completed, failed

BASE = "http://127.0.0.1:3001"
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture(autouse=True)
def always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_policies, "METRICS_FRESH_SECONDS", -1.0)
    monkeypatch.setattr(api_policies, "UI_METRICS_FRESH_SECONDS", -1.0)


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(installation, guarded=False)), base_url=BASE) as client:
        yield client


def parsed(text: str) -> Samples:
    return {
        (sample.name.removeprefix("meeting_pipeline_"), tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scraped(client: TestClient) -> Samples:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return parsed(answer.text)


def labels(**given: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(given.items()))


def test_an_empty_installation_has_the_numbers_that_alerts_need(client: TestClient) -> None:
    found = scraped(client)
    assert found["database_up", ()] == 1
    assert found["dagster_ui_up", ()] == 0
    assert found["webhook_lag_seconds", ()] == 0
    assert found["recordings_accepted_total", ()] == 0
    assert found["disk_free_bytes", ()] > 0
    assert any(name == "build_info" and dict(words)["version"] for name, words in found)
    assert not any(name.startswith("sensor_") for name, _ in found)


def test_recordings_and_their_durations_are_told(client: TestClient, installation: Installation) -> None:
    completed(installation.store, 1, hook=HOOK)
    failed(installation.store, 2)
    Journey(installation.store, number=3).accept(needs_order=True)
    found = scraped(client)
    assert found["recordings", labels(status="completed", stage="done")] == 1
    assert found["recordings_failed", labels(code="no_speech")] == 1
    assert found["recording_failures_total", labels(code="no_speech")] == 1
    assert found["queue_recordings", labels(stage="ordering")] == 1
    assert found["stage_duration_seconds_count", labels(stage="extracting")] == 1
    assert found["stage_duration_seconds_bucket", labels(stage="extracting", le="+Inf")] == 1
    assert found["recording_duration_seconds_count", labels(outcome="completed")] == 1
    assert found["webhook_deliveries", labels(host="127.0.0.1", state="pending")] == 1


def test_every_process_says_the_same(client: TestClient, installation: Installation) -> None:
    completed(installation.store, 1)
    of_store = ("process_", "python_", "http_", "build_", "disk_")
    first = {key: value for key, value in scraped(client).items() if not key[0].startswith(of_store)}
    with TestClient(build_app(Service(installation, guarded=False)), base_url=BASE) as other:
        second = {key: value for key, value in scraped(other).items() if not key[0].startswith(of_store)}
    ages = {key for key in first if key[0].endswith(("age_seconds", "lag_seconds"))}
    assert {key: first[key] for key in first if key not in ages} == {
        key: second[key] for key in second if key not in ages
    }


def test_a_store_that_is_away_is_said_and_nothing_is_made_up(
    client: TestClient, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_self: StatisticsOfStore) -> None:
        raise StoreUnavailable("database_unreachable", "It is away.")

    monkeypatch.setattr(StatisticsOfStore, "now", away)
    monkeypatch.setattr(StatisticsOfStore, "count_new", away)
    monkeypatch.setattr("meeting_pipeline.api.security.access.asks_for_key", lambda _service: False)
    found = scraped(client)
    assert found["database_up", ()] == 0
    assert not any(name.startswith(("recordings", "webhook", "queue")) for name, _ in found)


def test_a_full_disk_keeps_nobody_from_seeing_how_things_stand(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    completed(installation.store, 1)

    def full(_self: StatisticsOfStore) -> bool:
        raise StoreUnavailable("disk_full", "No room.")

    monkeypatch.setattr(StatisticsOfStore, "count_new", full)
    names = {metric.name for metric in StoreCollector(installation.store.statistics).collect()}
    assert {"meeting_pipeline_recordings", "meeting_pipeline_webhook_lag_seconds"} <= names


def test_a_scrape_counts_a_bounded_part_of_a_long_history(
    client: TestClient, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "STATISTICS_EVENTS", 2)
    monkeypatch.setattr(policies, "STATISTICS_ROUNDS", 2)
    for number in range(1, 4):
        Journey(installation.store, number=number).accept().begin()
    seen = [scraped(client)["recordings_accepted_total", ()] for _ in range(6)]
    assert seen == sorted(seen)
    assert seen[0] < seen[-1] == 3


def test_requests_are_counted_by_route_and_never_by_address(client: TestClient) -> None:
    client.get("/v1/recordings/some-recording?token=tokencanary")
    client.get("/nothing/tokencanary")
    client.request("BREW", "/healthz")
    found = scraped(client)
    counted = {key[1]: value for key, value in found.items() if key[0] == "http_requests_total"}
    assert counted[labels(route="/v1/recordings/{recording_id}", method="GET", status="422")] == 1
    assert counted[labels(route="-", method="GET", status="404")] == 1
    assert any(dict(words)["method"] == "other" for words in counted)
    assert (
        found["http_request_duration_seconds_count", labels(route="/v1/recordings/{recording_id}", method="GET")] == 1
    )
    assert "tokencanary" not in client.get("/metrics").text


def test_streams_that_are_open_are_counted(client: TestClient) -> None:
    http = client.app.state.metrics.http  # type: ignore[attr-defined]  # an application of ours
    http.stream_opened()
    assert scraped(client)["event_streams_open", ()] == 1
    http.stream_closed()
    assert scraped(client)["event_streams_open", ()] == 0


def test_a_key_is_asked_for_once_there_is_one(client: TestClient, installation: Installation) -> None:
    made = installation.store.api_keys.create("prometheus", "read")
    with TestClient(build_app(Service(installation, guarded=False)), base_url=BASE) as other:
        assert other.get("/metrics").status_code == 401
        assert other.get("/metrics", headers={"Authorization": f"Bearer {made.key}"}).status_code == 200


def test_what_the_ui_says_is_told_while_it_answers(
    client: TestClient, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = installation.store.context.now() - timedelta(0)
    state = SystemState(
        daemons={"SENSOR": True, "MONITORING": False},
        locations={"meeting_pipeline": True},
        sensors=(
            SensorState("drop_folder", running=True, began=now.timestamp(), seconds=0.25, failed=False),
            SensorState("new", running=True, began=None, seconds=None, failed=None),
        ),
    )
    answers: list[SystemState | OperatorError] = [state, OperatorError("ui_unreachable", "Away.")]

    class Ui:
        def __init__(self, _url: str, *, token: str | None, seconds: float) -> None:
            self.seconds = seconds

        def state(self) -> SystemState:
            answer = answers.pop(0)
            if isinstance(answer, OperatorError):
                raise answer
            return answer

    monkeypatch.setattr(system, "DagsterApi", Ui)
    with owning(installation.settings.home):
        note_owner(installation.settings.home, "http://127.0.0.1:1", None)
        found, away = scraped(client), scraped(client)
    assert found["dagster_ui_up", ()] == 1
    assert found["daemon_healthy", labels(daemon="MONITORING")] == 0
    assert found["sensor_tick_duration_seconds", labels(sensor="drop_folder")] == 0.25
    assert ("sensor_tick_age_seconds", labels(sensor="new")) not in found
    assert found["sensor_running", labels(sensor="new")] == 1
    assert away["dagster_ui_up", ()] == 0
    assert not any(name.startswith(("sensor_", "daemon_")) for name, _ in away)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed (Debian: package prometheus)")
def test_prometheus_own_tool_finds_nothing_odd(client: TestClient, installation: Installation) -> None:
    completed(installation.store, 1, hook=HOOK)
    failed(installation.store, 2)
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=client.get("/metrics").text, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_parts_of_the_running_system_are_measured(client: TestClient, installation: Installation) -> None:
    home = installation.settings.home
    with owning(home):
        note_owner(home, "http://127.0.0.1:9")
        fault = Fault("outbox", "A webhook has been due for 700 s.", 9.0)
        note_health(home, Health((fault,), {"daemon": 2}, {"daemon": True}))
        found = scraped(client)
    assert found["part_working", (("part", "daemon"),)] == 1
    assert found["part_working", (("part", "outbox"),)] == 0
    assert found["part_restarts_total", (("part", "daemon"),)] == 2
    assert not any(name.startswith("part_") for name, _ in scraped(client)), "nothing runs"
