"""A new storage of Dagster in a test is a copy of an empty one, which the first test made.

Making one takes a third of a second of a processor: Dagster creates some thirty tables in each of three databases, and Alembic
reads sixty scripts to stamp each of them. Tests of our own storage make it themselves (``made_anew``).
Belongs here: those copies. Must not go here: instances for tests (``dagster_runs.py``, ``dagster_storage/support.py``).
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

_EMPTY: dict[str, sqlite3.Connection] = {}
"""Kind of database -> an empty one, in memory."""
_FILES: dict[str, bytes] = {}
"""Kind of database -> the file of an empty one."""
_copying = [True]


@contextmanager
def made_anew() -> Iterator[None]:
    """Within the block, Dagster makes each storage itself."""
    _copying[0] = False
    try:
        yield
    finally:
        _copying[0] = True


def is_made_anew() -> bool:
    """Whether this is such a block."""
    return not _copying[0]


def pytest_collection_finish() -> None:
    """Copy from now on, if any test has imported Dagster."""
    if "dagster" in sys.modules:
        _copy_in_memory()
        _copy_files()
        _copy_our_files()


# --- in memory --------------------------------------------------------------------------------------------------------


class _Tables:
    """Takes the place of the tables that Dagster creates in a database in memory."""

    def __init__(self, kind: str, tables: Any) -> None:
        self._kind, self._tables = kind, tables

    def create_all(self, connection: Any) -> None:
        if self._kind in _EMPTY:
            _EMPTY[self._kind].backup(connection.connection.driver_connection)
        else:
            self._tables.create_all(connection)


def _copy_in_memory() -> None:
    from dagster._core.storage.event_log import in_memory as events
    from dagster._core.storage.runs import in_memory as runs

    for module, name in ((events, "SqlEventLogStorageMetadata"), (runs, "RunStorageSqlMetadata")):
        _copy_those_of(module, name)


def _copy_those_of(module: Any, name: str) -> None:
    stamp = module.stamp_alembic_rev

    def stamp_once(config: Any, connection: Any) -> None:
        if name not in _EMPTY:
            stamp(config, connection)
            _EMPTY[name] = sqlite3.connect(":memory:", check_same_thread=False)
            connection.connection.driver_connection.commit()
            connection.connection.driver_connection.backup(_EMPTY[name])

    setattr(module, name, _Tables(name, getattr(module, name)))
    module.stamp_alembic_rev = stamp_once


# --- files ------------------------------------------------------------------------------------------------------------


@contextmanager
def _copied(kind: str, path: Path) -> Iterator[None]:
    """Copy a missing file; the first of its kind is made within the block."""
    new = _copying[0] and not path.exists()
    if new and kind in _FILES:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_FILES[kind])
    yield
    if new and kind not in _FILES:
        _remember(kind, path)


def _remember(kind: str, path: Path) -> None:
    """Keep what is in a database, also what is still in its journal."""
    with closing(sqlite3.connect(path)) as source:
        source.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _FILES[kind] = path.read_bytes()


def _copy_files() -> None:
    from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
    from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
    from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import SqliteScheduleStorage

    _copy_one_file(SqliteRunStorage, "runs.db")
    _copy_one_file(SqliteScheduleStorage, "schedules.db")
    events: Any = SqliteEventLogStorage
    open_events, make_shard = events.__init__, events._initdb

    def init(self: Any, base_dir: str, inst_data: Any = None) -> None:
        with _copied("index.db", Path(base_dir) / "index.db"):
            open_events(self, base_dir, inst_data)

    def initdb(self: Any, engine: Any, for_index_shard: bool = False) -> None:
        if for_index_shard:
            make_shard(self, engine, for_index_shard)
            return
        with _copied("events of a run", Path(engine.url.database)):
            make_shard(self, engine)

    events.__init__, events._initdb = init, initdb


def _copy_one_file(storage: Any, name: str) -> None:
    open_storage = storage.from_local.__func__

    def from_local(cls: Any, base_dir: str, inst_data: Any = None) -> Any:
        with _copied(name, Path(base_dir) / name):
            return open_storage(cls, base_dir, inst_data)

    storage.from_local = classmethod(from_local)


def _copy_our_files() -> None:
    from meeting_pipeline.dagster_storage import sqlite_engines as engines

    make, mark_prepared = engines._make, engines.SqliteEngines.mark_prepared
    made: set[Path] = set()

    def copy_or_make(path: Path) -> None:
        if not _copying[0] or (path.exists() and path.stat().st_size):
            make(path)
        elif path.name in ours:
            path.write_bytes(ours[path.name])
        else:
            make(path)
            made.add(path)

    def prepared(self: engines.SqliteEngines, path: Path) -> None:
        mark_prepared(self, path)
        if path in made:
            made.remove(path)
            _remember(f"our {path.name}", path)
            ours[path.name] = _FILES[f"our {path.name}"]

    ours: dict[str, bytes] = {}
    engines._make = copy_or_make
    engines.SqliteEngines.mark_prepared = prepared  # type: ignore[method-assign]
