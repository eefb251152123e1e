"""Dagster's event log on SQLite: the events of all runs in ``event_log.db``, on connections that stay open.

The tables and queries are Dagster's; only how it connects and watches is ours. Must not go here: connections
(``sqlite_engines.py``).
"""

import sys
import threading
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meeting_pipeline.dagster_internals import (
    ConfigurableClassData,
    ConsolidatedSqliteEventLogStorage,
    SqlEventLogStorageMetadata,
    SqlPollingEventWatcher,
    sql,
)
from meeting_pipeline.dagster_storage.compressed_text import compress_events
from meeting_pipeline.dagster_storage.old_event_log import EVENT_LOG
from meeting_pipeline.dagster_storage.sqlite_engines import connected, preparing

if TYPE_CHECKING:
    import sqlalchemy as sa

    from meeting_pipeline.dagster_internals import EventHandlerFn


class EventLogStorage(ConsolidatedSqliteEventLogStorage):
    """The events of all runs, in ``event_log.db``."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        compress_events()
        self._path = Path(base_dir) / EVENT_LOG
        self._known_tables: set[str] = set()
        self._watcher: SqlPollingEventWatcher | None = None
        self._watching = threading.Lock()
        with preparing(self._path) as first:
            super().__init__(base_dir, inst_data)
            if first:
                self._create_tables()

    def _init_db(self) -> None:
        """Do nothing: Dagster calls this only if the file is missing. ``_create_tables`` also completes a partial one."""

    def _create_tables(self) -> None:
        with connected(self._path) as connection:
            revision, head = sql.check_alembic_revision(self._alembic_config(), connection)
            if revision and head:
                return
            SqlEventLogStorageMetadata.create_all(connection)
            # SQLite commits each table and index separately, and `create_all` gives no index to a table that it finds.
            for table in SqlEventLogStorageMetadata.sorted_tables:
                for index in table.indexes:
                    index.create(connection, checkfirst=True)
        self.reindex_events()
        self.reindex_assets()
        with connected(self._path) as connection:  # last: a database with this stamp is complete
            sql.stamp_alembic_rev(self._alembic_config(), connection)

    def _connect(self) -> AbstractContextManager["sa.Connection"]:  # type: ignore[override]  # Dagster's is a generator
        return connected(self._path)

    def has_table(self, table_name: str) -> bool:
        """Whether a table exists. Tables are never removed, so each is looked up once."""
        if table_name not in self._known_tables:
            with connected(self._path) as connection:
                if not connection.dialect.has_table(connection, table_name):
                    return False
            self._known_tables.add(table_name)
        return True

    def alembic_version(self) -> Any:
        """The revision of the tables, and the newest one."""
        with connected(self._path) as connection:
            return sql.check_alembic_revision(self._alembic_config(), connection)

    def watch(self, run_id: str, cursor: str | None, callback: "EventHandlerFn") -> None:
        """Call ``callback`` for each new event of a run, as the UI's page of a run wants it.

        By polling, as on PostgreSQL: new events are in the journal, and the file that Dagster would observe may not change
        for minutes.
        """
        with self._watching:
            if self._watcher is None:
                self._watcher = SqlPollingEventWatcher(self)
            self._watcher.watch_run(run_id, cursor, callback)

    def end_watch(self, run_id: str, handler: "EventHandlerFn") -> None:
        """Stop calling ``handler``."""
        if self._watcher is not None:
            self._watcher.unwatch_run(run_id, handler)

    def dispose(self) -> None:
        """End the polling. Connections stay open for the next storage of this process."""
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None

    def _alembic_config(self) -> Any:
        module = sys.modules[ConsolidatedSqliteEventLogStorage.__module__]
        return sql.get_alembic_config(str(module.__file__))
