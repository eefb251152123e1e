"""The contents of an older database stay valid after the upgrade: costs count, and pending deliveries have a target."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from cryptography.fernet import Fernet

import meeting_pipeline.store
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.secrets import Cipher
from meeting_pipeline.store.outbox.webhook_urls import target_of
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.samples import question, render

KEY = "2025-03-14-weekly-00000001"
NOW = datetime(2025, 3, 14, tzinfo=UTC)
RECORDING = {
    "key": KEY, "title": "T", "original_name": "t.wav", "source": "cli", "sha256": "0" * 64, "size_bytes": 1,
    "duration_ms": 1, "meeting_date": NOW.date(), "participants": [], "keyterms": [], "status": "completed",
    "stage": "done", "attempts": 0, "requests": 0, "worker_losses": 0, "revision": 1, "event_seq": 1,
    "created_at": NOW, "updated_at": NOW,
}  # fmt: skip


def artifact(kind: str, calls: int) -> dict[str, Any]:
    return {
        "id": f"id-{kind}", "recording_key": KEY, "kind": kind, "version": 1, "available": True,
        "input_hash": "q", "provenance": {"provider": "openai", "model": "m-old"}, "calls": calls,
        "input_tokens": 100 * calls, "cached_tokens": 0, "output_tokens": 10 * calls, "cost_usd": 0.25 * calls,
        "prompt_version": "p1", "run_id": "r", "created_at": NOW,
    }  # fmt: skip


def _upgrade(database: Database, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(meeting_pipeline.store.__file__).parent / "migrations"))
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


@pytest.fixture
def older(empty_url: str) -> Database:
    """A database with the first schema, holding a transcript and a paid summary."""
    database = Database(empty_url)
    _upgrade(database, "0001")
    tables = sa.MetaData()
    tables.reflect(database.engine)
    with database.engine.begin() as connection:
        connection.execute(sa.insert(tables.tables["recordings"]), RECORDING)
        connection.execute(sa.insert(tables.tables["artifacts"]), [artifact("transcript", 0), artifact("summary", 2)])
    return database


def test_answers_of_an_older_database_keep_their_cost_and_are_not_reused(older: Database) -> None:
    older.migrate()
    store = Store(StoreContext(older, Cipher(Fernet.generate_key().decode())), render)
    assert store.records.get(KEY).cost_usd == 0.5
    store.lifecycle.begin(KEY, "run", collecting=False)
    begun = store.llm_calls.begin(KEY, "run", question("q"))
    assert not hasattr(begun, "reply")
    store.close()


def test_deliveries_of_an_older_database_know_their_target(older: Database) -> None:
    url = "https://CMS.example.org/hook"
    tables = sa.MetaData()
    tables.reflect(older.engine)
    submission = {"id": "s", "recording_key": KEY, "source": "cli", "original_name": "t.wav", "duplicate": False}
    event = {"id": "e", "recording_key": KEY, "revision": 1, "type": "meeting.completed", "result_hash": "h"}
    delivery = {"id": "d", "event_id": "e", "submission_id": "s", "recording_key": KEY, "state": "pending"}
    with older.engine.begin() as connection:
        for name, row in (
            ("submissions", submission | {"webhook_url": url, "submitted_at": NOW}),
            ("webhook_events", event | {"body": b"{}", "created_at": NOW}),
            ("webhook_deliveries", delivery | {"attempts": 0, "next_at": NOW, "created_at": NOW}),
        ):
            connection.execute(sa.insert(tables.tables[name]), row)
    older.migrate()
    store = Store(StoreContext(older, Cipher(Fernet.generate_key().decode())), render)
    (kept,) = store.deliveries.list()
    assert (kept.target, kept.host) == (target_of(url), "cms.example.org")
    assert [taken.url for taken in store.outbox.take(1)] == [url]
    older.close()


def test_a_recording_that_waited_keeps_its_reason_by_the_new_name(older: Database) -> None:
    with older.engine.begin() as connection:
        connection.execute(sa.text("UPDATE recordings SET error_code = 'machine_trouble'"))
    older.migrate()
    store = Store(StoreContext(older, Cipher(Fernet.generate_key().decode())), render)
    assert store.recordings.get(KEY).error_code == "infrastructure_error"
    store.close()


def test_an_outage_goes_on_by_the_new_name_of_its_service(older: Database) -> None:
    row = {
        "provider": "openai", "service": "answers", "state": "open", "code": "provider_busy", "message": "", "advice": "",
        "operator": False, "since": NOW, "tries": 0, "probe_at": NOW,
    }  # fmt: skip
    _upgrade(older, "0009")
    tables = sa.MetaData()
    tables.reflect(older.engine)
    with older.engine.begin() as connection:
        connection.execute(sa.insert(tables.tables["provider_outages"]), row)
    older.migrate()
    store = Store(StoreContext(older, Cipher(Fernet.generate_key().decode())), render)
    assert [outage.service for outage in store.outages.open()] == [Service.LLM_CALLS]
    store.close()
