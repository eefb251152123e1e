"""A database that is down at the start, and one that is restarted while a worker runs."""

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from meeting_pipeline.defs import policies
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.installation import open_installation
from meeting_pipeline.settings import Settings, load_settings
from meeting_pipeline.steps.heartbeat import beating
from meeting_pipeline.supervisor.waiting import wait_for_database
from meeting_pipeline_tests.chaos.faults_database import Server
from meeting_pipeline_tests.store.samples import OPTIONS, new_recording
from meeting_pipeline_tests.store.test_interrupted_migrations import at_version

PATIENCE_S = 300.0


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that keeps its data while it is down."""
    made = Server()
    yield made
    made.close()


@pytest.fixture
def settings(server: Server, tmp_path: Path) -> Settings:
    return load_settings({"MEETING_PIPELINE_HOME": str(tmp_path), "MEETING_PIPELINE_DATABASE_URL": server.url})


def start_when_it_is_missed(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """Not after a while: on a busy machine it would be there before anybody looked for it."""
    ends = time.monotonic() + PATIENCE_S
    while "refused" not in caplog.text and time.monotonic() < ends:
        time.sleep(0.05)
    server.start()


@pytest.mark.postgres
def test_a_start_without_its_database_says_so_once_and_goes_on_when_it_comes(
    server: Server, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "meeting_pipeline.supervisor.waiting")
    server.end_at_once()
    later = threading.Thread(target=start_when_it_is_missed, args=(server, caplog))
    later.start()
    wait_for_database(settings)
    later.join()
    said = [record.getMessage() for record in caplog.records if record.name == "meeting_pipeline.supervisor.waiting"]
    assert "Waiting for the database" in said[0]
    assert "does not respond" in said[0]
    assert len([line for line in said if "refused" in line]) == 1
    assert said[-1].startswith("The database responds after")


def test_a_worker_changes_no_schema_and_waits_for_nothing_that_only_up_can_make(tmp_path: Path) -> None:
    settings = load_settings({"MEETING_PIPELINE_HOME": str(tmp_path)})
    with pytest.raises(OperatorError) as caught:
        wait_for_database(settings, migrate=False)
    assert caught.value.code == "not_running"
    at_version(settings.store_url, "0036")
    wait_for_database(settings, migrate=False)
    installation = open_installation(settings, migrate=False)
    assert installation.store.database.schema_version() == "0036"
    installation.store.close()


def test_what_no_wait_can_mend_ends_the_start(tmp_path: Path) -> None:
    (tmp_path / "meetings.sqlite3").write_text("This is a diary, not a database. " * 100)
    with pytest.raises(OperatorError) as caught:
        wait_for_database(load_settings({"MEETING_PIPELINE_HOME": str(tmp_path)}))
    assert caught.value.code == "database_unusable"


@pytest.mark.postgres
def test_a_worker_outlasts_a_restart_and_its_heart_goes_on(server: Server, settings: Settings) -> None:
    store = open_installation(settings).store
    store.database.retry_budget.seconds = policies.DATABASE_RETRY_BUDGET_SECONDS
    key = store.recordings.accept(new_recording(needs_order=True)).key
    store.leases.begin_batch("worker")
    order = store.orders.open(key, OPTIONS)
    store.orders.claim(order.id, "worker")
    beats: list[bool] = []
    after_the_restart = threading.Event()

    def beat() -> None:
        beats.append(bool(store.leases.heartbeat("worker")))
        if server_is_back.is_set():
            after_the_restart.set()

    server_is_back = threading.Event()

    def restart() -> None:
        server.start()
        server_is_back.set()

    with beating(beat, seconds=0.1):
        server.end_at_once()
        later = threading.Timer(1.5, restart)
        later.start()
        store.orders.ordered(order.id, "provider-1")  # paid: it must not be lost
        later.join()
        assert after_the_restart.wait(PATIENCE_S)
    assert store.orders.get(order.id).provider_id == "provider-1"
    assert all(beats), "no beat was told that the lease is lost"
    assert store.leases.holds("worker")
    assert store.lease_watch.silent_workers() == []
    store.close()


def test_a_start_has_providers_that_were_out_asked_at_once(tmp_path: Path) -> None:
    settings = load_settings({"MEETING_PIPELINE_HOME": str(tmp_path)})
    installation = open_installation(settings)
    error = OperatorError("assemblyai_key_refused", "The key was refused.", "Correct it.")
    installation.store.outages.failed("assemblyai", Service.TRANSCRIPTION, error, None)
    assert not installation.store.outages.claim_probe("assemblyai", Service.TRANSCRIPTION)
    wait_for_database(settings)
    assert installation.store.outages.claim_probe("assemblyai", Service.TRANSCRIPTION)
    installation.store.close()
