"""``/healthz`` and ``/readyz``: what works, what does not, and that nothing delays the response."""

import logging
import threading
import time
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api import policies as api_policies
from meeting_pipeline.api import readiness
from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.api.readiness import Check, Readiness
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.foundation import policies as foundation_policies
from meeting_pipeline.foundation.ownership import note_owner, owning
from meeting_pipeline.installation import Installation
from meeting_pipeline.supervisor.health import Fault, Health, note_health
from meeting_pipeline_tests.installations import Clock
from meeting_pipeline_tests.store.samples import HOOK, REFUSED, completed


def fine(_installation: Installation) -> str:
    return ""


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(installation, guarded=True)), base_url="http://127.0.0.1:3001") as client:
        yield client


def _with_checks(client: TestClient, installation: Installation, **checks: Check) -> TestClient:
    client.app.state.readiness = Readiness(installation, checks)  # type: ignore[attr-defined]  # an application of ours
    return client


def test_a_living_process_says_so_without_a_key(client: TestClient) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_it_is_ready_when_all_that_is_checked_works(client: TestClient, installation: Installation) -> None:
    answer = _with_checks(client, installation, database=fine, disk=fine).get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "checks": ["database", "disk"], "key_needed": True}


def test_what_does_not_work_is_named_by_its_code_and_in_full_in_the_log(
    client: TestClient, installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    def away(_installation: Installation) -> str:
        raise StoreUnavailable("database_unreachable", "The database at postgresql://cms@10.0.0.7 is away.")

    with caplog.at_level(logging.WARNING):
        answer = _with_checks(client, installation, database=away, disk=fine).get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_ready"
    said = "It is not working: database_unreachable."
    assert answer.json()["errors"] == [{"at": "database", "problem": said}]
    assert "database: The database at postgresql://cms@10.0.0.7 is away." in caplog.text


def test_a_check_that_breaks_says_what_broke_and_no_more(client: TestClient, installation: Installation) -> None:
    def broken(_installation: Installation) -> str:
        raise ValueError("postgresql://user:secret@host")

    answer = _with_checks(client, installation, disk=broken).get("/readyz")
    assert answer.json()["errors"] == [{"at": "disk", "problem": "The check failed (ValueError)."}]


@pytest.mark.slow
def test_a_part_that_hangs_keeps_no_answer_waiting_and_is_asked_once(
    client: TestClient, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_policies, "READY_CHECK_SECONDS", 5.0)  # enough for the check that is fine
    monkeypatch.setattr(api_policies, "READY_SEEN_SECONDS", 0.0)
    go_on, asked = threading.Event(), []

    def hanging(_installation: Installation) -> str:
        asked.append(1)
        go_on.wait(60)
        return ""

    _with_checks(client, installation, daemon=hanging, disk=fine)
    for _ in range(3):
        problems = client.get("/readyz").json()["errors"]
        assert problems == [{"at": "daemon", "problem": "No response within 5 s."}]
    assert asked == [1]
    go_on.set()
    deadline = time.monotonic() + 120
    while client.get("/readyz").status_code != 200:
        assert time.monotonic() < deadline


def test_many_probes_cost_one_look(
    client: TestClient, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_policies, "READY_SEEN_SECONDS", 3600.0)
    asked = []

    def counted(_installation: Installation) -> str:
        asked.append(1)
        return ""

    _with_checks(client, installation, disk=counted)
    for _ in range(5):
        client.get("/readyz")
    assert asked == [1]


def test_the_daemon_is_missed_where_no_system_runs(installation: Installation) -> None:
    assert "No `meeting-pipeline up` is running" in readiness.daemon(installation)
    with owning(installation.settings.home):
        note_owner(installation.settings.home, "http://127.0.0.1:9")
        found = Readiness(installation, {"daemon": readiness.daemon}).report()
    assert "ui_unreachable" in found[0].problem


def test_a_webhook_that_nobody_sends_is_noticed(installation: Installation, clock: Clock) -> None:
    completed(installation.store, 1, hook=HOOK)
    assert readiness.outbox(installation) == ""
    clock.advance(api_policies.READY_OUTBOX_SECONDS + 60)
    assert "has been due for" in readiness.outbox(installation)


def test_a_receiver_that_fails_is_not_our_trouble(installation: Installation, clock: Clock) -> None:
    completed(installation.store, 1, hook=HOOK)
    (taken,) = installation.store.outbox.take(10)
    installation.store.outbox.settle(taken, REFUSED, clock())
    clock.advance(api_policies.READY_OUTBOX_SECONDS + 60)
    assert readiness.outbox(installation) == ""


def test_no_room_on_the_disk_is_told(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    assert readiness.disk(installation) == ""
    monkeypatch.setattr(foundation_policies, "DISK_RESERVE_BYTES", 10**18)
    monkeypatch.setattr(foundation_policies, "DISK_RESERVE_SHARE", 2.0)
    found = Readiness(installation, {"disk": readiness.disk}).report()
    assert "disk_full" in found[0].problem
    assert str(installation.settings.home) not in found[0].problem


def test_a_part_that_up_has_found_not_to_work_is_named_without_its_reasons(installation: Installation) -> None:
    home = installation.settings.home
    with owning(home):
        note_owner(home, "http://127.0.0.1:9")
        note_health(home, Health((Fault("code-server", f"the socket folder {home}/run is gone", 3.0),)))
        [found] = Readiness(installation, {"parts": readiness.parts}).report()
        assert found.problem == "Not working: code-server."
        note_health(home, Health())
        assert readiness.parts(installation) == ""


def test_parts_of_a_system_that_does_not_run_are_not_judged(installation: Installation) -> None:
    note_health(installation.settings.home, Health((Fault("daemon", "old", 3.0),)))
    assert readiness.parts(installation) == ""


def test_a_problem_that_lasts_is_logged_once(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(api_policies, "READY_SEEN_SECONDS", -1.0)
    home = installation.settings.home
    lags = iter(range(600, 700))
    checks: dict[str, readiness.Check] = {
        "parts": readiness.parts, "outbox": lambda _: f"A webhook has been due for {next(lags)} s.",
    }  # fmt: skip
    looks = Readiness(installation, checks)
    with owning(home):
        note_owner(home, "http://127.0.0.1:9")
        for seconds in (3.0, 8.0, 13.0):
            note_health(home, Health((Fault("code-server", f"the socket folder {home}/run is gone", seconds),)))
            looks.report()
        assert caplog.text.count(f"the socket folder {home}/run is gone") == 1
        assert caplog.text.count("A webhook has been due") == 1
        note_health(home, Health((Fault("daemon", "no sensor has ticked for 50 s", 50.0),)))
        looks.report()
        assert caplog.text.count("no sensor has ticked") == 1
