"""The newest code upgrades a database of each earlier schema, with rows in every table, and loses nothing.

Revisions and tables are discovered, so a new migration is tested without a change here. A migration that removes or
rewrites something on purpose must be named in ``TAKEN_AWAY``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from cryptography.fernet import Fernet

from meeting_pipeline.installation import open_installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline.store.engine import database as module
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.schema import SCHEMA_HEAD, VERSION_TABLE
from meeting_pipeline.store.engine.secrets import Cipher
from meeting_pipeline.store.recordings.queries import RecordingFilter
from meeting_pipeline.store.tables import Base
from meeting_pipeline_tests.postgres import PostgresServer, long_transactions
from meeting_pipeline_tests.store.conftest import BOTH
from meeting_pipeline_tests.store.earlier_schemas import EarlierSchemas

SCRIPTS = ScriptDirectory(str(Path(module.__file__).parents[1] / "migrations"))
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]
TAKEN_AWAY: dict[str, str] = dict.fromkeys(
    ("deleted_recordings.due_at", "deleted_recordings.unregistered_at", "deleted_recordings.tries"),
    "0006 has every deletion searched again, so its next try begins anew",
)
TAKEN_AWAY["deleted_recordings.changes"] = "0012 notes changed recordings instead of counting changes"
"""Tables, and columns as ``table.column``, that a migration removes or rewrites on purpose, with the reason."""
KEY = Fernet.generate_key().decode()
MOMENT = datetime(2025, 3, 14, 9, 26, 53, tzinfo=UTC)
ROWS = 2


def key(number: int) -> str:
    return f"2025-03-14-weekly-{number:08x}"


MEANT: dict[str, Any] = {
    "recordings.key": key,
    "recordings.sha256": lambda number: f"{number:064x}",
    "recordings.source": "cli",
    "recordings.status": lambda number: ("completed", "pending")[number - 1],
    "recordings.stage": lambda number: ("done", "queued")[number - 1],
    "recordings.error_code": None,
    "recordings.transcript_file": None,
    "recordings.attached": {"reference": "cms-1", "metadata": {}, "references": ["cms-1"]},
    "submissions.metadata": {},
    "artifacts.kind": lambda number: ("transcript", "summary")[number - 1],
    "artifacts.available": True,
    "artifacts.provenance": {"provider": "openai", "model": "m-1"},
    "artifacts.coverage": None,
    "artifacts.payload": None,
    "claim_edits.insight": "summary",
    "claim_edits.judgement": "accepted",
    "claim_edits.anchor": {"claim_id": "c", "text": "t", "segment_ids": [0], "owner": None},
    "record_edits.kind": "item",
    "record_edits.insight": "action_items",
    "record_edits.anchor": {"claim_id": "c", "text": "t", "segment_ids": [0], "owner": None},
    "record_edits.fields": {"status": "done"},
    "edit_history.before": {},
    "edit_history.after": {"status": "done"},
    "edit_history.restore": {},
    "gaps.insight": "summary",
    "speakers.label": "A",
    "segments.speaker": "A",
    "submissions.webhook_url": lambda number: f"https://cms.example.org/hook/{number}",
    "submissions.webhook_secret": Cipher(KEY).encrypt("correct-horse-battery"),
    "webhook_events.body": b'{"event": "meeting.completed"}',
    "webhook_deliveries.state": "pending",
    "run_leases.state": "ended",
    "transcription_orders.state": "collected",
    "paid_answers.insight": "summary",
    "paid_answers.state": "answered",
    "promotions.prompt": {},
    "provider_outages.service": "insights",
    "provider_outages.state": "open",
    "tallies.labels": lambda number: json.dumps([f"label-{number}"]),
    "tally_changes.labels": lambda number: json.dumps([f"label-{number}"]),
}
"""Values as the program writes them, where made-up ones would be invalid. All others are made up from the column type."""


def made_up(column: sa.Column[Any], number: int, *, sqlite: bool) -> Any:
    """A value of the column's type, different in each row."""
    kind = column.type
    if isinstance(kind, sa.JSON):
        return []
    if isinstance(kind, sa.Boolean):
        return False
    if isinstance(kind, sa.Integer):
        return number
    if isinstance(kind, sa.Numeric | sa.Float):
        return number + 0.5
    if isinstance(kind, sa.DateTime):
        return MOMENT.replace(tzinfo=None) if sqlite else MOMENT
    if isinstance(kind, sa.Date):
        return date(2025, 3, 14)
    if isinstance(kind, sa.LargeBinary):
        return b"{}"
    return f"{column.name}-{number}"[: getattr(kind, "length", None) or 200]


def row_of(table: sa.Table, number: int, *, sqlite: bool) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in table.columns:
        if _is_numbered(table, column, sqlite=sqlite):
            continue  # numbered by the database
        if column.foreign_keys:
            parent = next(iter(column.foreign_keys)).column
            row[column.name] = value_of(parent.table, parent, number, sqlite=sqlite)
        else:
            row[column.name] = value_of(table, column, number, sqlite=sqlite)
    return row


def _is_numbered(table: sa.Table, column: sa.Column[Any], *, sqlite: bool) -> bool:
    """Whether the database numbers the rows by this column."""
    if sqlite:
        return isinstance(column.type, sa.Integer) and list(table.primary_key) == [column]
    return column.identity is not None or "nextval" in str(getattr(column.server_default, "arg", ""))


def value_of(table: sa.Table, column: sa.Column[Any], number: int, *, sqlite: bool) -> Any:
    if column.name == "recording_key":
        return key(number)
    name = f"{table.name}.{column.name}"
    if name not in MEANT:
        return made_up(column, number, sqlite=sqlite)
    meant = MEANT[name]
    return meant(number) if callable(meant) else meant


def tables_of(database: Database) -> dict[str, sa.Table]:
    found = sa.MetaData()
    found.reflect(database.engine)
    return {
        table.name: table for table in found.sorted_tables if table.name != VERSION_TABLE and not _is_index(table.name)
    }


def _is_index(name: str | None) -> bool:
    """Whether it is SQLite's full-text index, a table that FTS5 keeps for it, or PostgreSQL's: no model has them."""
    return name is not None and name.startswith(("search_words", "ix_search_lines_words"))


def content(database: Database, tables: dict[str, sa.Table]) -> dict[str, list[dict[str, Any]]]:
    with database.engine.connect() as connection:
        return {
            name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            for name, table in tables.items()
        }


def fill(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Insert rows into every table. Returns the content of the database."""
    tables = tables_of(database)
    with database.engine.begin() as connection:
        for table in tables.values():
            rows = [row_of(table, number, sqlite=database.sqlite) for number in range(1, ROWS + 1)]
            connection.execute(sa.insert(table), rows)
    return content(database, tables)


def lost(before: dict[str, list[dict[str, Any]]], after: dict[str, list[dict[str, Any]]]) -> list[str]:
    """What the upgrade removed or changed."""
    found = []
    for name, rows in before.items():
        if name in TAKEN_AWAY:
            continue
        if name not in after:
            found.append(name)
            continue
        kept = {column for column in rows[0] if f"{name}.{column}" not in TAKEN_AWAY}
        now = [{column: row.get(column, "gone") for column in kept} for row in after[name]]
        found += [f"{name}: {row}" for row in rows if {column: row[column] for column in kept} not in now]
    return found


def differences(database: Database) -> list[Any]:
    """Differences between the schema and the models, as ``alembic check`` finds them."""
    with database.engine.connect() as connection:
        options = {
            "version_table": VERSION_TABLE,
            "compare_type": True,
            "compare_server_default": True,
            "include_name": lambda name, _kind, _parents: not _is_index(name),
        }
        found: list[Any] = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
        return found


def test_there_are_earlier_schemas() -> None:
    assert REVISIONS[0] == "0001"
    assert REVISIONS[-1] == SCHEMA_HEAD
    assert len(REVISIONS) >= 3


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EarlierSchemas]:
    schemas = EarlierSchemas(tmp_path_factory.mktemp("earlier"), REVISIONS)
    yield schemas
    schemas.close()


@pytest.fixture(params=BOTH)
def earlier_url(
    request: pytest.FixtureRequest, earlier: EarlierSchemas, revision: str, tmp_path: Path
) -> Iterator[str]:
    """URL of a database with the schema of the revision."""
    if request.param != "postgres":
        yield earlier.on_sqlite(revision, tmp_path / "earlier.sqlite3")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with long_transactions():
        name = earlier.on_postgres(revision, server)
        yield server.url(name)
    server.drop(name)


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_database_of_an_earlier_schema_loses_nothing_and_is_read_by_the_newest_code(
    earlier_url: str, revision: str, tmp_path: Path
) -> None:
    database = Database(earlier_url)
    assert database.schema_version() == revision
    before = fill(database)
    assert all(len(rows) == ROWS or name == "tally_changes" for name, rows in before.items())
    assert len(before) >= 14
    database.close()

    home = tmp_path / "home"
    if database.sqlite:
        home.mkdir()
        Path(str(database.url.database)).rename(home / "meetings.sqlite3")
    settings = {"MEETING_PIPELINE_HOME": str(home), "MEETING_PIPELINE_ENCRYPTION_KEY": KEY}
    if not database.sqlite:
        settings["MEETING_PIPELINE_DATABASE_URL"] = earlier_url
    installation = open_installation(load_settings(settings))
    store = installation.store
    try:
        assert store.database.schema_version() == SCHEMA_HEAD
        assert lost(before, content(store.database, tables_of(store.database))) == []
        assert differences(store.database) == []
        with store.database.read() as session:
            for mapper in Base.registry.mappers:
                session.scalars(sa.select(mapper.class_)).all()
        assert {one.row.key for one in store.overviews.page(RecordingFilter(), 10).items} == {key(1), key(2)}
        for number in (1, 2):
            assert store.records.get(key(number)).title == f"title-{number}"
        assert {taken.url for taken in store.outbox.take(10)} == {
            f"https://cms.example.org/hook/{number}" for number in (1, 2)
        }
    finally:
        store.close()
