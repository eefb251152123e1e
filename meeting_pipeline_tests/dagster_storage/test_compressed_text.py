"""Long events of partitions are stored compressed; what is searched in stays readable."""

import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from meeting_pipeline.dagster_internals import SqlEventLogStorageTable as Events
from meeting_pipeline.dagster_storage.compressed_text import CompressedText
from meeting_pipeline.dagster_storage.event_log import EventLogStorage
from meeting_pipeline.dagster_storage.event_words import EVENT_WORDS
from meeting_pipeline_tests.dagster_storage.support import opened, run

FIRST = dg.AssetKey("first")
pytestmark = [pytest.mark.runs, pytest.mark.processes]
WORDS = "many words " * 200


def stored(home: Path, query: str) -> list[object]:
    with closing(sqlite3.connect(home / "storage/history/event_log.db")) as connection:
        return [row[0] for row in connection.execute(query)]


def report(instance: dg.DagsterInstance, partition: str | None) -> None:
    instance.report_runless_asset_event(
        dg.AssetMaterialization(FIRST, partition=partition, metadata={"preview": WORDS}, description=WORDS)
    )


def test_an_event_of_a_partition_is_compressed_and_reads_as_before(tmp_path: Path) -> None:
    with opened(tmp_path) as instance:
        report(instance, "monday")
        event = instance.get_latest_materialization_event(FIRST)
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.metadata["preview"].value == WORDS
    [found] = stored(tmp_path, "SELECT event FROM event_logs WHERE partition = 'monday'")
    assert isinstance(found, bytes)
    assert len(found) < len(WORDS) / 4


def test_an_event_without_a_partition_stays_text_even_if_its_words_look_like_one(tmp_path: Path) -> None:
    with opened(tmp_path) as instance:
        report(instance, None)
        instance.report_runless_asset_event(dg.AssetMaterialization(FIRST, description='"partition": "monday"' + WORDS))
    assert {type(one) for one in stored(tmp_path, "SELECT event FROM event_logs")} == {str}


@pytest.mark.parametrize("damage", ["x'00'", "substr(event, 1, 40)", "substr(event, 3)", "'zlib:~ \"'", "'zlib:abc'"])
def test_a_damaged_event_is_left_out_and_the_others_are_read(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(tmp_path) as instance:
        for partition in ("monday", "tuesday"):
            report(instance, partition)
        with closing(sqlite3.connect(tmp_path / "storage/history/event_log.db")) as connection, connection:
            connection.execute(f"UPDATE event_logs SET event = {damage} WHERE partition = 'monday'")  # noqa: S608  # our own words
        found = instance.fetch_materializations(FIRST, limit=10).records
    assert [record.partition_key for record in found] == ["tuesday"]
    assert "Could not parse event record id" in caplog.text


def test_a_run_reads_as_before_and_what_was_stored_as_text_is_read_too(tmp_path: Path) -> None:
    with opened(tmp_path) as instance:
        run_id = run(instance, "monday")
        before = [dg.serialize_value(entry) for entry in instance.all_logs(run_id)]
    with closing(sqlite3.connect(tmp_path / "storage/history/event_log.db")) as connection:
        rows = connection.execute("SELECT id, event FROM event_logs").fetchall()
        packed = [(CompressedText().process_result_value(event, sqlite.dialect()), number) for number, event in rows]
        assert all(isinstance(text, str) for text, _ in packed)
        connection.executemany("UPDATE event_logs SET event = ? WHERE id = ?", packed)
        connection.commit()
    with opened(tmp_path) as instance:
        assert [dg.serialize_value(entry) for entry in instance.all_logs(run_id)] == before
        assert instance.get_materialized_partitions(FIRST) == {"monday"}


def test_sqlite_stores_bytes_and_postgresql_text() -> None:
    text = '{"event_type_value": "ASSET_MATERIALIZATION", "partition": "monday"}' + WORDS
    kind = CompressedText()
    packed = kind.process_bind_param(text, sqlite.dialect())
    assert isinstance(packed, bytes)
    assert kind.process_result_value(packed, sqlite.dialect()) == text
    postgres = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy gives it no types
    written = kind.process_bind_param(text, postgres)
    assert isinstance(written, str)
    assert len(written) < len(text) / 4
    assert kind.process_result_value(written, postgres) == text
    assert kind.process_result_value(text, postgres) == text, "stored by an earlier version"
    assert kind.process_bind_param(None, sqlite.dialect()) is None


def test_the_dictionary_is_the_one_with_which_earlier_events_were_compressed() -> None:
    """If this fails, do not change the number: put the dictionary back, and add another one."""
    assert zlib.adler32(EVENT_WORDS) == 0x5AA1C09F


def test_an_event_that_was_compressed_without_the_dictionary_is_read_too() -> None:
    text = '{"event_type_value": "ASSET_MATERIALIZATION", "partition": "monday"}' + WORDS
    assert CompressedText().process_result_value(zlib.compress(text.encode()), sqlite.dialect()) == text


def test_what_all_events_have_in_common_takes_no_room(tmp_path: Path) -> None:
    with opened(tmp_path) as instance:
        run_id = run(instance, "monday")
        [made] = instance.all_logs(run_id, dg.DagsterEventType.ASSET_MATERIALIZATION)[:1]
    text = dg.serialize_value(made) + " " * 1024  # long enough to be worth it
    packed = CompressedText().process_bind_param(text, sqlite.dialect())
    assert isinstance(packed, bytes)
    assert len(packed) < 0.6 * len(zlib.compress(text.encode()))


def test_a_search_in_the_column_searches_for_the_words_as_they_are(tmp_path: Path) -> None:
    with opened(tmp_path) as instance:
        report(instance, None)
        events = instance.event_log_storage
        assert isinstance(events, EventLogStorage)
        with events.index_connection() as connection:  # type: ignore[no-untyped-call]  # Dagster gives it no types
            query = sa.select(sa.func.count()).select_from(Events).where(Events.c.event.contains(WORDS[:1500]))
            assert connection.execute(query).scalar_one() == 1
