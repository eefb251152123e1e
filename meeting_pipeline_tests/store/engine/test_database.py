"""Connections, migrations, and the errors an operator sees when the database is unusable."""

import logging
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from meeting_pipeline.domain.errors import OperatorError, PermanentError
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine import database as module
from meeting_pipeline.store.engine.compacting import compact
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.schema import OLDEST_SCHEMA, SCHEMA_HEAD, VERSION_TABLE
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import Base, Recording, SegmentRow
from meeting_pipeline_tests.postgres import PostgresServer
from meeting_pipeline_tests.store.samples import Journey, meet, new_recording, race, race_processes
from meeting_pipeline_tests.store.test_interrupted_migrations import at_version

SECRET = "geheim-4711"

OF_ONE_DATABASE = ("search_words", "ix_search_lines_words")
"""The full-text index, which the two databases make in ways of their own: no model describes it."""


def migrate_once(url: str) -> str | None:
    """Runs in separate processes."""
    database = Database(url)
    database.migrate()
    version = database.schema_version()
    database.close()
    return version


def test_an_empty_database_is_brought_up_to_date(empty_url: str) -> None:
    database = Database(empty_url)
    assert database.schema_version() is None
    database.migrate()
    assert database.schema_version() == SCHEMA_HEAD
    database.migrate()
    database.close()


def test_making_a_new_database_is_not_told_migration_by_migration(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    migrate_once(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    assert [one.message for one in caplog.records if one.name.startswith("alembic")] == []


def test_what_an_upgrade_changes_is_told_migration_by_migration(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"sqlite:///{tmp_path / 'old.sqlite3'}"
    at_version(url, OLDEST_SCHEMA)
    caplog.clear()
    caplog.set_level(logging.INFO)
    migrate_once(url)
    told = [one.message for one in caplog.records if one.name.startswith("alembic")]
    assert any(f"-> {SCHEMA_HEAD}" in line for line in told)
    assert not any("plugin" in line for line in told)


def test_the_named_head_is_the_newest_migration() -> None:
    scripts = ScriptDirectory(str(Path(module.__file__).parents[1] / "migrations"))
    assert scripts.get_heads() == [SCHEMA_HEAD]


def test_the_migrations_make_what_the_models_say(empty_url: str) -> None:
    database = Database(empty_url)
    database.migrate()
    with database.engine.connect() as connection:
        options = {
            "version_table": VERSION_TABLE,
            "compare_type": True,
            "compare_server_default": True,
            "include_name": lambda name, *_: name is None or not name.startswith(OF_ONE_DATABASE),
        }
        found = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
    database.close()
    assert found == []


def test_processes_that_start_at_once_migrate_once(empty_url: str) -> None:
    assert race_processes(4, migrate_once, empty_url) == [SCHEMA_HEAD] * 4


def open_each(folder: str) -> str | None:
    """Runs in separate processes, in step, so that each file is new to all of them."""
    for number in range(60):
        meet()
        url = f"sqlite:///{folder}/{number}.sqlite3"
        if number % 10 == 0:
            migrate_once(url)
            continue
        database = Database(
            url
        )  # the steps of a migration in which a file is new; the migrations would take most of the time
        assert database.schema_version() is None
        with database.write():
            pass
        database.close()
    return "all opened"


def test_processes_that_open_a_new_sqlite_file_at_once_wait_for_each_other(tmp_path: Path) -> None:
    assert race_processes(4, open_each, str(tmp_path)) == ["all opened"] * 4


def test_a_database_of_a_newer_program_is_left_alone(store_url: str) -> None:
    database = Database(store_url)
    set_version = text(f"UPDATE {VERSION_TABLE} SET version_num = :version")  # noqa: S608 - our own constant
    with database.write() as session:
        session.execute(set_version, {"version": "9999"})
    try:
        with pytest.raises(OperatorError) as caught:
            database.migrate()
    finally:
        with database.write() as session:
            session.execute(set_version, {"version": SCHEMA_HEAD})
        database.close()
    assert caught.value.code == "database_newer"


def test_a_newer_schema_that_works_with_this_program_is_used_as_it_is(store_url: str) -> None:
    database = Database(store_url)
    set_version = text(f"UPDATE {VERSION_TABLE} SET version_num = :version")  # noqa: S608 - our own constant
    say = text("INSERT INTO compatible_schemas (version, oldest) VALUES ('9999', :oldest)")
    change = text("UPDATE compatible_schemas SET oldest = :oldest WHERE version = '9999'")
    with database.write() as session:
        session.execute(set_version, {"version": "9999"})
        session.execute(say, {"oldest": SCHEMA_HEAD})
    try:
        database.migrate()
        assert database.schema_version() == "9999"
        with database.write() as session:
            session.execute(change, {"oldest": "9998"})
        with pytest.raises(OperatorError) as caught:
            database.migrate()
        assert caught.value.code == "database_newer"
    finally:
        with database.write() as session:
            session.execute(set_version, {"version": SCHEMA_HEAD})
        database.close()


def test_a_migration_says_which_programs_its_schema_works_with(empty_url: str) -> None:
    database = Database(empty_url)
    database.migrate()
    with database.read() as session:
        said = session.execute(text("SELECT oldest FROM compatible_schemas WHERE version = :v"), {"v": SCHEMA_HEAD})
        assert said.scalars().all() == [OLDEST_SCHEMA]
    database.close()


@pytest.mark.parametrize("query", ["", f"?password={SECRET}"])
def test_an_unreachable_server_is_named_without_its_password(query: str) -> None:
    database = Database(f"postgresql+psycopg2://someone:{SECRET}@127.0.0.1:9/meetings{query}")
    with pytest.raises(OperatorError) as caught:
        database.migrate()
    database.close()
    assert caught.value.code == "database_unreachable"
    assert "127.0.0.1:9/meetings" in caught.value.message
    assert SECRET not in f"{caught.value} {caught.value.__cause__}"


@pytest.mark.postgres
def test_the_server_ends_a_transaction_that_is_idle_for_a_minute(postgres_url: str) -> None:
    database = Database(postgres_url)
    with database.read() as session:
        assert session.scalar(text("SHOW idle_in_transaction_session_timeout")) == "1min"
    database.close()


@pytest.mark.postgres
def test_a_server_without_that_database_says_so(postgres_server: PostgresServer) -> None:
    database = Database(postgres_server.url("nowhere"))
    with pytest.raises(OperatorError) as caught:
        database.migrate()
    database.close()
    assert caught.value.code == "database_unreachable"
    assert '"nowhere" does not exist' in caught.value.message


@pytest.mark.postgres
def test_a_user_who_may_not_create_tables_is_told(postgres_server: PostgresServer, empty_postgres_url: str) -> None:
    admin = Database(empty_postgres_url)
    with admin.engine.begin() as connection:
        connection.execute(text("CREATE ROLE reader LOGIN"))
    reader = Database(str(make_url(empty_postgres_url).set(username="reader")))
    try:
        with pytest.raises(OperatorError) as caught:
            reader.migrate()
    finally:
        reader.close()
        with admin.engine.begin() as connection:
            connection.execute(text("DROP ROLE reader"))
        admin.close()
    assert caught.value.code == "database_unusable"
    assert "permission denied" in caught.value.message


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "meetings.sqlite3"
    path.write_text("This is a diary, not a database. " * 100)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(OperatorError) as caught:
        database.migrate()
    database.close()
    assert caught.value.code == "database_unusable"
    assert str(path) in caught.value.message


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OperatorError) as caught:
        Database(f"sqlite:///{tmp_path}/file/meetings.sqlite3").migrate()
    assert caught.value.code == "database_unreachable"


@pytest.mark.parametrize("url", ["nonsense", f"postgresql+psycopg2://someone:{SECRET}@host:port/meetings"])
def test_a_url_that_cannot_be_read_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(PermanentError) as caught:
        Database(url)
    assert caught.value.code == "bad_setting"
    assert SECRET not in str(caught.value)


def test_an_exception_undoes_the_whole_transaction(store: Store) -> None:
    journey = Journey(store).accept()

    def change_and_stumble() -> None:
        with store.database.write() as session:
            session.get_one(Recording, journey.key).title = "Changed"
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_stumble()
    assert store.recordings.get(journey.key).title == "Weekly"


def test_a_failed_statement_does_not_show_its_values(store: Store) -> None:
    journey = Journey(store).accept()

    def write_a_segment_twice() -> None:
        with store.database.write() as session:
            for _ in range(2):
                values = {"index": 0, "speaker": "A", "start_ms": 0, "end_ms": 1, "text": "We close the Oslo office."}
                session.execute(insert(SegmentRow).values(recording_key=journey.key, **values))

    with pytest.raises(IntegrityError) as caught:
        write_a_segment_twice()
    assert "segments" in str(caught.value)
    assert "Oslo" not in str(caught.value)


def test_a_reader_is_not_held_up_by_a_writer(store: Store) -> None:
    journey = Journey(store).accept()
    with store.database.write() as session:
        session.get_one(Recording, journey.key, with_for_update=True).title = "Changed"
        session.flush()
        assert store.recordings.get(journey.key).title == "Weekly"


def test_eight_writers_take_turns(store: Store) -> None:
    journey = Journey(store).accept()

    def add(_: int) -> None:
        for _ in range(5):
            with store.database.write() as session:
                session.get_one(Recording, journey.key, with_for_update=True).attempts += 1

    race(8, add)
    assert store.recordings.get(journey.key).attempts == 40


def test_moments_are_stored_in_utc_and_come_back_aware(store: Store) -> None:
    journey = Journey(store).accept()
    there = timezone(timedelta(hours=5, minutes=30))
    with store.database.write() as session:
        session.get_one(Recording, journey.key).due_at = datetime(2025, 3, 14, 12, 30, 0, 123456, tzinfo=there)
    due = store.recordings.get(journey.key).due_at
    assert due == datetime(2025, 3, 14, 7, 0, 0, 123456, tzinfo=UTC)
    assert due is not None
    assert due.utcoffset() == timedelta(0)


def test_a_moment_without_a_zone_is_refused(store: Store) -> None:
    with store.database.read() as session, pytest.raises(Exception, match="without a time zone"):
        session.scalar(select(Recording.key).where(Recording.due_at < datetime(2025, 3, 14)))  # noqa: DTZ001 - the point


def test_text_that_no_database_holds_is_stored_with_a_mark(store: Store) -> None:
    key = store.recordings.accept(new_recording(original_name="caf\udce9\x00.wav")).key
    assert store.recordings.get(key).original_name == "caf��.wav"


@pytest.mark.parametrize("name", ["a b", "b%2Fc", "what?x=1", "c#1", "i@j", "g:h", "ü😀", "back\\slash", "new\nline"])
def test_a_file_is_where_its_path_says_whatever_the_folder_is_called(tmp_path: Path, name: str) -> None:
    database = Database(f"sqlite:///{tmp_path / name / 'meetings.sqlite3'}")
    database.migrate()
    database.close()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name / "meetings.sqlite3").is_file()


def test_a_sqlite_database_is_not_written_anew_for_longer_than_writers_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path}/meetings.sqlite3")
    with database.write() as session:
        session.execute(text("CREATE TABLE words (word TEXT)"))
        session.execute(text("INSERT INTO words VALUES (:word)"), [{"word": "word" * 50}] * 5_000)
    monkeypatch.setattr(policies, "COMPACTING_SECONDS", -1.0)
    assert compact(database, []) == "database_busy"
    with database.write() as session:  # the database is not locked
        session.execute(text("DELETE FROM words"))
    monkeypatch.undo()
    assert compact(database, []) is None
    database.close()
    assert b"wordword" not in (tmp_path / "meetings.sqlite3").read_bytes()
