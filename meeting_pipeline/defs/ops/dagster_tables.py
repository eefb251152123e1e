"""Removes what Dagster's tables hold of one recording. The one module that knows these tables.

Dagster's public API deletes whole runs and partitions. It cannot delete a single event of a run that other recordings need,
the copies that it keeps beside the events (``asset_keys``, ``asset_check_executions``, ticks, backfills), or pages that a
database has freed but not overwritten. Written for Dagster 1.13; the tables are those of
``dagster/_core/storage/{event_log,runs,schedules}/schema.py``. With Dagster's own SQLite storage, which `dagster dev` uses
without our configuration, every run has its own database (a *shard*), and ``index.db`` repeats what concerns assets. Every
operation can be repeated after a crash.
Must not go here: what else is left of a recording (``steps/operations/delete.py``), when it is erased (``erasing.py``).
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import dagster as dg
import sqlalchemy as sa
from dagster import EventLogEntry, EventLogRecord, deserialize_value, serialize_value

from meeting_pipeline.dagster_internals import (
    BULK_ACTION_TERMINAL_STATUSES,
    PARTITION_NAME_TAG,
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    AssetKeyTable,
    BulkActionsTable,
    BulkActionStatus,
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
from meeting_pipeline.defs.ops.stored_text import Change, blank_in, rewrite, without
from meeting_pipeline.domain.keys import blanked, mentions_of

_Events = SqlEventLogStorageTable
_INDEX: Final = "index"
_AT_ONCE: Final = 500
"""Values per statement: databases limit the number of parameters."""
_TEXTS: Final[Sequence[tuple[sa.Table, str]]] = (
    (RunsTable, "run_body"),
    (RunTagsTable, "value"),
    (BulkActionsTable, "body"),
)
_TEXTS_OF_SCHEDULES: Final[Sequence[tuple[sa.Table, str]]] = (
    (JobTickTable, "tick_body"),
    (InstigatorsTable, "instigator_body"),
    (JobTable, "job_body"),
)
"""Columns in which recording keys appear among other things: requests of sensors, tags of runs, backfills."""

_BACKFILLS_UNDER_WAY: Final = tuple(
    status.value for status in BulkActionStatus if status not in BULK_ACTION_TERMINAL_STATUSES
)


class UnknownStorage(Exception):
    """Dagster's storage has a form that this module does not know."""


@dataclass
class Touched:
    """SQLite databases whose freed pages may hold what was removed, and how many entries were removed."""

    runs: int = 0
    events: int = 0
    mentions: int = 0
    databases: set[Path] = field(default_factory=set)


class DagsterTables:
    """Dagster's storage behind an instance. Raises ``UnknownStorage`` if it is not a SQL storage."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self._instance = instance
        events, runs, schedules = instance.event_log_storage, instance.run_storage, instance.schedule_storage
        if not isinstance(events, SqlEventLogStorage) or not isinstance(runs, SqlRunStorage):
            raise UnknownStorage(type(events).__name__)
        if schedules is not None and not isinstance(schedules, SqlScheduleStorage):
            raise UnknownStorage(type(schedules).__name__)
        self._events: SqlEventLogStorage = events
        self._runs: SqlRunStorage = runs
        self._schedules: SqlScheduleStorage | None = schedules

    # --- runs of the recording alone --------------------------------------------------------------------------------

    def runs_of(self, key: str, before: datetime | None) -> list[dg.RunRecord]:
        """Runs of this partition alone; with ``before``, only those created earlier."""
        found = self._instance.get_run_records(dg.RunsFilter(tags={PARTITION_NAME_TAG: key}))
        return [one for one in found if before is None or _utc(one.create_timestamp) < before]

    def is_in_a_backfill(self, key: str) -> bool:
        """Whether an unfinished backfill names this partition: it may still submit runs of it."""
        table = BulkActionsTable
        query = sa.select(table.c.body).where(table.c.status.in_(_BACKFILLS_UNDER_WAY), table.c.body.contains(key))
        with self._runs.connect() as connection:
            return any(mentions_of(key).search(body) for body in connection.execute(query).scalars())

    def delete_run(self, run_id: str, touched: Touched) -> None:
        """Delete a finished run: its events, tags, checks and captured output."""
        with self._index() as connection:
            mine = _Events.c.run_id == run_id
            found = connection.execute(sa.select(sa.func.count()).select_from(_Events).where(mine)).scalar_one()
            ids = list(connection.execute(sa.select(_Events.c.id).where(mine)).scalars())
            checks = AssetCheckExecutionsTable.delete().where(AssetCheckExecutionsTable.c.run_id == run_id)
            _delete_by_event(connection, ids)
            connection.execute(checks)
        shard = self._shard(run_id)
        if shard is not None and shard.is_file():
            with self._run(run_id) as connection:
                found = connection.execute(sa.select(sa.func.count()).select_from(_Events)).scalar_one()
        self._instance.compute_log_manager.delete_logs(prefix=[run_id])
        self._instance.delete_run(run_id)
        if shard is not None:
            for ending in ("", "-wal", "-shm"):
                Path(f"{shard}{ending}").unlink(missing_ok=True)
        touched.runs += 1
        touched.events += int(found)

    # --- events of runs that others need ----------------------------------------------------------------------------

    def delete_events(self, key: str, before: datetime | None, touched: Touched) -> None:
        """Delete the events of this partition from runs that also worked on others."""
        mine = [_Events.c.partition == key]
        if before is not None:
            mine.append(_Events.c.timestamp < _naive(before))
        with self._index() as connection:
            rows = connection.execute(sa.select(_Events.c.id, _Events.c.run_id).where(*mine)).all()
            _delete_by_event(connection, [row.id for row in rows])
            connection.execute(_Events.delete().where(*mine))
            if before is None:
                checks = AssetCheckExecutionsTable
                connection.execute(checks.delete().where(checks.c.partition == key))
        touched.events += len(rows)
        for run_id in {str(row.run_id) for row in rows}:
            shard = self._shard(run_id)
            if shard is not None and shard.is_file():
                with self._run(run_id) as connection:
                    connection.execute(_Events.delete().where(*mine))
                touched.databases.add(shard)

    def renew_asset_keys(self, assets: Sequence[dg.AssetKey]) -> None:
        """Update Dagster's second copy of each asset's newest materialization to the newest one that is left."""
        for asset in assets:
            name = asset.to_string()
            with self._index() as connection:
                column = AssetKeyTable.c.last_materialization
                kept = connection.execute(sa.select(column).where(AssetKeyTable.c.asset_key == name)).scalar()
                newest = connection.execute(
                    sa.select(_Events.c.id, _Events.c.event, _Events.c.run_id)
                    .where(
                        _Events.c.asset_key == name,
                        _Events.c.dagster_event_type == dg.DagsterEventType.ASSET_MATERIALIZATION.value,
                    )
                    .order_by(_Events.c.id.desc())
                    .limit(1)
                ).first()
                if kept is None or (newest is not None and _entry_of(kept) == json.loads(newest.event)):
                    continue
                values: dict[str, Any] = {"last_materialization": None, "last_run_id": None}
                if newest is not None:
                    entry = deserialize_value(newest.event, EventLogEntry)
                    record = EventLogRecord(storage_id=newest.id, event_log_entry=entry)
                    values = {"last_materialization": serialize_value(record), "last_run_id": newest.run_id}
                connection.execute(AssetKeyTable.update().where(AssetKeyTable.c.asset_key == name).values(values))
        self._instance.wipe_asset_cached_status(list(assets))

    # --- words in tables over all recordings ------------------------------------------------------------------------

    def drop_previews(
        self, assets: Sequence[dg.AssetKey], job: str, labels: frozenset[str], since: datetime, read_before: datetime,
        touched: Touched,
    ) -> bool:  # fmt: skip
        """Remove the metadata ``labels`` from these assets' events of runs (of ``job``) that may have read the recording.

        ``since``: when the recording arrived. ``read_before``: when it was deleted; runs that started later have not seen
        it. Numbers stay, so that Dagster can plot them. Returns whether a run that may have read it is still in progress.
        """
        wanted = sa.or_(*(_Events.c.event.contains(f'"{label}"', autoescape=True) for label in labels))
        named = [asset.to_string() for asset in assets]
        query = (
            sa.select(_Events.c.run_id)
            .where(_Events.c.asset_key.in_(named), _Events.c.timestamp >= _naive(since), wanted)
            .distinct()
        )
        with self._index() as connection:
            run_ids = set(connection.execute(query).scalars())
        active = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
        reading = [
            one
            for one in self._instance.get_run_records(dg.RunsFilter(statuses=active))
            if one.dagster_run.job_name == job or set(assets) & set(one.dagster_run.asset_selection or ())
        ]
        going_on = any(one.start_time is None or one.start_time <= read_before.timestamp() for one in reading)
        for run_id in run_ids:
            record = self._instance.get_run_record_by_id(str(run_id))
            if record is not None and record.start_time is not None and record.start_time > read_before.timestamp():
                continue
            self._rewrite(str(run_id), lambda text: without(text, labels), sa.and_(wanted), touched)
        return going_on

    # --- the key ----------------------------------------------------------------------------------------------------

    def blank_mentions(self, key: str, since: datetime, touched: Touched) -> None:
        """Blank the key, which is made from the title, wherever runs, ticks and backfills of other recordings mention it."""

        def blank(text: str) -> str:
            return mentions_of(key).sub(blanked(key), text)

        for table, column in _TEXTS:
            with self._runs.connect() as connection:
                touched.mentions += blank_in(connection, table, column, key, blank)
        if self._schedules is not None:
            for table, column in _TEXTS_OF_SCHEDULES:
                with self._schedules.connect() as connection:
                    touched.mentions += blank_in(connection, table, column, key, blank)
        with self._index() as connection:
            touched.mentions += blank_in(connection, _Events, "event", key, blank)
        for run_id in self._shards_that_mention(key, since):
            shard = self._shard(run_id)
            with self._run(run_id) as connection:
                touched.mentions += blank_in(connection, _Events, "event", key, blank)
            if shard is not None:
                touched.databases.add(shard)

    def _shards_that_mention(self, key: str, since: datetime) -> Iterator[str]:
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

    # --- freed pages ------------------------------------------------------------------------------------------------

    def compact(self, touched: Touched) -> None:
        """Rewrite the databases without their freed pages, and empty their journals.

        PostgreSQL: ``VACUUM`` frees the space of removed rows for reuse, but does not overwrite it. Raises: OSError,
        sqlite3.Error, sqlalchemy.exc.SQLAlchemyError.
        """
        with self._index() as connection:
            dialect = connection.dialect.name
        if dialect == "sqlite":
            for path in sorted(touched.databases | self.files()):
                compact_sqlite(path)
            return
        tables = [_Events, AssetKeyTable, AssetEventTagsTable, AssetCheckExecutionsTable, RunsTable, RunTagsTable]
        tables += [BulkActionsTable, JobTickTable, InstigatorsTable, JobTable]
        with self._index() as connection:
            known = set(sa.inspect(connection).get_table_names())
            for table in tables:
                if table.name in known:
                    connection.execute(sa.text(f'VACUUM "{table.name}"'))

    # --- connections ------------------------------------------------------------------------------------------------

    def _index(self) -> AbstractContextManager[sa.Connection]:
        found: AbstractContextManager[sa.Connection] = self._events.index_connection()
        return found

    def _run(self, run_id: str) -> AbstractContextManager[sa.Connection]:
        found: AbstractContextManager[sa.Connection] = self._events.run_connection(run_id)
        return found

    def files(self) -> set[Path]:
        """The databases that are SQLite files."""
        schedules = [] if self._schedules is None else [self._schedules.connect()]
        found = set()
        for connected in (self._index(), self._runs.connect(), *schedules):
            with connected as connection:
                if connection.dialect.name != "sqlite":
                    continue
                row = connection.execute(sa.text("PRAGMA database_list")).first()
            if row is not None and row[2]:
                found.add(Path(row[2]))
        return found

    def _shard(self, run_id: str) -> Path | None:
        """The database of one run on SQLite. Asking Dagster for a connection would create it again."""
        if isinstance(self._events, SqliteEventLogStorage):
            return Path(self._events.path_for_shard(run_id))
        return None

    def _rewrite(self, run_id: str, change: Change, wanted: sa.ColumnElement[bool], touched: Touched) -> None:
        mine = sa.and_(_Events.c.run_id == run_id, wanted)
        with self._index() as connection:
            touched.mentions += rewrite(connection, _Events, "event", mine, change)
        shard = self._shard(run_id)
        if shard is not None and shard.is_file():
            with self._run(run_id) as connection:
                rewrite(connection, _Events, "event", mine, change)
            touched.databases.add(shard)


def _delete_by_event(connection: sa.Connection, ids: Sequence[int]) -> None:
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        connection.execute(AssetEventTagsTable.delete().where(AssetEventTagsTable.c.event_id.in_(some)))


def _entry_of(stored: str) -> Any:
    """The event inside an ``asset_keys`` entry: a record around an event, or in older databases the event itself."""
    found = json.loads(stored)
    return found.get("event_log_entry", found)


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _naive(moment: datetime) -> datetime:
    """The time as Dagster stores it: in UTC, without a time zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)
