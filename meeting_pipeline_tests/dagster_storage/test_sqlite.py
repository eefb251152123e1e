"""Dagster's storage on SQLite: one event log for all runs, opened once, by any number of processes."""

from __future__ import annotations

import multiprocessing
import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from alembic.script import ScriptDirectory

from meeting_pipeline.dagster_storage import alembic_scripts
from meeting_pipeline_tests.dagster_storage.support import open_and_run, opened, run, run_beside_forks

pytestmark = [pytest.mark.runs, pytest.mark.processes]  # Dagster starts one when it opens an instance in a folder

FIRST, SECOND = dg.AssetKey("first"), dg.AssetKey("second")
_connections: list[str] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "sqlite3.connect":
        _connections.append(str(arguments[0]))


sys.addaudithook(_audit)


def test_runs_events_checks_and_partitions_are_found_again(tmp_path: Path) -> None:
    with opened(tmp_path) as instance:
        run_id = run(instance, "monday")
    with opened(tmp_path) as instance:
        record = instance.get_run_record_by_id(run_id)
        assert record is not None
        assert record.dagster_run.status is dg.DagsterRunStatus.SUCCESS
        event = instance.get_latest_materialization_event(FIRST)
        assert event is not None
        assert event.asset_materialization is not None
        assert event.asset_materialization.metadata["words"].value == 3
        assert instance.get_materialized_partitions(SECOND) == {"monday"}
        assert instance.get_dynamic_partitions("keys") == ["monday"]
        [check] = instance.event_log_storage.get_asset_check_execution_history(dg.AssetCheckKey(SECOND, "sound"), 10)
        assert check.event is not None
        assert any(entry.step_key == "second" for entry in instance.all_logs(run_id))


def test_no_run_has_a_file_of_its_own(tmp_path: Path) -> None:
    with opened(tmp_path) as instance:
        for key in ("monday", "tuesday", "friday"):
            run(instance, key)
        databases = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.db")}
    assert databases == {
        "storage/history/runs.db",
        "storage/history/event_log.db",
        "storage/schedules/schedules.db",
    }


def test_databases_are_opened_once_however_many_events_and_instances_there_are(tmp_path: Path) -> None:
    with opened(tmp_path) as instance:
        run(instance, "monday")
    before = len(_connections)
    for _ in range(3):
        with opened(tmp_path) as instance:
            run(instance, "tuesday")
            assert instance.get_runs_count() >= 2
    # The in-process run may use a second connection at the same time; Dagster's own storage opens some two hundred here.
    assert len(_connections) - before <= 6


def test_migration_scripts_are_read_once_per_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    def counting(config: Any) -> ScriptDirectory:
        read.append(config)
        return original(config)

    original = ScriptDirectory.from_config
    alembic_scripts._scripts.cache_clear()
    with opened(tmp_path / "first"):
        pass
    monkeypatch.setattr(ScriptDirectory, "from_config", counting)
    for name in ("first", "first"):
        with opened(tmp_path / name) as instance:
            assert instance.event_log_storage.alembic_version() is not None
            assert instance.run_storage.alembic_version() is not None
    assert read == []


def test_a_new_storage_is_at_the_newest_revision(tmp_path: Path) -> None:
    with opened(tmp_path) as instance:
        for storage in (instance.run_storage, instance.event_log_storage, instance.schedule_storage):
            assert storage is not None
            version = storage.alembic_version()
            assert version is not None
            assert version[0] == version[1] is not None


def test_a_database_that_was_replaced_is_opened_again(tmp_path: Path) -> None:
    with opened(tmp_path) as instance:
        run(instance, "monday")
        backup = tmp_path / "backup.db"
        log = tmp_path / "storage/history/event_log.db"
        with closing(sqlite3.connect(log)) as source, closing(sqlite3.connect(backup)) as target:
            source.backup(target)
        run(instance, "tuesday")
        for ending in ("", "-wal", "-shm"):
            (tmp_path / f"storage/history/event_log.db{ending}").unlink(missing_ok=True)
        backup.rename(tmp_path / "storage/history/event_log.db")
        assert instance.get_materialized_partitions(FIRST) == {"monday"}
    with opened(tmp_path) as instance:
        run(instance, "friday")
        assert instance.get_materialized_partitions(FIRST) == {"monday", "friday"}
    with closing(sqlite3.connect(tmp_path / "storage/history/event_log.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def _made(database: Path) -> set[str]:
    """Tables, indexes and finished migrations of an event log."""
    with closing(sqlite3.connect(database)) as connection:
        found = {str(name) for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        return found | {str(name) for (name,) in connection.execute("SELECT name FROM secondary_indexes")}


@pytest.mark.parametrize("left", ["nothing", "one table", "all tables, not yet stamped"])
def test_a_process_that_died_while_it_made_the_event_log_leaves_nothing_broken(tmp_path: Path, left: str) -> None:
    with opened(tmp_path / "whole") as instance:
        run(instance, "monday")
    made = tmp_path / "whole/storage/history/event_log.db"
    folder = tmp_path / "partial/storage/history"
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(made)) as source, closing(sqlite3.connect(folder / "event_log.db")) as partial:
        tables = [sql for (sql,) in source.execute("SELECT sql FROM sqlite_master WHERE type = 'table'") if sql]
        wanted = {"nothing": 0, "one table": 1}.get(left, len(tables))
        for sql in tables[:wanted]:
            if "sqlite_" not in sql.split("(")[0] and "alembic_version" not in sql.split("(")[0]:
                partial.execute(sql)
        partial.commit()
    with opened(tmp_path / "partial") as instance:
        run(instance, "monday")
        assert instance.get_materialized_partitions(FIRST) == {"monday"}
    assert _made(folder / "event_log.db") == _made(made)


def test_the_page_of_a_run_hears_of_each_event(tmp_path: Path) -> None:
    heard: list[str] = []
    ended = threading.Event()

    def hear(entry: dg.EventLogEntry, cursor: str) -> None:
        heard.append(cursor)
        if entry.dagster_event_type is dg.DagsterEventType.RUN_SUCCESS:
            ended.set()

    with opened(tmp_path) as instance:
        run_id = run(instance, "monday")
        instance.watch_event_logs(run_id, None, hear)
        assert ended.wait(120), heard
        instance.end_watch_event_logs(run_id, hear)
        assert len(heard) == len(instance.all_logs(run_id))


@pytest.mark.processes
def test_processes_that_start_at_once_make_one_storage(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=open_and_run, args=(tmp_path, f"key-{number}")) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    with opened(tmp_path) as instance:
        assert instance.get_materialized_partitions(SECOND) == {f"key-{number}" for number in range(4)}


@pytest.mark.processes
def test_a_forked_process_uses_connections_of_its_own(tmp_path: Path) -> None:
    with opened(tmp_path) as instance:
        run_beside_forks(instance, tmp_path)
    with closing(sqlite3.connect(tmp_path / "storage/history/event_log.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
