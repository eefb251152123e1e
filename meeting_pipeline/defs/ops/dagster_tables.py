"""Removes a recording's data from Dagster's tables.

Dagster's public API deletes whole runs and partitions. It cannot delete a single event of a run that other recordings need, the
copies that it keeps in addition to the events (``asset_keys``, ``asset_check_executions``, ticks, backfills), or pages that a
database has freed but not overwritten. Every operation can be repeated after a crash.
Must not go here: the databases behind the tables (``dagster_databases.py``), what else is left of a recording
(``steps/operations/delete.py``), when it is erased (``erasing.py``).
"""

import json
from collections.abc import Iterator, Sequence
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
    SqlEventLogStorageTable,
)
from meeting_pipeline.defs.ops.check_events import check_events
from meeting_pipeline.defs.ops.dagster_databases import DagsterDatabases, Touched
from meeting_pipeline.defs.ops.stored_text import blank_in, without
from meeting_pipeline.domain.keys import blanked, mentions_of

_Events = SqlEventLogStorageTable
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


class DagsterTables:
    """Dagster's storage behind an instance. Raises ``UnknownStorage`` if it is not a SQL storage."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self._instance = instance
        self._databases = DagsterDatabases(instance)

    # --- runs of the recording alone --------------------------------------------------------------------------------

    def runs_of(self, key: str, before: datetime | None) -> list[dg.RunRecord]:
        """Runs of this partition alone; with ``before``, only those created earlier."""
        found = self._instance.get_run_records(dg.RunsFilter(tags={PARTITION_NAME_TAG: key}))
        return [one for one in found if before is None or _utc(one.create_timestamp) < before]

    def is_in_a_backfill(self, key: str) -> bool:
        """Whether an unfinished backfill names this partition: it may still submit runs of it."""
        table = BulkActionsTable
        query = sa.select(table.c.body).where(table.c.status.in_(_BACKFILLS_UNDER_WAY), table.c.body.contains(key))
        with self._databases.runs.connect() as connection:
            return any(mentions_of(key).search(body) for body in connection.execute(query).scalars())

    def delete_run(self, run_id: str, touched: Touched) -> None:
        """Delete a finished run: its events, tags, checks and captured output."""
        with self._databases.index() as connection:
            mine = _Events.c.run_id == run_id
            found = connection.execute(sa.select(sa.func.count()).select_from(_Events).where(mine)).scalar_one()
            ids = list(connection.execute(sa.select(_Events.c.id).where(mine)).scalars())
            checks = AssetCheckExecutionsTable.delete().where(AssetCheckExecutionsTable.c.run_id == run_id)
            _delete_by_event(connection, ids)
            connection.execute(checks)
        shard = self._databases.shard(run_id)
        if shard is not None and shard.is_file():
            with self._databases.run(run_id) as connection:
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
        with self._databases.index() as connection:
            rows = list(connection.execute(sa.select(_Events.c.id, _Events.c.run_id).where(*mine)).all())
            run_ids = {str(row.run_id) for row in rows}
            of_checks = check_events(connection, key, run_ids, None if before is None else _naive(before))
            _delete_by_event(connection, [row.id for row in rows])
            connection.execute(_Events.delete().where(*mine))
            for some in _in_parts([row.id for row in of_checks]):
                connection.execute(_Events.delete().where(_Events.c.id.in_(some)))
            rows += of_checks
            if before is None:
                checks = AssetCheckExecutionsTable
                connection.execute(checks.delete().where(checks.c.partition == key))
        touched.events += len(rows)
        for run_id in {str(row.run_id) for row in rows}:
            shard = self._databases.shard(run_id)
            if shard is not None and shard.is_file():
                with self._databases.run(run_id) as connection:
                    connection.execute(_Events.delete().where(*mine))
                touched.databases.add(shard)

    def renew_asset_keys(self, assets: Sequence[dg.AssetKey]) -> None:
        """Update Dagster's second copy of each asset's newest materialization to the newest one that is left."""
        for asset in assets:
            name = asset.to_string()
            with self._databases.index() as connection:
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
        with self._databases.index() as connection:
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
            self._databases.rewrite(str(run_id), lambda text: without(text, labels), sa.and_(wanted), touched)
        return going_on

    # --- the key ----------------------------------------------------------------------------------------------------

    def blank_mentions(self, key: str, since: datetime, touched: Touched) -> None:
        """Blank the key, which is made from the title, wherever runs, ticks and backfills of other recordings mention it."""

        def blank(text: str) -> str:
            return mentions_of(key).sub(blanked(key), text)

        for table, column in _TEXTS:
            with self._databases.runs.connect() as connection:
                touched.mentions += blank_in(connection, table, column, key, blank)
        if self._databases.schedules is not None:
            for table, column in _TEXTS_OF_SCHEDULES:
                with self._databases.schedules.connect() as connection:
                    touched.mentions += blank_in(connection, table, column, key, blank)
        with self._databases.index() as connection:
            touched.mentions += blank_in(connection, _Events, "event", key, blank)
        for run_id in self._databases.shards_mentioning(key, since):
            shard = self._databases.shard(run_id)
            with self._databases.run(run_id) as connection:
                touched.mentions += blank_in(connection, _Events, "event", key, blank)
            if shard is not None:
                touched.databases.add(shard)

    def compact(self, touched: Touched) -> None:
        """Free what was removed; see ``DagsterDatabases.compact``."""
        self._databases.compact(touched)


def _delete_by_event(connection: sa.Connection, ids: Sequence[int]) -> None:
    for some in _in_parts(ids):
        connection.execute(AssetEventTagsTable.delete().where(AssetEventTagsTable.c.event_id.in_(some)))


def _in_parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))


def _entry_of(stored: str) -> Any:
    """The event inside an ``asset_keys`` entry: a record around an event, or in older databases the event itself."""
    found = json.loads(stored)
    return found.get("event_log_entry", found)


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _naive(moment: datetime) -> datetime:
    """The time as Dagster stores it: in UTC, without a time zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)
