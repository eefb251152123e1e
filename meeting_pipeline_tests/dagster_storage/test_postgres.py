"""Dagster's storage on PostgreSQL: its tables are looked for once per process, and a connection stays open."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa

from meeting_pipeline.dagster_storage import postgres_engines
from meeting_pipeline_tests.dagster_storage.support import opened, run, run_beside_forks

pytestmark = pytest.mark.postgres


def _storage(url: str) -> dict[str, Any]:
    config = {"postgres_url": url}
    module = "meeting_pipeline.dagster_storage.postgres"
    return {"custom": {"module": module, "class": "PostgresStorage", "config": config}}


def test_only_the_first_opening_looks_for_the_tables(
    tmp_path: Path, empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path, _storage(empty_postgres_url)) as instance:
        run(instance, "monday")
    looked = []
    original = sa.inspect

    def counting(subject: Any) -> Any:
        looked.append(subject)
        return original(subject)

    monkeypatch.setattr(sa, "inspect", counting)
    with opened(tmp_path, _storage(empty_postgres_url)) as instance:
        assert looked == []
        assert instance.get_dynamic_partitions("keys") == ["monday"]


@dg.asset(pool="questions")
def in_a_pool() -> None:
    """An asset that takes a slot of a pool."""


def _limits(instance: dg.DagsterInstance) -> dict[str, tuple[int, bool]]:
    return {each.name: (each.limit, each.from_default) for each in instance.event_log_storage.get_pool_limits()}


def test_a_machine_with_another_limit_of_pools_runs_and_leaves_the_limit(
    tmp_path: Path, empty_postgres_url: str
) -> None:
    storage = _storage(empty_postgres_url)
    with opened(tmp_path / "control", storage, 6) as control, opened(tmp_path / "worker", storage, 4) as worker:
        assert dg.materialize([in_a_pool], instance=control).success, "the first run creates the pool"
        assert _limits(control) == {"questions": (6, True)}
        assert dg.materialize([in_a_pool], instance=worker).success
        assert _limits(control) == {"questions": (6, True)}
        assert control.event_log_storage.get_concurrency_info("questions").slot_count == 6


def test_a_machine_without_a_limit_of_pools_runs_and_leaves_the_limit(tmp_path: Path, empty_postgres_url: str) -> None:
    storage = _storage(empty_postgres_url)
    with opened(tmp_path / "control", storage, 6) as control, opened(tmp_path / "worker", storage) as worker:
        assert dg.materialize([in_a_pool], instance=control).success, "the first run creates the pool"
        assert dg.materialize([in_a_pool], instance=worker).success
        assert _limits(control) == {"questions": (6, True)}
        assert control.event_log_storage.get_concurrency_info("questions").slot_count == 6


def test_two_machines_may_create_a_pool_at_the_same_time(tmp_path: Path, empty_postgres_url: str) -> None:
    storage = _storage(empty_postgres_url)
    with opened(tmp_path / "control", storage, 6) as control, opened(tmp_path / "worker", storage, 4) as worker:
        for instance in (control, worker, control):  # each believes that there is none
            assert instance.event_log_storage.initialize_concurrency_limit_to_default("questions")
        assert _limits(worker) == {"questions": (6, True)}
        assert worker.event_log_storage.get_concurrency_info("questions").slot_count == 6


@contextmanager
def _connecting() -> Iterator[list[int]]:
    """The server processes that this process is given while the block runs."""
    begun: list[int] = []

    def note(connection: Any, _record: Any) -> None:
        begun.append(connection.info.backend_pid)

    sa.event.listen(sa.Pool, "connect", note)
    try:
        yield begun
    finally:
        sa.event.remove(sa.Pool, "connect", note)


def _in_use(url: str) -> set[int]:
    """The server processes of all connections to this database but the one that asks."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        asked = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        return set(connection.execute(sa.text(asked)).scalars())


def _end_all(url: str) -> None:
    """End all connections to this database, as a restart of the server does."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


def test_runs_events_and_ticks_share_one_connection_that_stays_open(tmp_path: Path, empty_postgres_url: str) -> None:
    with opened(tmp_path, _storage(empty_postgres_url)) as instance:
        run(instance, "monday")
        kept = _in_use(empty_postgres_url)
        assert len(kept) == 1
        with _connecting() as begun:
            run(instance, "tuesday")
            instance.all_instigator_state()
        assert begun == []
    with opened(tmp_path, _storage(empty_postgres_url)) as instance, _connecting() as begun:
        assert set(instance.get_dynamic_partitions("keys")) == {"monday", "tuesday"}
    assert begun == [], "the next opening uses it too"
    assert _in_use(empty_postgres_url) == kept


def test_after_a_restart_of_the_server_the_next_statement_succeeds(tmp_path: Path, empty_postgres_url: str) -> None:
    with opened(tmp_path, _storage(empty_postgres_url)) as instance:
        run(instance, "monday")
        _end_all(empty_postgres_url)
        assert instance.get_dynamic_partitions("keys") == ["monday"]
        _end_all(empty_postgres_url)
        run(instance, "tuesday")


def test_after_a_restart_of_the_server_pages_of_the_webserver_succeed(tmp_path: Path, empty_postgres_url: str) -> None:
    with opened(tmp_path, _storage(empty_postgres_url)) as instance:
        run(instance, "monday")
        instance.optimize_for_webserver(statement_timeout=5000, pool_recycle=3600, max_overflow=2)
        with instance.event_log_storage.index_connection() as connection:  # type: ignore[attr-defined]  # of SQL storages
            assert connection.execute(sa.text("SHOW statement_timeout")).scalar_one() == "5s"
        for _ in range(2):
            assert len(instance.get_run_records()) == 1
            assert instance.get_dynamic_partitions("keys") == ["monday"]
            assert instance.all_instigator_state() == []
            _end_all(empty_postgres_url)


def test_threads_that_ask_at_the_same_time_do_not_wait_and_leave_one_connection(
    tmp_path: Path, empty_postgres_url: str
) -> None:
    at_once = threading.Barrier(8, timeout=60)
    answers: list[int] = []

    def ask(engine: sa.Engine) -> None:
        with engine.connect() as connection:
            at_once.wait()  # all have a connection now
            answers.append(connection.execute(sa.text("SELECT 1")).scalar_one())

    with opened(tmp_path, _storage(empty_postgres_url)) as instance:
        run(instance, "monday")
        threads = [
            threading.Thread(target=ask, args=(postgres_engines.engine_of(empty_postgres_url),)) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert answers == [1] * 8
    _until_one_is_left(empty_postgres_url)


def _until_one_is_left(url: str) -> None:
    """The server ends its process some time after the client has closed the connection."""
    pause = threading.Event()
    while len(_in_use(url)) > 1:
        pause.wait(0.05)


@pytest.mark.processes
def test_a_forked_process_uses_connections_of_its_own(tmp_path: Path, empty_postgres_url: str) -> None:
    storage = _storage(empty_postgres_url)
    with opened(tmp_path, storage) as instance:
        run_beside_forks(instance, tmp_path, storage)


@pytest.mark.processes
def test_a_child_leaves_the_connection_alone_that_its_parent_had_in_use(empty_postgres_url: str) -> None:
    engine = postgres_engines.engine_of(empty_postgres_url)
    with engine.connect() as connection:
        mine = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                with engine.connect() as other:
                    code = int(other.execute(sa.text("SELECT pg_backend_pid()")).scalar_one() == mine)
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one() == mine


@pytest.mark.processes
def test_a_fork_closes_idle_connections_so_that_no_child_keeps_one_open(empty_postgres_url: str) -> None:
    engine = postgres_engines.engine_of(empty_postgres_url)
    with engine.connect() as connection:
        before = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.read(reading, 1)  # lives until the parent has looked
        os._exit(0)
    try:
        while before in _in_use(empty_postgres_url):
            threading.Event().wait(0.05)
    finally:
        os.write(writing, b".")
        os.waitpid(pid, 0)
        os.close(reading)
        os.close(writing)


def test_long_events_of_partitions_are_stored_compressed_and_read_as_before(
    tmp_path: Path, empty_postgres_url: str
) -> None:
    words = "many words " * 200
    with opened(tmp_path, _storage(empty_postgres_url)) as instance:
        made = dg.AssetMaterialization("first", partition="monday", metadata={"preview": words}, description=words)
        instance.report_runless_asset_event(made)
        found = instance.get_latest_materialization_event(dg.AssetKey("first"))
        [kept] = instance.fetch_materializations(dg.AssetKey("first"), limit=10).records
    for event in (found, kept.event_log_entry):
        assert event is not None
        assert event.asset_materialization is not None
        assert event.asset_materialization.metadata["preview"].value == words
    engine = sa.create_engine(empty_postgres_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        stored = connection.execute(sa.text("SELECT event FROM event_logs WHERE partition = 'monday'")).scalar_one()
    assert stored.startswith("zlib:")
    assert len(stored) < len(words) / 4


def test_the_catalog_of_tables_is_not_asked_again_in_this_process(tmp_path: Path, empty_postgres_url: str) -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "pg_catalog" in statement:
            asked.append(statement)

    def use(instance: dg.DagsterInstance, key: str) -> None:
        run(instance, key)
        instance.get_run_records(limit=1)
        instance.all_instigator_state()

    with opened(tmp_path, _storage(empty_postgres_url)) as instance:
        use(instance, "monday")
    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        with opened(tmp_path, _storage(empty_postgres_url)) as instance:
            use(instance, "tuesday")
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert asked == []
