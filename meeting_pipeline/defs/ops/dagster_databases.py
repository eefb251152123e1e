"""The databases behind an instance of Dagster: connections, the database of each run, what they mention, freed pages.

Written for Dagster 1.13; the tables are those of ``dagster/_core/storage/{event_log,runs,schedules}/schema.py``. With Dagster's
own SQLite storage, which `dagster dev` uses without our configuration, every run has its own database (a *shard*), and
``index.db`` repeats what concerns assets.
Must not go here: what is removed of a recording (``dagster_tables.py``).
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import dagster as dg
import sqlalchemy as sa

from meeting_pipeline.dagster_internals import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    AssetKeyTable,
    BulkActionsTable,
    InstigatorsTable,
    JobTable,
    JobTickTable,
    RunsTable,
    RunTagsTable,
    SqlEventLogStorage,
    SqlEventLogStorageTable,
    SqliteEventLogStorage,
    SqlRunStorage,
    SqlScheduleStorage,
)
from meeting_pipeline.defs.ops.sqlite_pages import compact_sqlite
from meeting_pipeline.defs.ops.stored_text import Change, rewrite

_INDEX: Final = "index"


class UnknownStorage(Exception):
    """Dagster's storage has a form that this project does not know."""


@dataclass
class Touched:
    """SQLite databases whose freed pages may contain removed data, and how many entries were removed."""

    runs: int = 0
    events: int = 0
    mentions: int = 0
    databases: set[Path] = field(default_factory=set)


class DagsterDatabases:
    """The databases of an instance. Raises ``UnknownStorage`` if it has no SQL storage."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        events, runs, schedules = instance.event_log_storage, instance.run_storage, instance.schedule_storage
        if not isinstance(events, SqlEventLogStorage) or not isinstance(runs, SqlRunStorage):
            raise UnknownStorage(type(events).__name__)
        if schedules is not None and not isinstance(schedules, SqlScheduleStorage):
            raise UnknownStorage(type(schedules).__name__)
        self._events: SqlEventLogStorage = events
        self.runs: SqlRunStorage = runs
        self.schedules: SqlScheduleStorage | None = schedules

    def index(self) -> AbstractContextManager[sa.Connection]:
        """A connection to the events of all runs; with shards, to those of assets."""
        found: AbstractContextManager[sa.Connection] = self._events.index_connection()
        return found

    def run(self, run_id: str) -> AbstractContextManager[sa.Connection]:
        """A connection to the events of one run."""
        found: AbstractContextManager[sa.Connection] = self._events.run_connection(run_id)
        return found

    def shard(self, run_id: str) -> Path | None:
        """The database of one run on SQLite. Asking Dagster for a connection would create it again."""
        if isinstance(self._events, SqliteEventLogStorage):
            return Path(self._events.path_for_shard(run_id))
        return None

    def shards_mentioning(self, key: str, since: datetime) -> Iterator[str]:
        """The runs whose own database mentions this, among those written to since then."""
        if not isinstance(self._events, SqliteEventLogStorage):
            return
        folder = Path(self._events.path_for_shard(_INDEX)).parent
        for path in sorted(folder.glob("*.db")):
            if path.stem == _INDEX:
                continue
            files = [one for one in (path, Path(f"{path}-wal")) if one.is_file()]
            newest = max((one.stat().st_mtime for one in files), default=0.0)
            if newest >= since.timestamp() and any(key.encode() in one.read_bytes() for one in files):
                yield path.stem

    def rewrite(self, run_id: str, change: Change, wanted: sa.ColumnElement[bool], touched: Touched) -> None:
        """Change the events of a run that are wanted, wherever they are stored."""
        mine = sa.and_(SqlEventLogStorageTable.c.run_id == run_id, wanted)
        with self.index() as connection:
            touched.mentions += rewrite(connection, SqlEventLogStorageTable, "event", mine, change)
        shard = self.shard(run_id)
        if shard is not None and shard.is_file():
            with self.run(run_id) as connection:
                rewrite(connection, SqlEventLogStorageTable, "event", mine, change)
            touched.databases.add(shard)

    def files(self) -> set[Path]:
        """The databases that are SQLite files."""
        schedules = [] if self.schedules is None else [self.schedules.connect()]
        found = set()
        for connected in (self.index(), self.runs.connect(), *schedules):
            with connected as connection:
                if connection.dialect.name != "sqlite":
                    continue
                row = connection.execute(sa.text("PRAGMA database_list")).first()
            if row is not None and row[2]:
                found.add(Path(row[2]))
        return found

    def compact(self, touched: Touched) -> None:
        """Rewrite the databases without their freed pages, and empty their journals.

        PostgreSQL: ``VACUUM`` frees the space of removed rows for reuse, but does not overwrite it. Raises: OSError,
        sqlite3.Error, sqlalchemy.exc.SQLAlchemyError.
        """
        with self.index() as connection:
            dialect = connection.dialect.name
        if dialect == "sqlite":
            for path in sorted(touched.databases | self.files()):
                compact_sqlite(path)
            return
        tables = [
            SqlEventLogStorageTable,
            AssetKeyTable,
            AssetEventTagsTable,
            AssetCheckExecutionsTable,
            RunsTable,
            RunTagsTable,
        ]
        tables += [BulkActionsTable, JobTickTable, InstigatorsTable, JobTable]
        with self.index() as connection:
            known = set(sa.inspect(connection).get_table_names())
            for table in tables:
                if table.name in known:
                    connection.execute(sa.text(f'VACUUM "{table.name}"'))
