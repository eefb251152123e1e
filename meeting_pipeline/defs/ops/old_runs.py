"""Removes old runs from Dagster's storage, and trims runs that lineage still needs.

Dagster's own ``delete_run`` removes a run with all its events: the newest materialization of a recording would be gone, while
copies of it stay in ``asset_keys``, evaluations in ``asset_check_executions``, and on SQLite the tags of the run. So a run that
holds something needed (``needed_events.py``) is kept with that, with its beginning and end, and with a tag that says when the
rest was removed; any other is removed with all its rows. Written for Dagster 1.13, like ``dagster_tables.py``.

Each transaction is short and followed by a pause of the same length. A run's own row is removed last: after a crash the next
round finds the run again.
Must not go here: how old is old (``retention.py``), which runs are (``run_queries.py``), giving freed pages back
(``sqlite_pages.py``).
"""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime

import dagster as dg
import sqlalchemy as sa
from dagster import deserialize_value, serialize_value

from meeting_pipeline.dagster_internals import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    BackfillTagsTable,
    BulkActionsTable,
    RunsTable,
    RunTagsTable,
    SqlEventLogStorage,
    SqlEventLogStorageTable,
    SqliteEventLogStorage,
    SqlRunStorage,
)
from meeting_pipeline.defs import policies
from meeting_pipeline.defs.ops.dagster_databases import UnknownStorage
from meeting_pipeline.defs.ops.needed_events import Contents, contents_of, known_checks
from meeting_pipeline.defs.ops.run_queries import (
    FINISHED_BACKFILLS,
    TRIMMED_TAG,
    Before,
    FinishedRun,
    as_stored,
    old_runs,
    portions,
    roots,
    runs_of_unfinished_backfills,
    trimmed,
)
from meeting_pipeline.steps.isolation import isolated_item

_logger = logging.getLogger(__name__)


@dataclass
class Freed:
    """What was removed; with a dry run, what would be."""

    runs: int = 0
    trimmed: int = 0
    """Runs that were kept for lineage, without their other events."""
    events: int = 0
    evaluations: int = 0
    backfills: int = 0
    bytes: int = 0
    """Of the events' text. Their indexes and rows take about as much again."""
    longest_write_s: float = 0.0


InUse = Callable[[Sequence[FinishedRun]], Collection[str]]
"""Which of these runs the store still needs."""


class OldRuns:
    """The old runs behind an instance. Raises ``UnknownStorage`` if its event log is not one SQL database."""

    def __init__(self, instance: dg.DagsterInstance, *, dry: bool, until: float) -> None:
        """``until``: when to stop, on the monotonic clock. The next round continues."""
        events, runs = instance.event_log_storage, instance.run_storage
        if not isinstance(events, SqlEventLogStorage) or isinstance(events, SqliteEventLogStorage):
            raise UnknownStorage(type(events).__name__)
        if not isinstance(runs, SqlRunStorage):
            raise UnknownStorage(type(runs).__name__)
        self._events: SqlEventLogStorage = events
        self._runs: SqlRunStorage = runs
        self._dry = dry
        self._until = until
        self.freed = Freed()
        self.failed = False
        """Whether some runs hit a bug; the others were handled."""

    def prune(self, before: Before, in_use: InUse, today: datetime) -> bool:
        """Remove old runs, the oldest first. Returns whether all were handled in time."""
        with self._log() as connection:
            checks = known_checks(connection)
        for rows in old_runs(self._runs, before):
            if time.monotonic() > self._until:
                return False
            with isolated_item(_logger, f"removing {len(rows)} old runs") as some:  # the others must not wait for them
                kept = set(in_use(rows)) | runs_of_unfinished_backfills(self._runs, rows)
                self._prune_some([row for row in rows if row.run_id not in kept], checks, today)
            self.failed |= some.failed
        return True

    def prune_backfills(self, before: datetime) -> None:
        """Remove finished backfills that have no run left."""
        table = BulkActionsTable
        some_run = sa.select(RunsTable.c.id).where(RunsTable.c.backfill_id == table.c.key)
        old = sa.select(table.c.key).where(
            table.c.status.in_(FINISHED_BACKFILLS), table.c.timestamp < as_stored(before), ~some_run.exists()
        )
        with self._runs.connect() as connection:
            keys = list(connection.execute(old).scalars())
        self.freed.backfills += len(keys)
        if self._dry:
            return
        for some in portions(keys):
            with self._writing(self._runs.connect()) as connection:
                connection.execute(BackfillTagsTable.delete().where(BackfillTagsTable.c.backfill_id.in_(some)))
                connection.execute(table.delete().where(table.c.key.in_(some)))

    def _prune_some(self, rows: Sequence[FinishedRun], checks: Sequence[tuple[str, str]], today: datetime) -> None:
        if not rows:
            return
        run_ids = {row.run_id for row in rows}
        with self._log() as connection:
            found = contents_of(connection, run_ids, checks)
        # Runs that were trimmed earlier, and hold results that have been followed by newer ones since.
        again = trimmed(self._runs, found.older)
        if again:
            with self._log() as connection:
                found = contents_of(connection, run_ids | again, checks)
        kept = found.needed_runs | roots(self._runs, run_ids | again)
        self._remove_events(found, kept)
        self._remove_runs((run_ids | again) - kept)
        self._trim_runs(run_ids & kept, today)

    def _remove_events(self, found: Contents, kept: Collection[str]) -> None:
        gone = [
            one
            for one in found.events
            if one.id not in found.needed_events and not (one.run_id in kept and one.is_lifecycle_event)
        ]
        checks = [one.id for one in found.checks if one.id not in found.needed_checks]
        self.freed.events += len(gone)
        self.freed.bytes += sum(one.size for one in gone)
        self.freed.evaluations += len(checks)
        if self._dry:
            return
        events, tags, evaluations = SqlEventLogStorageTable, AssetEventTagsTable, AssetCheckExecutionsTable
        for some in portions([one.id for one in gone]):
            with self._writing(self._log()) as connection:
                connection.execute(tags.delete().where(tags.c.event_id.in_(some)))
                connection.execute(events.delete().where(events.c.id.in_(some)))
        for some in portions(checks):
            with self._writing(self._log()) as connection:
                connection.execute(evaluations.delete().where(evaluations.c.id.in_(some)))

    def _remove_runs(self, run_ids: Collection[str]) -> None:
        self.freed.runs += len(run_ids)
        if self._dry:
            return
        for some in portions(sorted(run_ids)):
            with self._writing(self._runs.connect()) as connection:
                connection.execute(RunTagsTable.delete().where(RunTagsTable.c.run_id.in_(some)))
                connection.execute(RunsTable.delete().where(RunsTable.c.run_id.in_(some)))

    def _trim_runs(self, run_ids: Collection[str], today: datetime) -> None:
        """Tag runs as trimmed. Their time of change stays: nothing that happened to them is new."""
        self.freed.trimmed += len(run_ids)
        if self._dry:
            return
        day = f"{today:%Y-%m-%d}"
        for some in portions(sorted(run_ids)):
            with self._writing(self._runs.connect()) as connection:
                wanted = sa.select(RunsTable.c.run_id, RunsTable.c.run_body).where(RunsTable.c.run_id.in_(some))
                for run_id, body in connection.execute(wanted).all():
                    run = deserialize_value(body, dg.DagsterRun)
                    tagged = serialize_value(run.with_tags({**run.tags, TRIMMED_TAG: day}))
                    # Only if nobody has changed it meanwhile: erasing may have taken a deleted recording's key out.
                    same = (RunsTable.c.run_id == run_id) & (RunsTable.c.run_body == body)
                    if connection.execute(RunsTable.update().where(same).values(run_body=tagged)).rowcount:
                        connection.execute(RunTagsTable.insert().values(run_id=run_id, key=TRIMMED_TAG, value=day))

    def _log(self) -> AbstractContextManager[sa.Connection]:
        found: AbstractContextManager[sa.Connection] = self._events.index_connection()
        return found

    @contextmanager
    def _writing(self, connected: AbstractContextManager[sa.Connection]) -> Iterator[sa.Connection]:
        """A short transaction, after which others have their turn."""
        began = time.monotonic()
        with connected as connection:
            yield connection
        took = time.monotonic() - began
        self.freed.longest_write_s = max(self.freed.longest_write_s, took)
        time.sleep(min(took, policies.PRUNE_PAUSE_SECONDS))
